"""Who is told of a message, and in which words: each side by what it may know."""

from typing import Any

from django.utils.text import Truncator
from django.utils.translation import override

from accounts.models import Organisation, User
from accounts.services import administrator_recipients, notify
from accounts.services.notifications import organisation_recipients
from deals.models import Introduction, Message
from deals.sides import author_name, party

EXCERPT_LENGTH = 2000
LANGUAGES = {"en": "en", "zh": "zh-hans"}


def _people(organisation: Organisation | None, person: User | None) -> list[User]:
    """An organisation's owners and editors, or the one person."""
    if organisation is not None:
        return organisation_recipients(organisation)
    return [person] if person is not None and person.is_active else []


def people_of(introduction: Introduction, *, began: bool) -> list[User]:
    """Who is told on one side: owners and editors of the organisation, a person, or curators.

    Superusers stand in where there are no curators.
    """
    if began:
        return _people(introduction.sender_organisation, introduction.sender)
    if introduction.to_curators:
        return administrator_recipients("curator")
    return _people(introduction.recipient_organisation, introduction.recipient)


def _words(message: Message, *, to_began: bool) -> dict[str, Any]:
    """The plain values of the notification's templates, in both languages, for one side."""
    introduction = message.introduction
    own = message.from_sender == to_began
    data: dict[str, Any] = {
        "introduction": introduction.pk,
        "subject": introduction.subject,
        "excerpt": Truncator(message.body).chars(EXCERPT_LENGTH),
        "own": own,
    }
    for code, language in LANGUAGES.items():
        with override(language):
            writers = party(introduction, began=message.from_sender, seen_from_own_side=own)
            readers = party(introduction, began=not message.from_sender, seen_from_own_side=not own)
            data[f"side_{code}"] = writers.name
            data[f"other_{code}"] = readers.name
            data[f"author_{code}"] = author_name(introduction, message, own=own)
    return data


def tell_both_sides(message: Message, *, first: bool) -> None:
    """Tell everyone concerned on both sides, but not the author.

    Who belongs to both sides is told once, in the words for the side that is written to.
    """
    introduction = message.introduction
    told = {message.author_id}
    for began in (not message.from_sender, message.from_sender):
        people = [user for user in people_of(introduction, began=began) if user.pk not in told]
        told |= {user.pk for user in people}
        notify(
            recipients=people,
            kind="introduction_begun" if first else "introduction_message",
            key=f"introduction.message:{message.pk}",
            path=introduction.get_absolute_url(),
            data=_words(message, to_began=began),
        )
