"""The two sides of an introduction: who sits where, and what the other side may know of them.

Every door and every notification asks here for names. An anonymous side is named to its own
people only.
"""

from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from accounts.memberships import memberships_of
from accounts.models import Organisation, User
from accounts.permissions import EDITING_ROLES
from deals.models import Introduction, Message


@dataclass(frozen=True)
class Party:
    """One side as one reader may know it; ``name`` is in the reader's language."""

    name: str
    organisation: Organisation | None = None
    anonymous: bool = False


@dataclass(frozen=True)
class Seat:
    """The side a reader sits on (``began``: the one that wrote first), and whether with a voice."""

    began: bool
    may_write: bool


def person_name(user: User | None) -> str:
    """The name a person gave themselves; never an address."""
    return str(user) if user is not None else _("Former user")


def _is_anonymous(introduction: Introduction, *, began: bool) -> bool:
    return introduction.sender_anonymous if began else introduction.recipient_anonymous


def party(introduction: Introduction, *, began: bool, seen_from_own_side: bool) -> Party:
    """How one side is named; ``seen_from_own_side``: to its own people."""
    if _is_anonymous(introduction, began=began) and not seen_from_own_side:
        return Party(_("Anonymous organisation"), anonymous=True)
    organisation = (
        introduction.sender_organisation if began else introduction.recipient_organisation
    )
    if organisation is not None:
        return Party(organisation.name, organisation)
    if began:
        return Party(person_name(introduction.sender))
    if introduction.to_curators:
        return Party(_("Curators of the platform"))
    return Party(person_name(introduction.recipient))


def author_name(introduction: Introduction, message: Message, *, own: bool) -> str:
    """Who wrote a message: the person, or where their side is anonymous to the reader the side."""
    if _is_anonymous(introduction, began=message.from_sender) and not own:
        return party(introduction, began=message.from_sender, seen_from_own_side=False).name
    return person_name(message.author)


class Reader:
    """A signed-in user who reads introductions; one query for any number of them."""

    def __init__(self, user: User) -> None:
        self.user = user

    @cached_property
    def roles(self) -> dict[int, str]:
        """The user's role in each of their organisations, by its number."""
        return {one.organisation_id: one.role for one in memberships_of(self.user)}

    def _seat(self, introduction: Introduction, *, began: bool) -> Seat | None:
        if began:
            organisation = introduction.sender_organisation_id
            in_person = organisation is None and introduction.sender_id == self.user.pk
        else:
            organisation = introduction.recipient_organisation_id
            in_person = introduction.recipient_id == self.user.pk or (
                introduction.to_curators and self.user.curates
            )
        if in_person:
            return Seat(began, may_write=True)
        if organisation in self.roles:
            return Seat(began, may_write=self.roles[organisation] in EDITING_ROLES)
        return None

    def seat(self, introduction: Introduction) -> Seat | None:
        """Where the user sits; None for who belongs to neither side.

        Who belongs to both sits where they may write, then where they act at present, then on
        the side that began.
        """
        sides = [self._seat(introduction, began=began) for began in (True, False)]
        seats = [seat for seat in sides if seat is not None]
        acting = self.user.active_organisation_id

        def rank(seat: Seat) -> tuple[bool, bool]:
            organisation = (
                introduction.sender_organisation_id
                if seat.began
                else introduction.recipient_organisation_id
            )
            return (not seat.may_write, acting is None or organisation != acting)

        return min(seats, key=rank, default=None)

    def party(self, introduction: Introduction, *, began: bool) -> Party:
        """One side as this reader may know it."""
        seat = self.seat(introduction)
        own = seat is not None and seat.began == began
        return party(introduction, began=began, seen_from_own_side=own)

    def author_name(self, introduction: Introduction, message: Message) -> str:
        """The author of a message as this reader may know them."""
        return author_name(introduction, message, own=self.wrote(introduction, message))

    def wrote(self, introduction: Introduction, message: Message) -> bool:
        """Whether the message comes from the reader's own side."""
        seat = self.seat(introduction)
        return seat is not None and seat.began == message.from_sender
