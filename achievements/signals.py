"""Named domain signals: how the catalogue tells higher packages that something happened.

Sent inside the transaction that made the change, with ``listing_ids`` (a list of primary keys).
``listings_changed``: content, state or visibility is different now. ``listings_published``:
became visible to others just now.
"""

from django.dispatch import Signal

listings_changed = Signal()
listings_published = Signal()
