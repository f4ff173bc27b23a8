"""The named domain signal: how the catalogue tells higher packages that something happened.

Sent inside the transaction that made the change, with ``listing_ids`` (a list of primary keys).
``listings_changed``: content, state or visibility is different now.
"""

from django.dispatch import Signal

listings_changed = Signal()
