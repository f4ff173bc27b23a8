"""Filters of disclosures, the same on the page and in the API."""

from typing import Any

import django_filters
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from accounts.filtersets import ChoicesFilter
from achievements.models import Disclosure


class DisclosureFilterSet(django_filters.FilterSet):
    """By state, decision, and whose turn it is. Rows: ``visible_to``."""

    state = ChoicesFilter(choices=Disclosure.State.choices, label=_("State"))
    decision = ChoicesFilter(choices=Disclosure.Decision.choices, label=_("Decision"))
    waiting = django_filters.BooleanFilter(method="by_turn", label=_("Waits for me"))
    mine = django_filters.BooleanFilter(method="by_inventor", label=_("Only my own"))

    class Meta:
        model = Disclosure
        fields: list[str] = []

    @property
    def user(self) -> Any:
        """Who asks."""
        return self.request.user if self.request is not None else AnonymousUser()

    def by_turn(self, queryset: Any, name: str, value: bool) -> Any:
        """Waits for who asks, or for others."""
        due = Disclosure.objects.waiting_for(self.user).values("pk")
        return queryset.filter(pk__in=due) if value else queryset.exclude(pk__in=due)

    def by_inventor(self, queryset: Any, name: str, value: bool) -> Any:
        """Submitted by who asks, or by others."""
        own = Disclosure.objects.filter(submitted_by=self.user.pk).values("pk")
        return queryset.filter(pk__in=own) if value else queryset.exclude(pk__in=own)
