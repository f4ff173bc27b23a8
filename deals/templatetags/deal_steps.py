"""What waits for a member among conversations and the own listings, for the home page."""

from datetime import timedelta
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from achievements.models import Listing
from deals.models import Introduction

register = template.Library()

SOON = 30  # days before a listing expires
Step = tuple[int, str, str]


@register.inclusion_tag("_steps.html", takes_context=True)
def deal_steps(context: dict[str, Any]) -> dict[str, list[Step]]:
    """Conversations that a signed-in user has not read, and listings of the organisation acted for
    that expire soon; two queries at most."""
    user, organisation = context["user"], context["site"].active_organisation
    threads: Any = Introduction.objects.visible_to(user).with_unread(user)
    address = f"{reverse('deals:introduction_list')}?unread=true"
    steps: list[Step] = [(threads.filter(unread=True).count(), _("unread conversations"), address)]
    if organisation is not None:
        end = timezone.now() + timedelta(days=SOON)
        ending = Listing.objects.filter(organisation=organisation, expires_at__lte=end).published()
        address = f"{reverse('deals:portfolio')}?expires_within={SOON}"
        steps.append((ending.count(), _("listings that expire within 30 days"), address))
    return {"steps": steps}
