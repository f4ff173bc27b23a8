"""Which quantity of the vocabulary a text means."""

from collections.abc import Iterable

from achievements.models import Term
from achievements.services.text import fold

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
    rows = Term.objects.of_scheme(SCHEME).values_list("pk", "label_en", "label_zh", "synonyms")
    labels: dict[str, int] = {}
    for pk, label_en, label_zh, synonyms in rows:
        labels.setdefault(fold(label_en), pk)
        labels.setdefault(fold(label_zh), pk)
        for name in synonyms:
            names.setdefault(fold(name), set()).add(pk)
    single = {name: next(iter(pks)) for name, pks in names.items() if len(pks) == 1}
    known = single | labels
    return {text: known[folded] for text, folded in wanted.items() if folded in known}
