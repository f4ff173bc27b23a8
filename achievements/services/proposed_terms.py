"""Budget and deadline proposed from a demand's own text. Only a person makes fields of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from accounts.models import User
from achievements.figures import Budget, Deadline, find_budget, find_deadline
from achievements.models import Demand
from achievements.services.proposals import TEXTS, ignore_proposals


@dataclass(frozen=True)
class ProposedTerms:
    """What a text says can be spent, and by when; None where it says nothing."""

    budget: Budget | None = None
    deadline: Deadline | None = None

    def values(self) -> dict[str, Any]:
        """The fields of a demand that taking all of it would fill."""
        found: dict[str, Any] = {}
        if self.budget is not None:
            found |= {"budget_min": self.budget.low, "budget_max": self.budget.high}
            found["currency"] = self.budget.currency
        if self.deadline is not None:
            found["deadline"] = self.deadline.day
        return found


def propose_terms(texts: Iterable[str], *, ignored: Iterable[str] = ()) -> ProposedTerms:
    """The first budget and the first deadline still to come in the texts that nobody has set
    aside. Periods begin today. No query."""
    passed, today = set(ignored), timezone.localdate()
    budget: Budget | None = None
    deadline: Deadline | None = None
    for text in texts:
        if budget is None and (said := find_budget(text)) and said.key not in passed:
            budget = said
        if deadline is None and (due := find_deadline(text, today=today)):
            deadline = due if due.key not in passed else None
    return ProposedTerms(budget, deadline)


def terms_in_text_of(demand: Demand) -> ProposedTerms:
    """What the saved text of a demand proposes, whatever its fields say."""
    texts = [getattr(demand, name) for name in TEXTS["demand"]]
    return propose_terms(texts, ignored=demand.ignored_figures)


def terms_of(demand: Demand) -> ProposedTerms:
    """What the saved text of a demand proposes for those of its fields that are empty."""
    said = terms_in_text_of(demand)
    spends = demand.budget_min is not None or demand.budget_max is not None
    return ProposedTerms(
        None if spends else said.budget, None if demand.deadline is not None else said.deadline
    )


def ignore_cleared_terms(demand: Demand, *, by: User, shown: ProposedTerms) -> None:
    """Set aside for good what was ``shown`` and is empty in the saved demand: who cleared it is not
    shown it again. Audited as :func:`achievements.services.proposals.ignore_proposals`."""
    left = terms_of(demand)
    keys = [
        term.key
        for term, still in ((shown.budget, left.budget), (shown.deadline, left.deadline))
        if term is not None and term == still
    ]
    if keys:
        ignore_proposals(demand, by=by, keys=keys)
