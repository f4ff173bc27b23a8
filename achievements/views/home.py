"""The first page."""

from typing import Any

from django.db.models import Count, Q
from django.views.generic import TemplateView

from accounts.context_processors import Viewer
from accounts.models import Organisation
from accounts.visitors import SameForVisitors
from achievements.cards import card_of
from achievements.models import Appeal, Disclosure, Expert, Listing, Report
from achievements.overview import newest, public_counts
from achievements.permissions import Reader


class HomeView(SameForVisitors, TemplateView):
    """What is here, what is new, how it works; for members, what waits for them."""

    template_name = "home.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Counts, newest listings, and the next steps of whoever is signed in."""
        user = self.request.user
        reader = Reader(user)
        context = super().get_context_data(counts=public_counts(), **kwargs)
        context["newest"] = [
            (kind, [card_of(row, reader) for row in newest(user, kind)])
            for kind in (Listing.Kind.ACHIEVEMENT, Listing.Kind.DEMAND)
        ]
        if user.is_authenticated:
            context["steps"] = self.steps()
        return context

    def steps(self) -> dict[str, Any]:
        """What a member, moderator or curator may want to do next, in numbers."""
        user, viewer = self.request.user, Viewer(self.request)
        states = Listing.State
        own = Listing.objects.owned_by(user).aggregate(
            drafts=Count("pk", filter=Q(state=states.DRAFT)),
            in_review=Count("pk", filter=Q(state=states.IN_REVIEW)),
            published=Count("pk", filter=Q(state=states.PUBLISHED)),
            expired=Count("pk", filter=Q(state=states.EXPIRED)),
        )
        steps: dict[str, Any] = {"own": own}
        steps["disclosures"] = Disclosure.objects.waiting_for(user).count()
        if viewer.is_moderator:
            waiting = Listing.objects.awaiting_review().exclude(kind=Listing.Kind.EXPERT)
            steps["to_review"] = waiting.count()
            steps["to_verify"] = Organisation.objects.awaiting_verification().count()
            steps["reports"] = Report.objects.visible_to(user).open().count()
            steps["appeals"] = Appeal.objects.visible_to(user).open().count()
        if viewer.is_curator:
            steps["to_admit"] = Expert.objects.awaiting_admission().count()
        return steps
