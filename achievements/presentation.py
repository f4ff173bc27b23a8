"""How figures, ranges and choices read in either language; pure computation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.bilingual import content_language, localized, reader_language
from accounts.models import AuditEvent
from achievements.models import Achievement, Demand, Expert, Listing, RequirementRow

_MODELS: dict[str, type[Listing]] = {"achievement": Achievement, "demand": Demand, "expert": Expert}
LANGUAGE_NAMES = {
    "ar": gettext_lazy("Arabic"),
    "de": gettext_lazy("German"),
    "en": gettext_lazy("English"),
    "es": gettext_lazy("Spanish"),
    "fr": gettext_lazy("French"),
    "it": gettext_lazy("Italian"),
    "ja": gettext_lazy("Japanese"),
    "ko": gettext_lazy("Korean"),
    "ms": gettext_lazy("Malay"),
    "nl": gettext_lazy("Dutch"),
    "pt": gettext_lazy("Portuguese"),
    "ru": gettext_lazy("Russian"),
    "zh": gettext_lazy("Chinese"),
}
_TAGS = {"en": "en", "zh": "zh-Hans"}
_SIGNS = {">=": "≥", "<=": "≤", "=": "=", "about": "≈"}


@dataclass(frozen=True)
class Said:
    """A text in the language it is shown in. ``lang`` is empty where that is the reader's own."""

    text: str
    lang: str

    def __bool__(self) -> bool:
        """Whether there is a text at all."""
        return bool(self.text)


def said(obj: Any, field: str) -> Said:
    """The text of ``field`` in the reader's language, or in the other one, saying so."""
    language = content_language(obj, field)
    lang = "" if language in ("", reader_language()) else _TAGS[language]
    return Said(localized(obj, field) or "", lang)


def fallback_language(obj: Any) -> str:
    """The language tag of a title shown in the other language; empty when it is the reader's."""
    return said(obj, "title").lang


def listed(parts: Iterable[object]) -> str:
    """The parts as one line: with “、” where any of them is Chinese, else with commas."""
    texts = [str(part) for part in parts]
    chinese = any("\u4e00" <= letter <= "\u9fff" for text in texts for letter in text)
    return ("、" if chinese else ", ").join(texts)


def plain_number(value: Decimal | int, *, grouped: bool = False) -> str:
    """A figure without trailing noughts, with the reader's separators.

    Thousands are set apart from 10,000 on, or always where it stands beside such (``grouped``).
    """
    number = Decimal(value)
    whole = number == number.to_integral_value()
    text = f"{number.normalize():f}"
    decimals = 0 if whole else len(text.partition(".")[2])
    apart = grouped or abs(number) >= 10_000
    return str(number_format(number, decimals, use_l10n=True, force_grouping=apart))


def money(amount: Decimal) -> tuple[str, str]:
    """An amount as people write it: figure, and the power it stands for (may be empty)."""
    if reader_language() == "zh":
        for power, name in ((10**8, "亿"), (10**4, "万")):
            if amount >= power:
                return plain_number(round(amount / power, 2)), name
        return plain_number(amount), ""
    if amount >= 10**6:
        return plain_number(round(amount / 10**6, 2)), _("million")
    return plain_number(amount), ""


def money_range(low: Decimal | None, high: Decimal | None, currency: str) -> str:
    """“CNY 2.4–3.8 million”, “from CNY 80,000”, “up to …”; empty without figures."""
    if low is not None and high is not None and low != high:
        (first, power), (last, other) = money(low), money(high)
        shown = first if power == other else " ".join(filter(None, (first, power)))
        return _priced(f"{shown}–{last}", other, currency)
    if low is not None:
        amount = _priced(*money(low), currency)
        return amount if high is not None else _("from %(amount)s") % {"amount": amount}
    if high is not None:
        return _("up to %(amount)s") % {"amount": _priced(*money(high), currency)}
    return ""


def _priced(figure: str, power: str, currency: str) -> str:
    if reader_language() == "zh":
        unit = "元" if currency == "CNY" else f" {currency}"
        return (
            f"{figure} {power}{unit}" if power else f"{figure}{' ' if unit == '元' else ''}{unit}"
        )
    return " ".join(filter(None, (currency, figure, power)))


def price_text(achievement: Achievement) -> str:
    """The price of an achievement in words."""
    if achievement.price_mode == Achievement.PriceMode.NEGOTIABLE:
        return _("Negotiable")
    high = achievement.price_max
    if achievement.price_mode == Achievement.PriceMode.FIXED:
        high = achievement.price_min
    return money_range(achievement.price_min, high, achievement.currency)


def budget_text(demand: Demand) -> str:
    """The budget of a demand in words; empty when none is stated."""
    low, high = demand.budget_min, demand.budget_max
    return money_range(low, high, demand.currency)


