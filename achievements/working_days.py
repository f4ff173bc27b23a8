"""Working days of the site: Monday to Friday, but holidays, and weekends that are worked instead.

Holidays differ by country and are announced year by year (in China with weekends that are worked in
exchange), so they are settings (``HOLIDAYS``, ``WORKING_WEEKENDS``), not code.
"""

from datetime import date, timedelta

from django.conf import settings
from django.utils import timezone

SATURDAY = 5
CLOCK = 5  # working days within which a report or an appeal is to be decided


def is_working_day(day: date) -> bool:
    """Whether moderators work on that day."""
    if day in settings.HOLIDAYS:
        return False
    return day.weekday() < SATURDAY or day in settings.WORKING_WEEKENDS


def site_today() -> date:
    """The day it is in the site's own time zone, whatever the reader's is."""
    return timezone.localtime(timezone=timezone.get_default_timezone()).date()


def working_days_after(start: date, days: int) -> date:
    """The ``days``-th working day after ``start``; the day itself does not count."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return day


def due_date() -> date:
    """By when what arrives today is to be decided."""
    return working_days_after(site_today(), CLOCK)
