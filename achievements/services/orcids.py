"""Whose an ORCID iD is, for whoever is refused it."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.text import clean_text
from achievements.models import Expert


def holder_of(orcid: str, *, besides: int | None, reader: User | None) -> Expert | None:
    """The profile that has an ORCID iD, other than ``besides``, if the reader may see it."""
    rows = Expert.objects.visible_to(reader) if reader is not None else Expert.objects.all()
    rows = rows.unmerged().filter(orcid=clean_text(orcid))
    if besides is not None:
        rows = rows.exclude(pk=besides)
    return rows.first() if orcid else None


def taken_orcid(expert: Expert, *, by: User | None) -> ValidationError | None:
    """Why a profile cannot have its ORCID iD: another has it, and who that is as far as ``by`` may
    know. None where it is free; one query, or two where it is not."""
    other = holder_of(expert.orcid, besides=expert.pk, reader=None)
    if other is None:
        return None
    if by is not None and holder_of(expert.orcid, besides=expert.pk, reader=by) is not None:
        message = _("This ORCID iD belongs to %(name)s, profile %(number)s of the pool.")
        params = {"name": other.title, "number": str(other.pk)}
        return ValidationError(message, code="orcid_taken", params=params)
    message = _(
        "This ORCID iD belongs to a profile of the pool that you may not see. Leave it out here; "
        "a curator puts two profiles of one person together."
    )
    return ValidationError(message, code="orcid_taken")
