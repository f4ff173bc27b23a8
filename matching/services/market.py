"""Supply against demand, unmet demands, and the way from a view to an accepted match. Aggregates.

The public figures count what everybody may see, and leave small numbers out as
:mod:`matching.services.live_figures` does; administrators read all counts, of all that is live.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce

from accounts.models import Region
from achievements.models import Listing, Term
from matching.models import Decision, Exposure, Match
from matching.services.live_figures import FIELD_SCHEME, live_figures, share, shown
from matching.signals import conversations_wanted

KINDS = ("achievement", "demand", "expert")
MOST_REGIONS = 12  # the others stand together
_KEPT_SECONDS = 300

Row = dict[str, Any]
Show = Callable[[int], int | None]


def market_figures(*, public: bool) -> Row:
    """Everything the statistics page (``public``) or the dashboard shows, remembered for five
    minutes. A fixed number of statements."""
    key = f"market-figures:{int(public)}"
    found: Row | None = cache.get(key)
    if found is None:
        found = _figures(public)
        cache.set(key, found, _KEPT_SECONDS)
    return found


def _figures(public: bool) -> Row:
    rows = Listing.objects.published().order_by()
    if public:
        rows = rows.filter(visibility=Listing.Visibility.PUBLIC)
    show: Show = shown if public else lambda count: count
    totals = Counter(dict(rows.values_list("kind").annotate(Count("pk"))))
    roots = _roots()
    fields = _by_root(rows, roots)
    unmet_rows = unmet(rows)
    unmet_fields = _by_root(unmet_rows, roots)
    live = live_figures(details=True)
    return {
        "totals": {kind: show(totals[kind]) for kind in KINDS},
        "by_field": _named(fields, _field_names(roots), show),
        "by_region": _by_region(rows, show),
        "unmet": _unmet_row(totals["demand"], unmet_rows.count(), public),
        "unmet_by_field": [
            {**name, **_unmet_row(fields[root]["demand"], unmet_fields[root]["demand"], public)}
            for root, name in _field_names(roots).items()
            if fields[root]["demand"]
        ],
        "acceptance_by_field": live["by_field"],
        "acceptance_by_score": live["by_score"],
        "acceptance_by_origin": live["by_origin"],
        "first_answer": live["first_answer"],
        "first_reply": live["first_reply"],
        "funnel": _funnel(show),
        "least": live["least"],
        "waited_days": live["waited_days"],
    }


def unmet(rows: QuerySet[Listing]) -> QuerySet[Listing]:
    """The demands among the listings whose side has not accepted any match."""
    accepted = Decision.objects.filter(
        match__demand=OuterRef("pk"), side="demand", verdict=Decision.Verdict.ACCEPTED
    )
    return rows.filter(~Exists(accepted), kind=Listing.Kind.DEMAND)


def longest_unmet(user: Any, most: int = 10) -> list[Listing]:
    """Unmet demands that the user may see, the longest published first, with ``found``: how many
    matches the machine has found for each. One query."""
    rows = unmet(Listing.objects.published().visible_to(user))
    matches = Count("demand__matches", filter=Q(demand__matches__is_current=True))
    found = rows.annotate(found=matches).select_related("organisation")
    return list(found.order_by("published_at", "pk")[:most])


def _unmet_row(demands: int, unmet_demands: int, public: bool) -> Row:
    if not public:
        part = round(unmet_demands / demands, 4) if demands else None
        return {"demands": demands, "unmet": unmet_demands, "unmet_share": part}
    part = share(unmet_demands, demands)
    # A count beside its whole would tell of the few that are left.
    hidden = part is None and demands > 0
    return {
        "demands": shown(demands),
        "unmet": None if hidden else unmet_demands,
        "unmet_share": part,
    }


def _roots() -> dict[int, Term]:
    """Of each term of the scheme, the highest class it lies in; one query."""
    terms = {term.pk: term for term in Term.objects.filter(scheme__code=FIELD_SCHEME)}
    found = {}
    for pk, term in terms.items():
        top = term
        while top.parent_id in terms:
            top = terms[top.parent_id]
        found[pk] = top
    return found


def _field_names(roots: dict[int, Term]) -> dict[int | None, Row]:
    """The highest classes in the order of their codes, and what has none."""
    tops = sorted({top.pk: top for top in roots.values()}.values(), key=lambda top: top.code)
    names: dict[int | None, Row] = {
        top.pk: {"label_en": top.label_en, "label_zh": top.label_zh} for top in tops
    }
    return {**names, None: {"label_en": "", "label_zh": ""}}


def _by_root(rows: QuerySet[Listing], roots: dict[int, Term]) -> dict[int | None, Counter[str]]:
    """How many listings of each kind lie in each highest class; one of two classes counts in both,
    one of none under None. Two queries."""
    found: dict[int | None, Counter[str]] = {top.pk: Counter() for top in roots.values()}
    found[None] = Counter(dict(rows.order_by().values_list("kind").annotate(Count("pk"))))
    if not roots:
        return found
    below: dict[int, list[int]] = {}
    for pk, top in roots.items():
        below.setdefault(top.pk, []).append(pk)
    root = Case(*[When(term__in=pks, then=top) for top, pks in below.items()])
    links: Any = Listing.fields.through.objects.filter(
        listing__in=rows.values("pk"), term__in=list(roots)
    )
    counted = links.annotate(root=root).values_list("listing__kind", "root")
    for kind, top, number in counted.annotate(Count("listing", distinct=True)):
        found[top][kind] = number
    with_one = links.values_list("listing__kind").annotate(Count("listing", distinct=True))
    for kind, number in with_one:
        found[None][kind] -= number
    return found


def _named(
    counts: dict[int | None, Counter[str]], names: dict[int | None, Row], show: Show
) -> list[Row]:
    return [
        {**name, **{kind: show(counts[key][kind]) for kind in KINDS}}
        for key, name in names.items()
        if counts[key].total()
    ]


def _by_region(rows: QuerySet[Listing], show: Show) -> list[Row]:
    """By the listing's region, else its organisation's; never that of an anonymous one's."""
    where = Case(
        When(region__isnull=False, then=F("region")),
        When(disclosure=Listing.Disclosure.NAMED, then=F("organisation__region")),
    )
    counts: dict[int | None, Counter[str]] = {}
    counted = rows.annotate(where=where).values_list("where", "kind").annotate(Count("pk"))
    for region, kind, number in counted:
        counts.setdefault(region, Counter())[kind] = number
    known = sorted((pk for pk in counts if pk), key=lambda pk: (-counts[pk].total(), pk))
    names: dict[int | None, Row] = {}
    regions = Region.objects.in_bulk(known[:MOST_REGIONS])
    for pk in known[:MOST_REGIONS]:
        region = regions[pk]
        names[pk] = {"code": region.code, "label_en": region.name_en, "label_zh": region.name_zh}
    rest: Counter[str] = sum((counts[pk] for pk in known[MOST_REGIONS:]), Counter())
    if rest.total():
        counts[-1] = rest
        names[-1] = {"code": "other", "label_en": "", "label_zh": ""}
    if None in counts:
        names[None] = {"code": "", "label_en": "", "label_zh": ""}
    return _named(counts, names, show)


