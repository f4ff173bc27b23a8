"""schema.org descriptions of public listings, for search engines."""

import json
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from achievements.models import Achievement, Demand, Expert, Listing

# What would end the script element, or confuse a parser of HTML.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


def describe(listing: Listing, url: str) -> SafeString:
    """JSON-LD of a public listing, safe inside a script element. Of an anonymous demand it
    names nobody."""
    data = {"@context": "https://schema.org", "url": url, **_described(listing)}
    data = {key: value for key, value in data.items() if value not in ("", None, [], {})}
    text = json.dumps(data, ensure_ascii=False).translate(_ESCAPES)
    return mark_safe(text)  # noqa: S308 - escaped above


def _described(listing: Listing) -> dict[str, Any]:
    if isinstance(listing, Achievement):
        return _achievement(listing)
    if isinstance(listing, Demand):
        return _demand(listing)
    return _expert(listing) if isinstance(listing, Expert) else {}


def _organisation(listing: Listing) -> dict[str, Any] | None:
    if listing.is_anonymous or listing.organisation is None:
        return None
    return {"@type": "Organization", "name": listing.organisation.name}


def _common(listing: Listing) -> dict[str, Any]:
    languages = [
        tag for tag, column in (("en", "title_en"), ("zh-Hans", "title_zh"))
        if getattr(listing, column)
    ]  # fmt: skip
    return {
        "name": listing.title,
        "description": listing.summary,
        "inLanguage": languages,
        "keywords": listing.keywords,
        "datePublished": listing.published_at.isoformat() if listing.published_at else "",
    }


def _achievement(achievement: Achievement) -> dict[str, Any]:
    price = achievement.price_min
    offer = {"@type": "Offer", "priceCurrency": achievement.currency, "price": str(price)}
    return {
        "@type": "CreativeWork",
        **_common(achievement),
        "about": [term.label for term in achievement.fields.all()],
        "creator": [
            {"@type": "Person", "name": str(person)} for person in achievement.inventors.all()
        ],
        "sourceOrganization": _organisation(achievement),
        "offers": offer if price is not None else None,
    }


def _demand(demand: Demand) -> dict[str, Any]:
    common = _common(demand)
    return {
        "@type": "Demand",
        "name": common["name"],
        "description": common["description"],
        "availabilityStarts": common["datePublished"],
        "availabilityEnds": demand.deadline.isoformat() if demand.deadline else "",
        "seller": _organisation(demand),
        "areaServed": str(demand.region) if demand.region is not None else "",
    }


def _expert(expert: Expert) -> dict[str, Any]:
    affiliation = expert.affiliation
    return {
        "@type": "Person",
        "name": expert.title,
        "description": expert.summary,
        "affiliation": {"@type": "Organization", "name": affiliation} if affiliation else None,
        "knowsAbout": expert.keywords,
        "knowsLanguage": expert.languages,
        "sameAs": f"https://orcid.org/{expert.orcid}" if expert.orcid else "",
    }