def requirement_text(row: RequirementRow) -> str:
    """What a requirement asks for: “≥ 280 Wh/kg”, “100–200 °C”."""
    figure = plain_number(row.value)
    if row.operator == RequirementRow.Operator.BETWEEN and row.value_max is not None:
        return f"{figure}–{plain_number(row.value_max)} {row.unit}".rstrip()
    return f"{_SIGNS.get(row.operator, '')} {figure} {row.unit}".strip()


def choice_labels(values: Iterable[str], choices: Sequence[tuple[Any, Any]]) -> list[str]:
    """The labels of the chosen values, in the order of the choices."""
    chosen = set(values)
    return [str(label) for value, label in choices if value in chosen]


def language_names(codes: Iterable[str]) -> list[str]:
    """Names of languages by ISO 639 code; the code itself where we know no name."""
    return [str(LANGUAGE_NAMES.get(code, code)) for code in codes]


# What the audit calls an event → what people read.
EVENT_NAMES = {
    "listing.create": gettext_lazy("Created"),
    "listing.update": gettext_lazy("Changed"),
    "listing.submit": gettext_lazy("Submitted for review"),
    "listing.publish": gettext_lazy("Published"),
    "listing.approve": gettext_lazy("Approved and published"),
    "listing.reject": gettext_lazy("Sent back"),
    "listing.confirm": gettext_lazy("Changes confirmed"),
    "listing.take_down": gettext_lazy("Taken down by a reviewer"),
    "listing.withdraw": gettext_lazy("Withdrawn"),
    "listing.close": gettext_lazy("Closed"),
    "listing.reveal": gettext_lazy("Revealed to one side"),
    "listing.reveal_end": gettext_lazy("One side's access ended"),
    "listing.inventor_erased": gettext_lazy("An inventor's name erased"),
    "listing.renew": gettext_lazy("Renewed"),
    "listing.reopen": gettext_lazy("Reopened as a draft"),
    "listing.expire": gettext_lazy("Expired"),
    "listing.ask_owner": gettext_lazy("Owner asked whether it still holds"),
    "listing.still_valid": gettext_lazy("Confirmed that it still holds"),
    "listing.endorse": gettext_lazy("Found good by a first reviewer"),
    "listing.appeal": gettext_lazy("Owner objected to the take-down"),
    "listing.restore": gettext_lazy("Published again after an appeal"),
    "listing.appeal_decline": gettext_lazy("Appeal declined"),
    "listing.import": gettext_lazy("Imported"),
    "listing.assign": gettext_lazy("Colleague assigned"),
    "listing.tag": gettext_lazy("Tags changed"),
    "listing.revert": gettext_lazy("Earlier version restored"),
    "attachment.add": gettext_lazy("File added"),
    "attachment.update": gettext_lazy("File changed"),
    "attachment.remove": gettext_lazy("File removed"),
    "attachment.open": gettext_lazy("Confidential file opened"),
    "expert.invite": gettext_lazy("Person invited to take the profile over"),
    "expert.invite_again": gettext_lazy("Person invited again"),
    "expert.claim": gettext_lazy("Profile claimed"),
    "expert.claim_request": gettext_lazy("Profile requested"),
    "expert.claim_decline": gettext_lazy("Request for the profile declined"),
    "expert.merge": gettext_lazy("Profiles merged"),
    "expert.unmerge": gettext_lazy("Profiles parted again"),
    "expert.pool_record": gettext_lazy("Record of the pool changed"),
    "expert.conflict": gettext_lazy("Conflict of interest declared"),
    "expert.conflict_over": gettext_lazy("Conflict of interest withdrawn"),
    "expert.erase": gettext_lazy("Person erased on request"),
    "listing.lapse": gettext_lazy("Admission over"),
}


# Of what is no column of a model: its name for readers.
_PARTS = {
    "fields": gettext_lazy("fields"),
    "evidence": gettext_lazy("evidence rows"),
    "ip_rights": gettext_lazy("IP rights"),
    "inventors": gettext_lazy("inventors"),
    "requirements": gettext_lazy("requirement rows"),
    "attachments": gettext_lazy("files"),
}


def part_names(kind: str, names: Iterable[str]) -> str:
    """What changed of a listing, in words; a name that no model knows any more stays as it is."""
    columns = {f.name: f.verbose_name for f in _MODELS[kind]._meta.concrete_fields}
    return listed(_PARTS.get(name) or columns.get(name) or name for name in names)


def history_item(event: AuditEvent, kind: str) -> dict[str, Any]:
    """One event of a listing of this kind as a row of ``c-timeline``; ``note`` says what changed.

    Without an actor it was the platform.
    """
    return {
        "title": str(EVENT_NAMES.get(event.verb, event.verb)),
        "when": event.at,
        "who": str(event.actor) if event.actor is not None else _("the platform"),
        "note": part_names(kind, event.data.get("changed", [])),
    }
