"""Named domain signals: how this package tells higher ones that something happened.

Sent inside the transaction that made the change. ``organisation_changed``, with
``organisation_id``: the name or the verification is different now, so what was derived from them
is out of date.

``listings_named`` is a question, with ``user`` and ``listing_ids``: a notification is about to name
these listings to the user. Each receiver answers with the set of those that the user may see now.
"""

from django.dispatch import Signal

organisation_changed = Signal()
listings_named = Signal()
