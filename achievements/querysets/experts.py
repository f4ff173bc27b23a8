"""Questions about the expert pool and the claims on its profiles."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Count, F, Q
from django.db.models.functions import Lower

if TYPE_CHECKING:
    from datetime import date

    from accounts.querysets import AnyUser
    from achievements.models import Expert, ImportRun


from achievements.names import cross_script_pairs, may_be_one
from achievements.querysets.listings import ListingQuerySet


class ExpertQuerySet(ListingQuerySet):
    """Questions about experts."""

    def admitted(self) -> Self:
        """Admitted by a curator and not merged into another."""
        return self.filter(admitted_at__isnull=False, merged_into__isnull=True)

    def unmerged(self) -> Self:
        """Those that still stand for themselves."""
        return self.filter(merged_into__isnull=True)

    def duplicates_of(self, expert: "Expert") -> Self:
        """Others that may be the same person: same ORCID iD, or same name in either script.

        Case makes no difference, nor which of two Latin names comes first. A name in one script
        is compared with names in the other one by its pinyin.
        """
        same = Q(pk__in=[])
        if expert.orcid:
            same |= Q(orcid=expert.orcid)
        if expert.title_zh:
            same |= Q(title_zh=expert.title_zh)
        if expert.title_en:
            words = expert.title_en.lower().replace(",", " ").split()
            same |= Q(name_folded__in=[" ".join(words), " ".join([*words[1:], *words[:1]])])
            same |= Q(name_folded__in=[" ".join([*words[-1:], *words[:-1]])])
        same |= Q(pk__in=self._across_scripts(expert))
        return (
            self.unmerged()
            .alias(name_folded=Lower("title_en"))
            .filter(same)
            .exclude(pk=expert.pk)
            .order_by("pk")
        )

    def _people(self) -> list[tuple[int, str, str]]:
        """Number, Latin and Chinese name of everybody in the pool; one query."""
        rows = self.model._default_manager.filter(merged_into__isnull=True).order_by("pk")
        return list(rows.values_list("pk", "title_en", "title_zh"))

    def _across_scripts(self, expert: "Expert") -> list[int]:
        """Whose only name is in the other script and sounds like the expert's."""
        me = (expert.pk, expert.title_en, expert.title_zh)
        others = [one for one in self._people() if one[0] != expert.pk]
        found = []
        for other in others:
            alone = not (me[1] and other[1]) or not (me[2] and other[2])
            if alone and may_be_one(me[1], me[2], other[1], other[2]):
                found.append(other)
        pairs = cross_script_pairs([me, *found])
        return [one for pair in pairs for one in pair if one != expert.pk]

    def with_possible_duplicates(self) -> Self:
        """Those that share their name, in either script or across both, with another of the
        pool."""
        pool = self.model._default_manager.filter(merged_into__isnull=True).order_by()

        def shared(name: Any, empty: Q) -> models.QuerySet:
            # Grouping once stays quick where comparing everybody with everybody would not.
            names = pool.exclude(empty).values(folded=name).annotate(holders=Count("pk"))
            return names.filter(holders__gt=1).values("folded")

        latin = shared(Lower("title_en"), Q(title_en=""))
        chinese = shared(F("title_zh"), Q(title_zh=""))
        rows = self.unmerged().alias(name_folded=Lower("title_en"))
        across = [pk for pair in cross_script_pairs(self._people()) for pk in pair]
        return rows.filter(Q(name_folded__in=latin) | Q(title_zh__in=chinese) | Q(pk__in=across))

    def imported_by(self, run: "ImportRun") -> Self:
        """Those that an import made, not those it only changed; two queries."""
        from accounts.models import AuditEvent

        events = AuditEvent.objects.filter(
            verb="listing.import", object_type=run._meta.label_lower, object_id=run.pk
        )
        made = [data.get("created", []) for data in events.values_list("data", flat=True)]
        return self.filter(pk__in=[key for keys in made for key in keys])

    def lapsing(self, day: "date") -> Self:
        """Live, with an admission that ends on that day or before."""
        return self.filter(state="published", admitted_until__lte=day).order_by(
            "admitted_until", "pk"
        )

    def awaiting_admission(self) -> Self:
        """Applied or imported, and waiting for a curator."""
        return self.filter(state="in_review", merged_into__isnull=True).order_by(
            "submitted_at", "pk"
        )

    def with_details(self, user: "AnyUser") -> Self:
        """Everything the detail page and the API show this user.

        ``visible_achievements``: what the person made and the user may see.
        """
        from achievements.models import Achievement

        made = Achievement.objects.visible_to(user).order_by("-published_at", "-pk")
        return self.with_card_details().prefetch_related(
            models.Prefetch("achievements", made, to_attr="visible_achievements"),
            self._files_for(user),
        )


class ClaimQuerySet(models.QuerySet):
    """Questions about claims on expert profiles."""

    def open(self) -> Self:
        """Not decided yet, on profiles nobody has claimed meanwhile."""
        return self.filter(decided_at__isnull=True, expert__user__isnull=True)