def _funnel(show: Show) -> list[Row]:
    """From a listing shown to a conversation answered; ``of_previous`` only where both are
    counts of matches or conversations. Three statements and those of the conversations."""
    seen = Exposure.objects.aggregate(
        shown=Coalesce(Sum("matches"), 0), opened=Coalesce(Sum("openings"), 0)
    )
    said = Decision.objects.filter(match=OuterRef("pk"))
    yes = said.filter(verdict=Decision.Verdict.ACCEPTED)
    answered = Exists(said.exclude(verdict=Decision.Verdict.SNOOZED))
    both = Exists(yes.filter(side="demand")) & Exists(yes.filter(side="candidate"))
    matches = Match.objects.aggregate(
        found=Count("pk"),
        answered=Count("pk", filter=answered),
        accepted=Count("pk", filter=Exists(yes)),
        agreed=Count("pk", filter=both),
    )
    begun = replied = 0
    answers: list[tuple[Any, Any]] = conversations_wanted.send(sender=None)
    for _receiver, (some, more) in answers:
        begun += some
        replied += more
    steps = [
        ("shown", seen["shown"], None),
        ("opened", seen["opened"], None),
        ("found", matches["found"], None),
        ("answered", matches["answered"], matches["found"]),
        ("accepted", matches["accepted"], matches["answered"]),
        ("agreed", matches["agreed"], matches["accepted"]),
        ("begun", begun, None),
        ("replied", replied, begun),
    ]
    return [
        {
            "step": step,
            # What is left of the step before must not be told by subtraction either.
            "count": None if before is not None and show(before - count) is None else show(count),
            "of_previous": None if before is None else share(count, before),
        }
        for step, count, before in steps
    ]
