"""What the audit trail says, in the reader's language: kinds of object and the details of an event.

What was done is worded in ``templates/audit/verb.html``. A test collects the keys that the code
gives to ``record_audit`` and fails for one that has no words here.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

# What the details of an event are called. Numbers are those of the objects they name.
KEYS: Mapping[str, Any] = {
    "before": pgettext_lazy("audit", "Before"),
    "after": pgettext_lazy("audit", "After"),
    "allowed": gettext_lazy("Publishes without review"),
    "assignee": gettext_lazy("Person who sees to it"),
    "attachment": gettext_lazy("File"),
    "candidate": gettext_lazy("Achievement or expert"),
    "change": gettext_lazy("What has changed"),
    "changed": gettext_lazy("Changed"),
    "changes": gettext_lazy("Entries"),
    "claim": gettext_lazy("Claim"),
    "conflict_with": gettext_lazy("Organisation"),
    "count": gettext_lazy("Number"),
    "created": gettext_lazy("New"),
    "decision": gettext_lazy("Decision"),
    "demand": gettext_lazy("Demand"),
    "document": gettext_lazy("Document"),
    "email": gettext_lazy("E-mail"),
    "every": gettext_lazy("For all of them"),
    "expert": gettext_lazy("Expert"),
    "experts": gettext_lazy("Experts"),
    "finding": gettext_lazy("Found in it"),
    "invitation": gettext_lazy("Invitation"),
    "kind": gettext_lazy("Kind"),
    "layer": gettext_lazy("Who may open it"),
    "lines": gettext_lazy("Rows"),
    "listing": gettext_lazy("Listing"),
    "listings": gettext_lazy("Listings"),
    "match": gettext_lazy("Match"),
    "may_publish_directly": gettext_lazy("Publishes without review"),
    "merged": gettext_lazy("The other profile"),
    "merged_into": gettext_lazy("The kept profile"),
    "message": gettext_lazy("Message"),
    "name": gettext_lazy("Name"),
    "note": gettext_lazy("Note"),
    "outcome": gettext_lazy("Outcome"),
    "parted": gettext_lazy("The other profile"),
    "parted_from": gettext_lazy("The kept profile"),
    "quantity": gettext_lazy("Quantity"),
    "reason": gettext_lazy("Reason"),
    "reasons": gettext_lazy("Reasons"),
    "retired": gettext_lazy("No longer in use"),
    "rhythm": gettext_lazy("Alerts"),
    "role": gettext_lazy("Role"),
    "run": gettext_lazy("Import"),
    "sample": gettext_lazy("Sample data"),
    "scopes": gettext_lazy("May"),
    "sha256": gettext_lazy("Fingerprint of the file"),
    "side": gettext_lazy("Side"),
    "size": gettext_lazy("Experts"),
    "tags": gettext_lazy("Tags"),
    "to": gettext_lazy("Organisation"),
    "to_person": gettext_lazy("Expert"),
    "trl": gettext_lazy("Readiness (TRL)"),
    "updated": gettext_lazy("Changed"),
    "user": gettext_lazy("User"),
    "verdict": gettext_lazy("Decision"),
    "version": gettext_lazy("Version"),
    "visibility": gettext_lazy("Who may see it"),
}

# Where the words of a coded value are: `app.Model.field`, the first whose choices know the code.
# Fields are named, not imported: they belong to packages that stand left of this one.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "after": (
        "accounts.Member.role",
        "achievements.Attachment.layer",
        "achievements.Listing.state",
    ),
    "before": (
        "accounts.Member.role",
        "achievements.Attachment.layer",
        "achievements.Listing.state",
    ),
    "decision": ("achievements.Disclosure.decision",),
    "every": ("achievements.ImportRun.duplicates",),
    "kind": ("achievements.Listing.kind",),
    "layer": ("achievements.Attachment.layer",),
    "outcome": ("achievements.Report.outcome", "matching.Question.outcome"),
    "reason": ("achievements.Report.reason", "matching.Decision.reason"),
    "reasons": ("achievements.OwnerAsk.reasons",),
    "rhythm": ("matching.SavedSearch.rhythm",),
    "role": ("accounts.Member.role",),
    "scopes": ("accounts.ApiToken.scopes",),
    "side": ("matching.Decision.side",),
    "verdict": ("matching.Decision.verdict",),
    "visibility": ("achievements.Listing.visibility",),
}

# What let a dismissed or postponed match return; no field has these as choices.
CHANGES: Mapping[str, Any] = {
    "budget": gettext_lazy("Budget"),
    "day": gettext_lazy("The day it was put aside until"),
    "mode": gettext_lazy("Cooperation modes"),
    "price": gettext_lazy("Price"),
    "readiness": gettext_lazy("Readiness"),
    "readiness_sought": gettext_lazy("Readiness sought"),
    "region": gettext_lazy("Region"),
    "requirement": gettext_lazy("Requirements"),
    "text": gettext_lazy("Text"),
}

MOST_SHOWN = 12  # of a list, such as the rows of an import
_ORDER = {key: place for place, key in enumerate(KEYS)}

# What the verbs are about, by the word they begin with: what the list can be narrowed to.
AREAS: Mapping[str, Any] = {
    "listing": gettext_lazy("Listings"),
    "attachment": gettext_lazy("Files"),
    "readiness": gettext_lazy("Readiness"),
    "import": gettext_lazy("Imports"),
    "disclosure": gettext_lazy("Disclosures"),
    "report": gettext_lazy("Reports"),
    "expert": gettext_lazy("Experts"),
    "panel": gettext_lazy("Panels"),
    "match": gettext_lazy("Matches"),
    "question": gettext_lazy("Questions"),
    "introduction": gettext_lazy("Conversations"),
    "shortlist": gettext_lazy("Shortlist"),
    "saved_search": gettext_lazy("Saved searches"),
    "duplicate": gettext_lazy("Possible duplicates"),
    "portfolio_view": gettext_lazy("Views of the portfolio"),
    "organisation": gettext_lazy("Organisations"),
    "member": gettext_lazy("Members"),
    "invitation": gettext_lazy("Invitations"),
    "user": gettext_lazy("Users"),
    "token": gettext_lazy("API tokens"),
    "weights": gettext_lazy("Scoring weights"),
    "lint_rules": gettext_lazy("Quality rules"),
    "scheme": gettext_lazy("Vocabularies"),
    "regions": gettext_lazy("Regions"),
}


class Detail(NamedTuple):
    """One detail of an event: what it is, and what it says."""

    label: str
    value: str


def kind_words(object_type: str) -> str:
    """What an object is called (``achievements.listing``); one that is unknown, as it is."""
    try:
        return str(capfirst(apps.get_model(object_type)._meta.verbose_name))
    except (LookupError, ValueError):
        return object_type


def detail_rows(data: Mapping[str, Any], object_type: str) -> list[Detail]:
    """The details of an event in words; what says nothing (none, an empty text) is left out."""
    rows = []
    for key, value in sorted(data.items(), key=lambda item: _ORDER.get(item[0], len(_ORDER))):
        if value is None or value in ("", [], {}):
            continue
        rows.append(Detail(str(KEYS.get(key, key)), _said(key, value, object_type)))
    return rows


def _said(key: str, value: Any, object_type: str) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        return _("; ").join(
            _("%(label)s: %(value)s") % {"label": row.label, "value": row.value}
            for row in detail_rows(value, object_type)
        )
    if isinstance(value, list):
        shown = _(", ").join(_said(key, one, object_type) for one in value[:MOST_SHOWN])
        if len(value) <= MOST_SHOWN:
            return shown
        return _("%(some)s … (%(count)s in all)") % {"some": shown, "count": len(value)}
    if key == "change":
        return str(CHANGES.get(value, value))
    if key == "changed":
        return str(_field_words(object_type, str(value)))
    for path in CHOICES.get(key, ()):
        words = _choices(path).get(value)
        if words is not None:
            return str(words)
    return str(value)


@cache
def _choices(path: str) -> Mapping[Any, Any]:
    """The codes of a field and their words (lazy, so that each reader gets the own language)."""
    app, model, name = path.split(".")
    field: Any = apps.get_model(app, model)._meta.get_field(name)
    return dict((getattr(field, "base_field", None) or field).flatchoices)


@cache
def _field_words(object_type: str, name: str) -> Any:
    """What a field, or the rows of a relation, is called; one that is unknown, as it is."""
    try:
        model = apps.get_model(object_type)
    except (LookupError, ValueError):
        return name
    for one in (model, *_kinds_of(model)):
        try:
            field: Any = one._meta.get_field(name)
        except FieldDoesNotExist:
            continue
        if field.auto_created:
            return capfirst(field.related_model._meta.verbose_name_plural)
        return capfirst(field.verbose_name)
    return name


def _kinds_of(model: type[Model]) -> list[type[Model]]:
    """The models that are kinds of this one: a listing's changes name fields of its kind."""
    return [other for other in apps.get_models() if issubclass(other, model) and other is not model]
