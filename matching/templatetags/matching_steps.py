"""What waits for a member among matches and questions, for the home page."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from matching.models import Match, Question

register = template.Library()

Step = tuple[int, str, str]


@register.inclusion_tag("_steps.html", takes_context=True)
def matching_steps(context: dict[str, Any]) -> dict[str, list[Step]]:
    """How many matches and questions a signed-in user is to answer; two queries.

    Administrators see the matches of all, which nobody waits for them to answer: theirs are left
    out.
    """
    user = context["user"]
    steps: list[Step] = []
    if not user.is_administrator:
        waiting = Match.objects.visible_to(user).live().with_answers(user).undecided()
        address = f"{reverse('matching:match_list')}?state=open"
        steps.append((waiting.count(), _("matches to answer"), address))
    asked: Any = Question.objects.visible_to(user).with_details(user)
    address = f"{reverse('matching:question_list')}?state=open"
    steps.append(
        (asked.filter(is_mine=True).unanswered().count(), _("questions to answer"), address)
    )
    return {"steps": steps}
