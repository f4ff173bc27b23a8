"""What can be done with introductions."""

from deals.services.introductions import (
    begin_introduction,
    mark_introduction_read,
    reply,
    sender_of_match,
)

__all__ = ["begin_introduction", "mark_introduction_read", "reply", "sender_of_match"]
