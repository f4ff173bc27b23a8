"""Questions about the expert pool and the claims on its profiles."""

from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Count, F, Q
from django.db.models.functions import Lower

if TYPE_CHECKING:
    from accounts.querysets import AnyUser
    from achievements.models import Expert


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

        Case makes no difference, nor which of two Latin names comes first.
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
        return (
            self.unmerged()
            .alias(name_folded=Lower("title_en"))
            .filter(same)
            .exclude(pk=expert.pk)
            .order_by("pk")
        )

    def with_possible_duplicates(self) -> Self:
        """Those that share their name, in either script, with another of the pool."""
        pool = self.model._default_manager.filter(merged_into__isnull=True).order_by()

        def shared(name: Any, empty: Q) -> models.QuerySet:
            # Grouping once stays quick where comparing everybody with everybody would not.
            names = pool.exclude(empty).values(folded=name).annotate(holders=Count("pk"))
            return names.filter(holders__gt=1).values("folded")

        latin = shared(Lower("title_en"), Q(title_en=""))
        chinese = shared(F("title_zh"), Q(title_zh=""))
        rows = self.unmerged().alias(name_folded=Lower("title_en"))
        return rows.filter(Q(name_folded__in=latin) | Q(title_zh__in=chinese))

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
