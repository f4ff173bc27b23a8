"""How the site runs, as rows for people, in their language."""

from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from matching.services.operation import Operation
from matching.wording.quality import duration_text

WORK = {
    "stale": (
        gettext_lazy("Texts to bring into the index"),
        gettext_lazy("Is the sweep running? Its log names the listing it stops at."),
    ),
    "unembedded": (
        gettext_lazy("Listings without their embedding"),
        gettext_lazy("Are workers running, and does the embedding service answer?"),
    ),
    "unmatched": (
        gettext_lazy("Listings to match"),
        gettext_lazy("Add a worker; after new weights or an import this takes its time."),
    ),
    "unchecked": (
        gettext_lazy("Files to check for viruses"),
        gettext_lazy("Does the virus scanner answer? The log of the sweep names files it refuses."),
    ),
    "undelivered": (
        gettext_lazy("Notifications and e-mails to send"),
        gettext_lazy("Does the mail server answer? Each delivery keeps its last error."),
    ),
}


def work_rows(found: Operation) -> list[dict[str, Any]]:
    """Each kind of work: how much waits, for how long, whether that is too long, what to do."""
    return [
        {
            "name": label,
            "count": number_format(found.work[name]["count"], force_grouping=True),
            "oldest": _waited(found.work[name]["oldest_seconds"]),
            "late": name in found.late,
            "advice": advice,
        }
        for name, (label, advice) in WORK.items()
    ]


def part_rows(found: Operation) -> list[dict[str, Any]]:
    """Database, its replica, broker and e-mail, with a word on each."""
    if found.queue is None:
        broker = _("Does not answer. Requests go on; the sweep does the work of lost messages.")
    else:
        broker = ngettext(
            "%(count)s message waits for workers.",
            "%(count)s messages wait for workers.",
            found.queue,
        ) % {"count": number_format(found.queue, force_grouping=True)}
    mail = ngettext(
        "%(count)s e-mail was given up in the last hour.",
        "%(count)s e-mails were given up in the last hour.",
        found.failed_mail,
    ) % {"count": found.failed_mail}
    return [
        {"name": _("Database"), "good": True, "says": _("Answers.")},
        *_replica_row(found),
        {"name": _("Broker"), "good": found.queue is not None, "says": broker},
        {"name": pgettext("what is sent", "E-mail"), "good": not found.failed_mail, "says": mail},
        {"name": _("Matching"), "good": True, "says": _latency(found)},
    ]


def _replica_row(found: Operation) -> list[dict[str, Any]]:
    if found.replica is None:
        return []
    says = {
        "ok": _("Serves searches, lists and details."),
        "late": _("Is too far behind; searches are read from the database itself."),
        "unavailable": _("Does not answer; searches are read from the database itself."),
    }[found.replica]
    return [{"name": _("Read replica"), "good": found.replica == "ok", "says": says}]


def _latency(found: Operation) -> str:
    if found.latency_median is None or found.latency_p95 is None:
        return _("No match was found in the last hour.")
    half, most = _waited(round(found.latency_median)), _waited(round(found.latency_p95))
    return _(
        "Of the last hour's matches, half were found within %(half)s of the last change, 95 %% "
        "within %(most)s."
    ) % {"half": half, "most": most}


def _waited(seconds: int | None) -> str:
    if seconds is None:
        return "–"
    if seconds < 60:
        return ngettext("%(count)s second", "%(count)s seconds", seconds) % {"count": seconds}
    return duration_text(seconds / 3600)
