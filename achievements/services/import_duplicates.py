"""Finding rows of a file that are nearly the same as a listing there is, or as an earlier row."""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.functional import cached_property

from accounts.models import Organisation
from achievements.fingerprints import Fingerprint, fingerprint_of
from achievements.importing.alike import KnownTexts
from achievements.importing.drafts import Draft
from achievements.ip_numbers import normal_number
from achievements.models import ImportDuplicate, IPRight, Listing
from achievements.services.snapshots import plain_value

KINDS = (Listing.Kind.ACHIEVEMENT, Listing.Kind.DEMAND)  # of people, ORCID and pool decide
_GONE = (Listing.State.WITHDRAWN, Listing.State.CLOSED)
Reason = ImportDuplicate.Reason


@dataclass(frozen=True)
class Duplicate:
    """What a row is like: a listing, by key, or an earlier row, by line. ``title`` and ``content``
    are the row's own, before anything is done with it."""

    listing: int | None
    other_line: int | None
    reason: str
    number: str = ""
    likeness: int = 100
    title: str = ""
    content: dict[str, Any] = field(default_factory=dict)


class _Known:
    """What rows are compared with. Of each text: its listing or its line, the other being 0, and
    whether it is more than a title."""

    def __init__(self) -> None:
        self.numbers: dict[str, tuple[int | None, int | None]] = {}
        self.texts = KnownTexts()
        self._listings, self._lines, self._summed_up = array("q"), array("i"), bytearray()

    def add(self, print_: Fingerprint, *, summed_up: bool, listing: int = 0, line: int = 0) -> None:
        """Make a text findable."""
        self.texts.add(print_)
        self._listings.append(listing)
        self._lines.append(line)
        self._summed_up.append(summed_up)

    def near(self, print_: Fingerprint) -> Iterator[tuple[Fingerprint, int, int, bool]]:
        """Texts with the title or a band of this one, each with its listing, its line, and whether
        it is more than a title."""
        for number in self.texts.near(print_):
            whose = self._listings[number], self._lines[number], bool(self._summed_up[number])
            yield self.texts[number], *whose


class DuplicateFinder:
    """Compares the new rows of one file with the listings of who posts them and with each other.

    The same IP number in its normal form, or title and summary nearly the same in one language, by
    the fingerprints that also find duplicates in the catalogue. What was withdrawn or closed is not
    compared. Two queries for an organisation, none for a row.
    """

    def __init__(self, kind: str, organisation: Organisation | None) -> None:
        self.kind = kind
        self.organisation = organisation

    @cached_property
    def _known(self) -> _Known:
        known = _Known()
        rows = Listing.objects.filter(organisation=self.organisation, kind=self.kind)
        rows = rows.exclude(state__in=_GONE).order_by("-pk")
        names = ("pk", "title_en", "title_zh", "summary_en", "summary_zh")
        for values in rows.values(*names).iterator(chunk_size=2000):
            for print_, summed_up in _prints(values):
                known.add(print_, summed_up=summed_up, listing=values["pk"])
        if self.kind == Listing.Kind.ACHIEVEMENT:
            rights = IPRight.objects.filter(achievement__organisation=self.organisation)
            rights = rights.exclude(number="").exclude(achievement__state__in=_GONE)
            for pk, number, office in rights.order_by("achievement").values_list(
                "achievement", "number", "office"
            ):
                normal = normal_number(number, office)
                if normal:
                    known.numbers.setdefault(normal, (pk, None))
        return known

    def find(self, drafts: Iterable[Draft]) -> dict[int, Duplicate]:
        """Of rows that would be new, by line, what each is like; remembers all of them."""
        found = {}
        for draft in drafts:
            prints = _prints(draft.values)
            duplicate = self._by_number(draft) or self._by_text(prints)
            if duplicate is not None:
                found[draft.line] = replace(duplicate, title=draft.title, content=content_of(draft))
            self._remember(draft, prints)
        return found

    def _by_number(self, draft: Draft) -> Duplicate | None:
        hits = []
        for written, normal in _numbers(draft):
            if normal in self._known.numbers:
                hits.append((*self._known.numbers[normal], written))
        hits.sort(key=lambda hit: hit[0] is None)
        return Duplicate(hits[0][0], hits[0][1], Reason.NUMBER, hits[0][2][:60]) if hits else None

    def _by_text(self, prints: list[tuple[Fingerprint, bool]]) -> Duplicate | None:
        best: tuple[Any, ...] | None = None
        for print_, summed_up in prints:
            for other, listing, line, also_summed_up in self._known.near(print_):
                alike = print_.alike(other)
                if alike is None and print_.title is not None and print_.title == other.title:
                    # One of them is nothing but this title.
                    alike = (0.0, True) if not (summed_up and also_summed_up) else None
                if alike is None:
                    continue
                likeness, same = alike
                rank = (bool(listing), same, likeness)
                if best is None or rank > best[0]:
                    best = (rank, listing or None, line or None)
        if best is None:
            return None
        (_listed, same, likeness), listing_id, other_line = best
        reason = Reason.TITLE if same else Reason.TEXT
        return Duplicate(listing_id, other_line, reason, likeness=round(100 * likeness))

    def _remember(self, draft: Draft, prints: list[tuple[Fingerprint, bool]]) -> None:
        for _written, normal in _numbers(draft):
            self._known.numbers.setdefault(normal, (None, draft.line))
        for print_, summed_up in prints:
            self._known.add(print_, summed_up=summed_up, line=draft.line)


def _numbers(draft: Draft) -> list[tuple[str, str]]:
    """The numbers of a row's rights, as written and in normal form."""
    rights = draft.tables.get("ip_rights", [])
    pairs = [(row["number"], normal_number(row["number"], row["office"])) for row in rights]
    return [pair for pair in pairs if pair[1]]


def _prints(values: Mapping[str, Any]) -> list[tuple[Fingerprint, bool]]:
    """The fingerprint of title with summary in each language that has a title."""
    found = []
    for language in ("en", "zh"):
        title = str(values.get(f"title_{language}") or "")
        summary = str(values.get(f"summary_{language}") or "")
        if title:
            found.append((fingerprint_of(title, f"{title}\n{summary}"), bool(summary)))
    return found


def content_of(draft: Draft) -> dict[str, Any]:
    """What the filled cells of a row say, as plain JSON values: ``values`` and ``rows`` in the form
    of a version, ``terms`` by key."""
    values = {name: plain_value(value) for name, value in draft.filled.items()}
    if "region_id" in values:
        values["region"] = values.pop("region_id")
    return {
        "values": values,
        "terms": sorted(draft.terms or ()),
        "rows": {
            relation: [{name: plain_value(value) for name, value in row.items()} for row in rows]
            for relation, rows in draft.tables.items()
        },
    }
