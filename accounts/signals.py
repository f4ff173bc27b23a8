"""Named domain signals: how this package tells higher ones that something happened.

Sent inside the transaction that made the change. ``organisation_changed``, with
``organisation_id``: the name or the verification is different now, so what was derived from them
is out of date.
"""

from django.dispatch import Signal

organisation_changed = Signal()
