"""Codes of a second factor, each good once."""

from datetime import UTC, datetime, timedelta

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from django.db.models import Q
from django.utils import timezone


def use_code_once(authenticator: Authenticator) -> bool:
    """Note that a code of an authenticator app is used now; False if one of this period was.

    The database remembers it, not the cache: a cache that is away forgets, and somebody who looked
    over a shoulder could use the code as well. Two at once have one winner. Not audited.
    """
    now = timezone.now()
    period = app_settings.TOTP_PERIOD
    begun = datetime.fromtimestamp(now.timestamp() // period * period, UTC)
    # Later than this period: by a clock that was ahead, which must not keep anybody out.
    unused = ~Q(last_used_at__gte=begun, last_used_at__lt=begun + timedelta(seconds=period))
    rows = Authenticator.objects.filter(Q(last_used_at=None) | unused, pk=authenticator.pk)
    return bool(rows.update(last_used_at=now))
