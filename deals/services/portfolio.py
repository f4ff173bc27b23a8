"""Doing one thing to many listings of a portfolio, and keeping views of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Organisation, User
from accounts.services import record_audit
from achievements.models import Listing
from achievements.permissions import may_edit_listing
from achievements.services import renew_listing, submit_listing, withdraw_listing
from achievements.services.office import assign_listing, tag_listing
from deals.models import PortfolioView

VERBS = {
    "submit": gettext_lazy("Submit"),
    "renew": gettext_lazy("Renew"),
    "withdraw": gettext_lazy("Withdraw"),
    "tag": gettext_lazy("Add a tag"),
    "untag": gettext_lazy("Remove a tag"),
    "assign": gettext_lazy("Assign a colleague"),
}
MOST = 500  # listings at once
_MOVES = {"submit": submit_listing, "renew": renew_listing, "withdraw": withdraw_listing}
_State = Listing.State
_IN_REVIEW = gettext_lazy("It is in review already.")
_REOPEN = gettext_lazy("It is no longer offered. Reopen it on its page first.")
# Why a verb leaves a listing of this state as it is. Of many chosen rows some need no such thing,
# and to load the page again, as one is told on a listing's own page, would not help.
_NEEDLESS = {
    ("submit", _State.IN_REVIEW): _IN_REVIEW,
    ("submit", _State.PUBLISHED): gettext_lazy("It is published already."),
    ("submit", _State.EXPIRED): gettext_lazy("It has expired: renew it instead."),
    ("submit", _State.WITHDRAWN): _REOPEN,
    ("submit", _State.CLOSED): _REOPEN,
    ("renew", _State.DRAFT): gettext_lazy("It is a draft: submit it instead."),
    ("renew", _State.IN_REVIEW): _IN_REVIEW,
    ("renew", _State.WITHDRAWN): _REOPEN,
    ("renew", _State.CLOSED): _REOPEN,
    ("withdraw", _State.DRAFT): gettext_lazy(
        "It is a draft, which only your organisation sees. It can be discarded on its page."
    ),
    ("withdraw", _State.WITHDRAWN): gettext_lazy("It is withdrawn already."),
    ("withdraw", _State.CLOSED): gettext_lazy("It is closed already."),
}


@dataclass(frozen=True)
class Outcome:
    """What became of one listing: done, or why not."""

    listing: Listing
    done: bool
    message: str = ""


def act_on_listings(
    listings: Iterable[Listing],
    *,
    by: User,
    verb: str,
    tag: str = "",
    assignee: User | None = None,
) -> list[Outcome]:
    """Do ``verb`` (a key of VERBS) to each listing, each in a transaction of its own.

    One that the user may not edit, or whose state forbids the verb, is left as it is and says why;
    the others go on. ``tag`` is for ``tag`` and ``untag``, ``assignee`` for ``assign`` (None:
    nobody). Side effects are those of the single verbs. Raises ValidationError, before anything is
    done, for an unknown verb, a missing tag or more than 500 listings.
    """
    chosen = list(listings)
    if verb not in VERBS:
        raise ValidationError({"verb": [_("Choose what is to be done.")]})
    if verb in ("tag", "untag") and not tag.strip():
        raise ValidationError({"tag": [_("Say which tag.")]})
    if len(chosen) > MOST:
        message = _("Choose at most %(count)d listings at once.") % {"count": MOST}
        raise ValidationError({"listings": [message]})
    return [_act(listing, by, verb, tag, assignee) for listing in chosen]


def _act(listing: Listing, by: User, verb: str, tag: str, assignee: User | None) -> Outcome:
    if not may_edit_listing(by, listing):
        return Outcome(listing, False, _("You may not change this listing."))
    if (verb, listing.state) in _NEEDLESS:
        return Outcome(listing, False, str(_NEEDLESS[verb, _State(listing.state)]))
    try:
        with transaction.atomic():
            if verb in _MOVES:
                _MOVES[verb](listing, by=by)
            elif verb == "assign":
                assign_listing(listing, by=by, assignee=assignee)
            else:
                words = {"add" if verb == "tag" else "remove": [tag]}
                tag_listing(listing, by=by, **words)
    except ValidationError as error:
        return Outcome(listing, False, " ".join(error.messages))
    return Outcome(listing, True)


@transaction.atomic
def save_view(
    *, by: User, organisation: Organisation, name: str, query: str = "", shared: bool = False
) -> PortfolioView:
    """Keep the query of a portfolio under a name; the user's own view of that name is replaced.

    The page's number is left out. Raises ValidationError for a bad name. Audit event
    ``portfolio_view.save``.
    """
    given = QueryDict(query.lstrip("?"), mutable=True)
    given.pop("page", None)
    view = PortfolioView.objects.filter(organisation=organisation, user=by, name=name.strip())
    kept = view.first() or PortfolioView(organisation=organisation, user=by)
    kept.name, kept.query, kept.shared = name.strip(), given.urlencode(), shared
    kept.full_clean()
    kept.save()
    record_audit(by=by, verb="portfolio_view.save", obj=kept, organisation=organisation)
    return kept


@transaction.atomic
def delete_view(view: PortfolioView, *, by: User) -> None:
    """Remove a saved view. Audit event ``portfolio_view.delete``."""
    record_audit(by=by, verb="portfolio_view.delete", obj=view, organisation=view.organisation)
    view.delete()
