"""Named domain signals: how this package tells higher ones that something happened.

Sent inside the transaction that made the change. ``organisation_changed``, with
``organisation_id``: the name or the verification is different now, so what was derived from them
is out of date.

``subjects_named`` is a question, with ``user``, ``noun`` (``listing``, ``introduction``) and
``ids``: notifications are about to name these to the user. Whose noun it is answers with the set of
those that the user may see now, the others with nothing.
"""

from django.dispatch import Signal

organisation_changed = Signal()
subjects_named = Signal()
