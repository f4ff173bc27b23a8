"""Filters of introductions, the same on the page and in the API."""

from typing import TYPE_CHECKING

import django_filters
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from deals.models import Introduction
from deals.querysets import IntroductionQuerySet

if TYPE_CHECKING:
    from accounts.querysets import AnyUser

DIRECTIONS = (("received", _("Received")), ("sent", _("Sent")))


class NumberFieldFilter(django_filters.Filter):
    """A whole number that can be a row's."""

    field_class = forms.IntegerField


class IntroductionFilterSet(django_filters.FilterSet):
    """Which side began, about which listing, with something unread. Rows: ``visible_to``."""

    direction = django_filters.ChoiceFilter(
        method="by_direction", label=_("Direction"), choices=DIRECTIONS
    )
    listing = NumberFieldFilter("listing", label=_("Listing"), min_value=1, max_value=2**63 - 1)
    unread = django_filters.BooleanFilter(method="by_unread", label=_("Unread"))

    class Meta:
        model = Introduction
        fields: list[str] = []

    @property
    def user(self) -> "AnyUser":
        """Who asks; nobody in particular when there is no request."""
        return self.request.user if self.request is not None else AnonymousUser()

    def by_direction(
        self, queryset: IntroductionQuerySet, name: str, value: str
    ) -> IntroductionQuerySet:
        """Begun by the user's side, or by the other one."""
        return queryset.sent_by(self.user) if value == "sent" else queryset.received_by(self.user)

    def by_unread(
        self, queryset: IntroductionQuerySet, name: str, value: bool
    ) -> IntroductionQuerySet:
        """With a message that the user was told of and has not read, or without."""
        if not self.user.is_authenticated:
            return queryset.none()
        return queryset.with_unread(self.user).filter(unread=value)
