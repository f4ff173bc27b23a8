"""Named domain signals: how the catalogue tells and asks higher packages.

Sent inside the transaction that made the change, with ``listing_ids`` (a list of primary keys).
``listings_changed``: content, state or visibility is different now. With ``texts=False`` derived
texts may wait for the workers: what the listings say is as it was and nobody else finds them any
more, or they came by the hundred in a file.
"""

from django.dispatch import Signal

listings_changed = Signal()

# A question, with ``before`` (a datetime): which listings have a conversation that has waited for
# the owner's first reply since then or longer? A receiver returns a set of their primary keys.
unanswered_wanted = Signal()

# A person is erased: ``listing_ids`` are the profiles and what named the person as an inventor,
# ``profiles`` the former alone, ``names`` an :class:`accounts.redacting.Names`. Sent before
# ``listings_changed``: whoever derived something from those listings throws it away.
person_erased = Signal()
