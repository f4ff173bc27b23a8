"""What rows refer to: terms, regions, quantities, organisations, experts."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, Region
from achievements.importing.columns import folded
from achievements.models import Expert, Term

# A label that several vocabularies have means the first of these.
SCHEME_ORDER = ("hightech", "gbt4754", "ipc")

_REGION_ENDINGS = (
    *("壮族自治区", "回族自治区", "维吾尔自治区", "特别行政区", "自治区", "省", "市"),
    *(" Province", " province", " Municipality", " Autonomous Region"),
)


class Lookups:
    """Tables of vocabularies and regions by code and by name in either language."""

    @cached_property
    def _terms(self) -> tuple[dict[str, int], dict[str, set[int]], dict[str, int]]:
        """``scheme:code`` → term; bare code → terms; folded label or synonym → term."""
        full: dict[str, int] = {}
        bare: dict[str, set[int]] = defaultdict(set)
        labels: dict[str, int] = {}
        terms = list(Term.objects.fields().select_related("scheme"))
        order = {code: position for position, code in enumerate(SCHEME_ORDER)}
        terms.sort(key=lambda term: order.get(term.scheme.code, len(order)))
        for term in terms:
            full[f"{term.scheme.code}:{term.code}".casefold()] = term.pk
            bare[term.code.casefold()].add(term.pk)
            for label in (term.label_en, term.label_zh):
                labels.setdefault(folded(label), term.pk)
        for term in terms:
            for synonym in term.other_names:
                labels.setdefault(folded(synonym), term.pk)
        return full, bare, labels

    def term(self, text: str) -> int | None:
        """The term a text names; None when it names none, or one that several schemes have.

        Raises ValidationError for a code of a known scheme that does not exist.
        """
        full, bare, labels = self._terms
        key = text.strip().casefold()
        if key in full:
            return full[key]
        scheme, colon, _code = key.partition(":")
        if colon and any(code.startswith(f"{scheme}:") for code in full):
            raise ValidationError(
                _("“%(text)s” is not in the vocabulary. Look its code up, or write the label."),
                code="term",
                params={"text": text[:60]},
            )
        found = bare.get(key, set())
        if len(found) > 1:
            return None
        return next(iter(found)) if found else labels.get(folded(text))

    @cached_property
    def _regions(self) -> dict[str, int]:
        names: dict[str, int] = {}
        for code, key, english, chinese in Region.objects.values_list(
            "code", "pk", "name_en", "name_zh"
        ):
            names[code.casefold()] = key
            for name in (english, chinese):
                names.setdefault(folded(_short(name)), key)
        return names

    def region(self, text: str) -> int:
        """The region a text names by code or name; raises ValidationError for none."""
        key = self._regions.get(text.strip().casefold()) or self._regions.get(folded(_short(text)))
        if key is None:
            raise ValidationError(
                _("“%(text)s” is not a region. Write a code such as CN-JS, or its name."),
                code="region",
                params={"text": text[:60]},
            )
        return key

    @cached_property
    def _organisations(self) -> dict[str, Organisation]:
        return {}

    def organisation(self, text: str) -> Organisation:
        """The organisation with this short name or name; raises ValidationError for none."""
        known = self._organisations
        if text not in known:
            named = Q(slug=text) | Q(name_en=text) | Q(name_zh=text)
            found = list(Organisation.objects.filter(named).order_by("pk")[:2])
            if len(found) != 1:
                raise ValidationError(
                    _("There is no organisation “%(text)s”. Write its short name."),
                    code="organisation",
                    params={"text": text[:60]},
                )
            if len(known) >= 1000:
                known.clear()
            known[text] = found[0]
        return known[text]


def _short(region: str) -> str:
    """A region's name without what it is: 江苏 for 江苏省, Jiangsu for Jiangsu Province."""
    name = region.strip()
    for ending in _REGION_ENDINGS:
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name.removesuffix(ending)
    return name


def find_experts(
    references: Iterable[str], organisation: Organisation | None, *, anywhere: bool
) -> dict[str, int]:
    """Experts of the pool by ORCID iD or own number; one query.

    A number counts within the organisation, and ``anywhere`` when the operator says so and only
    one expert has it.
    """
    wanted = {reference for reference in references if reference}
    if not wanted:
        return {}
    own: dict[str, int] = {}
    others: dict[str, set[int]] = defaultdict(set)
    people = Expert.objects.filter(
        Q(external_id__in=wanted) | Q(orcid__in=wanted), merged_into__isnull=True
    ).values_list("pk", "orcid", "external_id", "organisation")
    for key, orcid, number, posted_by in people:
        if orcid in wanted:
            own[orcid] = key
        if number in wanted and organisation is not None and posted_by == organisation.pk:
            own[number] = key
        elif number in wanted and anywhere:
            others[number].add(key)
    return {number: next(iter(keys)) for number, keys in others.items() if len(keys) == 1} | own
