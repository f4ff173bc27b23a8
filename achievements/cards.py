"""A listing as a card: what a row of a list shows to one reader. Works for every kind."""

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from achievements.models import Achievement, Demand, Expert, Listing
from achievements.permissions import Reader
from achievements.presentation import (
    budget_text,
    choice_labels,
    fallback_language,
    language_names,
    listed,
    price_text,
)

Card = dict[str, Any]

_CALLED = {
    "price": gettext_lazy("Price"),
    "modes": gettext_lazy("Modes"),
    "languages": gettext_lazy("Languages"),
    "availability": gettext_lazy("Availability"),
    "deadline": gettext_lazy("Deadline"),
}


def card_of(listing: Listing, reader: Reader) -> Card:
    """Values for ``achievements/_card.html``, of rows that ``with_card_details`` has fetched.

    The organisation of an anonymous demand is left out unless this reader may see it, and so is
    the organisation's region: only a region written into the demand itself is shown.
    """
    full = listing if type(listing) is not Listing else getattr(listing, listing.kind)
    card: Card = {
        "listing": listing,
        "kind": listing.kind,
        "title": listing.title,
        "lang": fallback_language(listing),
        "summary": listing.summary,
        "url": listing.get_absolute_url(),
        "tags": _main_fields(listing),
        "is_sample": listing.is_sample,
        "kept_to": _kept_to(listing),
        **organisation_of(listing, reader),
    }
    card |= _figures(full)
    card["figures"] = _labelled(card)
    return card


def _labelled(card: Card) -> list[tuple[str, str]]:
    """The figures that are words, each with what it is called, in the order of all cards."""
    return [
        (str(card.get(f"{name}_label") or called), card[name])
        for name, called in _CALLED.items()
        if card.get(name)
    ]


def _kept_to(listing: Listing) -> str:
    """What tells an owner, among public listings, that this one is not: sealed, or internal."""
    if listing.is_sealed:
        return _("Sealed")
    internal = listing.visibility == Listing.Visibility.OWNER
    return str(listing.get_visibility_display()) if internal else ""


def _main_fields(listing: Listing) -> list[str]:
    """At most three classes: its high-tech fields, the scheme readers know best, else any."""
    terms = list(listing.fields.all())
    main = [term for term in terms if term.scheme.code == "hightech"]
    return [term.label for term in main or terms][:3]


def organisation_of(listing: Listing, reader: Reader) -> Card:
    """Name, address, verification and region of who posts it, as far as this reader may know."""
    region = str(listing.region) if listing.region is not None else ""
    organisation = listing.organisation
    if organisation is None:
        name = listing.affiliation if isinstance(listing, Expert) else ""
        return {"organisation": name, "organisation_url": "", "verified": False, "region": region}
    if not reader.may_see_organisation(listing):
        return {
            "organisation": _("Anonymous organisation"),
            "organisation_url": "",
            "verified": False,
            "region": region,
        }
    if not region and organisation.region is not None:
        region = str(organisation.region)
    open_to_reader = reader.may_open_organisation(organisation)
    return {
        "organisation": organisation.name,
        "organisation_url": organisation_url(organisation.slug) if open_to_reader else "",
        "verified": organisation.is_verified,
        "region": region,
    }


def organisation_url(slug: str) -> str:
    """The address of an organisation's page."""
    try:
        return reverse("accounts:organisation_detail", args=[slug])
    except NoReverseMatch:
        return ""


def _figures(full: Listing) -> Card:
    if isinstance(full, Achievement):
        return {
            "readiness": full.trl,
            "readiness_verified": full.trl if full.trl_verified_at else None,
            "price": price_text(full),
            "price_label": _("Price"),
            "modes": listed(choice_labels(full.transfer_modes, Achievement.TransferMode.choices)),
        }
    if isinstance(full, Demand):
        deadline = date_format(full.deadline, "DATE_FORMAT") if full.deadline else ""
        return {
            "price": budget_text(full),
            "price_label": _("Budget"),
            "modes": listed(choice_labels(full.cooperation_modes, Demand.CooperationMode.choices)),
            "deadline": deadline,
        }
    if isinstance(full, Expert):
        return {
            "languages": listed(language_names(full.languages)),
            "availability": full.get_availability_display(),
            "modes": listed(choice_labels(full.services, Expert.Service.choices)),
            "modes_label": _("Services"),
        }
    return {}
