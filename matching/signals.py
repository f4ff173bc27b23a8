"""What matching asks of packages to its left."""

from django.dispatch import Signal

# Sent without arguments; a receiver returns (hours until the first reply of each conversation that
# got one, how many have waited for one longer than `WAITED_DAYS` of `live_figures`).
reply_times_wanted = Signal()

# Sent without arguments; a receiver returns how many conversations were begun, and how many of them
# were answered.
conversations_wanted = Signal()
