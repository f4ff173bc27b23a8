"""Invented organisations and listings with their facts, written by COPY."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from accounts.models import Organisation, Region
from achievements.models import (
    Achievement,
    Demand,
    EvidenceRow,
    Expert,
    IPRight,
    Listing,
    RequirementRow,
    Term,
)
from matching.seeding.copying import copy_rows, next_ids
from matching.seeding.texts import TOPICS, Writer

MARK = "load-data"  # begins every short name of an organisation and every own number
LISTINGS_EACH = 160  # of one organisation, at least; never fewer than eight organisations
_SPREAD = 365  # days within which listings were published

_QUANTITIES = (("energy density", "Wh/kg"), ("efficiency", "%"), ("temperature", "°C"))
_ORGANISATIONS = (
    *[(Organisation.Kind.UNIVERSITY, "University", "大学")] * 3,
    (Organisation.Kind.RESEARCH_INSTITUTE, "Institute", "研究院"),
    *[(Organisation.Kind.ENTERPRISE, "Works", "科技公司")] * 3,
    (Organisation.Kind.SERVICE_INSTITUTION, "Transfer Centre", "转移中心"),
)


@dataclass(frozen=True)
class Plan:
    """One listing to be: its number, kind, languages (``en``, ``zh``, ``enzh``) and subject."""

    number: int
    kind: str
    languages: str
    topic: int


def plans_of(numbers: Sequence[int], seed: int, portion: int) -> list[Plan]:
    """85 % achievements, 10 % demands, 5 % experts; half Chinese, one in twenty-five in both.

    ``numbers`` are those of one portion; whoever makes it, it is the same.
    """
    chance = _chance("plans", seed, portion)
    found = []
    # Some subjects are met often, most seldom.
    often = [1 / (topic + 15) for topic in range(TOPICS)]
    topics = chance.choices(range(TOPICS), often, k=len(numbers))
    for place, (number, topic) in enumerate(zip(numbers, topics, strict=True)):
        draw = place % 20
        kind = Listing.Kind.ACHIEVEMENT
        if draw in (3, 10):
            kind = Listing.Kind.DEMAND
        elif draw == 17:
            kind = Listing.Kind.EXPERT
        languages = "enzh" if chance.random() < 0.04 else ("en", "zh")[chance.random() < 0.5]
        found.append(Plan(number, kind, languages, topic))
    return found


def write_organisations(listings: int, seed: int) -> range:
    """Verified organisations for so many listings; returns their numbers."""
    count = max(listings // LISTINGS_EACH, 8)
    chance = _chance("organisations", seed)
    numbers = next_ids(Organisation, count)
    regions = [*Region.objects.order_by("pk").values_list("pk", flat=True), None]
    now = timezone.now()
    copy_rows(
        Organisation,
        ("id", "slug", "kind", "name_en", "name_zh", "region_id", "verified_at"),
        (
            (
                *(number, f"{MARK}-{place}", kind, f"Load {noun} {place}"),
                *(f"负载{name}{place}", chance.choice(regions), now),
            )
            for place, number in enumerate(numbers)
            for kind, noun, name in [_ORGANISATIONS[place % len(_ORGANISATIONS)]]
        ),
    )
    return numbers


def _chance(name: str, *numbers: int) -> Random:
    return Random(f"{name} {numbers}")  # noqa: S311 - must be the same again


class Catalogue:
    """Writes listings, published within the last year, portion by portion."""

    def __init__(self, organisations: Sequence[int], seed: int) -> None:
        self._organisations, self._seed = organisations, seed
        self._regions = [*Region.objects.order_by("pk").values_list("pk", flat=True), None]
        terms = Term.objects.fields().order_by("scheme__code", "code")
        self._terms = list(terms.values_list("pk", flat=True))
        self._today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
        self._begin(0)

    def _begin(self, portion: int) -> None:
        self._chance = _chance("facts", self._seed, portion)
        self._writers = {code: Writer(code, self._seed, portion) for code in ("en", "zh")}

    def write(self, plans: Sequence[Plan], portion: int) -> None:
        """Write the listings of one portion."""
        self._begin(portion)
        self._write_listings(plans)
        for kind, write in (
            (Listing.Kind.ACHIEVEMENT, self._write_achievements),
            (Listing.Kind.DEMAND, self._write_demands),
            (Listing.Kind.EXPERT, self._write_experts),
        ):
            write([plan for plan in plans if plan.kind == kind])

    def _texts(self, plans: Sequence[Plan], words: int) -> list[list[str]]:
        """English and Chinese texts about each plan's subject, empty where it has none."""
        columns = []
        for code, writer in self._writers.items():
            wanted = [place for place, plan in enumerate(plans) if code in plan.languages]
            texts = [""] * len(plans)
            written = writer.write([plans[place].topic for place in wanted], words)
            for place, text in zip(wanted, written, strict=True):
                texts[place] = text
            columns.append(texts)
        return columns

    def _write_listings(self, plans: Sequence[Plan]) -> None:
        titles, summaries = self._texts(plans, 8), self._texts(plans, 20)
        words = self._texts(plans, 4)
        rows, fields = [], []
        for place, plan in enumerate(plans):
            published, expires = self._dates()
            title = [column[place][:290] for column in titles]
            keywords = [column[place].split()[:4] for column in words[:1]]
            rows.append(
                (
                    *(plan.number, plan.kind, self._chance.choice(self._organisations)),
                    *("published", self._visibility(), *title),
                    *(column[place][:1000] for column in summaries),
                    *(*keywords, [words[1][place][:20]] if words[1][place] else []),
                    *(self._chance.choice(self._regions), f"{MARK}-{plan.number}"),
                    *(published, expires, published, published),
                )
            )
            if self._terms:
                first = plan.topic * 7 % len(self._terms)
                others = self._chance.sample(self._terms, self._chance.choice((0, 1, 1, 2)))
                for term in {self._terms[first], *others}:
                    fields.append((plan.number, term))
        copy_rows(
            Listing,
            (
                *("id", "kind", "organisation_id", "state", "visibility"),
                *("title_en", "title_zh", "summary_en", "summary_zh"),
                *("keywords_en", "keywords_zh", "region_id", "external_id"),
                *("published_at", "expires_at", "created_at", "updated_at"),
            ),
            rows,
        )
        through: Any = Listing.fields.through
        copy_rows(through, ("listing_id", "term_id"), fields)

    def _dates(self) -> tuple[datetime, datetime]:
        """When it was published, to the second, and when it expires; all are live."""
        age = timedelta(seconds=self._chance.randrange(_SPREAD * 24 * 3600))
        published = self._today - age
        return published, self._today + timedelta(days=self._chance.randint(200, 700))

    def _visibility(self) -> str:
        return "members" if self._chance.random() < 0.03 else "public"

    def _write_achievements(self, plans: Sequence[Plan]) -> None:
        # Some sixty words in all, as the descriptions of a real catalogue have.
        columns = [column for words in (10, 15, 8) for column in self._texts(plans, words)]
        rows, rights, evidence = [], [], []
        for place, plan in enumerate(plans):
            price = self._chance.choice((None, None, 80, 300, 1200, 5000))
            rows.append(
                (
                    *(plan.number, *(column[place] for column in columns)),
                    self._chance.choice(("finished", "finished", "ongoing")),
                    self._chance.choice((None, *range(1, 10))),
                    self._some(Achievement.TransferMode.values, 3),
                    *("negotiable" if price is None else "fixed", price and price * 1000),
                )
            )
            if self._chance.random() < 0.5:
                rights.append((plan.number, *self._right(plan.number)))
            if self._chance.random() < 0.4:
                evidence.append((plan.number, *self._measured()))
        copy_rows(
            Achievement,
            (
                *("listing_ptr_id", "problem_en", "problem_zh", "solution_en", "solution_zh"),
                *("advantages_en", "advantages_zh", "result_kind", "trl", "transfer_modes"),
                *("price_mode", "price_min"),
            ),
            rows,
        )
        copy_rows(IPRight, ("achievement_id", "kind", "status", "number", "office"), rights)
        copy_rows(EvidenceRow, ("achievement_id", "quantity", "value", "unit"), evidence)

    def _write_demands(self, plans: Sequence[Plan]) -> None:
        english, chinese = self._texts(plans, 45)
        rows, required = [], []
        for place, plan in enumerate(plans):
            budget = self._chance.choice((None, 100, 500, 2000))
            rows.append(
                (
                    *(plan.number, english[place], chinese[place]),
                    self._chance.choice((None, 4, 5, 6, 7, 8)),
                    self._some(Demand.CooperationMode.values, 2),
                    budget and budget * 1000,
                )
            )
            if self._chance.random() < 0.4:
                required.append((plan.number, *self._measured(), ">=", "prefer"))
        copy_rows(
            Demand,
            (
                *("listing_ptr_id", "body_en", "body_zh", "trl_min", "cooperation_modes"),
                "budget_max",
            ),
            rows,
        )
        names = ("demand_id", "quantity", "value", "unit", "operator", "priority")
        copy_rows(RequirementRow, names, required)

    def _write_experts(self, plans: Sequence[Plan]) -> None:
        english, chinese = self._texts(plans, 40)
        rows = [
            (
                *(plan.number, english[place], chinese[place]),
                self._some(Expert.Service.values, 3),
                ["en", "zh"] if len(plan.languages) > 2 else [plan.languages],
                self._chance.choice(("available", "available", "limited", "unavailable")),
            )
            for place, plan in enumerate(plans)
        ]
        names = ("listing_ptr_id", "expertise_en", "expertise_zh", "services", "languages")
        copy_rows(Expert, (*names, "availability"), rows)

    def _some(self, values: Sequence[str], most: int) -> list[str]:
        return self._chance.sample(list(values), self._chance.randint(1, most))

    def _right(self, number: int) -> tuple[str, str, str, str]:
        status = self._chance.choice((IPRight.Status.GRANTED, IPRight.Status.GRANTED, "filed"))
        kind = self._chance.choice((IPRight.Kind.PATENT, IPRight.Kind.PATENT, "utility_model"))
        return str(kind), str(status), f"CN1{number % 10**8:08d}A", "CN"

    def _measured(self) -> tuple[str, int, str]:
        quantity, unit = self._chance.choice(_QUANTITIES)
        return quantity, self._chance.randint(1, 500), unit
