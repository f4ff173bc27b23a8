"""Which quantity of the vocabulary a text means."""

from collections.abc import Iterable
from itertools import chain

from django.db import transaction
from django.utils import timezone

from achievements.models import EvidenceRow, Listing, RequirementRow, Term
from achievements.services.text import fold
from achievements.signals import listings_changed

SCHEME = "quantity"


def recognise_quantities(texts: Iterable[str]) -> dict[str, int]:
    """Map each text that names a quantity, by label or synonym of either language, to its term.

    Width, case, hyphens and blanks make no difference. Texts that name none are left out, and so
    are names that two quantities share. At most one query; none without texts.
    """
    wanted = {text: fold(text) for text in texts if text}
    if not wanted:
        return {}
    names: dict[str, set[int]] = {}
    rows = Term.objects.of_scheme(SCHEME).values_list(
        "pk", "label_en", "label_zh", "synonyms", "own_synonyms"
    )
    labels: dict[str, int] = {}
    for pk, label_en, label_zh, *synonyms in rows:
        labels.setdefault(fold(label_en), pk)
        labels.setdefault(fold(label_zh), pk)
        for name in chain(*synonyms):
            names.setdefault(fold(name), set()).add(pk)
    single = {name: next(iter(pks)) for name, pks in names.items() if len(pks) == 1}
    known = single | labels
    return {text: known[folded] for text, folded in wanted.items() if folded in known}


@transaction.atomic
def reread_quantities() -> list[int]:
    """Recognise the quantity of every row anew, after the vocabulary has changed.

    A synonym that was added thus works for what is there already. Listings whose rows mean
    something else now count as changed, so their matches are made anew; what they say has not
    changed, so nobody reviews them again. Returns their ids. Two queries for each kind of row, and
    one for each quantity that changed.
    """
    touched: set[int] = set()
    for model, parent in ((EvidenceRow, "achievement_id"), (RequirementRow, "demand_id")):
        rows = list(model._default_manager.values_list("pk", "quantity", "term_id", parent))
        terms = recognise_quantities({quantity for _pk, quantity, _term, _listing in rows})
        wrong: dict[int | None, list[int]] = {}
        for pk, quantity, term, listing in rows:
            if terms.get(quantity) != term:
                wrong.setdefault(terms.get(quantity), []).append(pk)
                touched.add(listing)
        for new, pks in wrong.items():
            model._default_manager.filter(pk__in=pks).update(term=new)
    if touched:
        Listing.objects.filter(pk__in=touched).update(updated_at=timezone.now())
        listings_changed.send(Listing, listing_ids=sorted(touched))
    return sorted(touched)
