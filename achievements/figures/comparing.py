"""Words that say how a figure is compared, before it and behind it, in both languages."""

import re

AT_LEAST, AT_MOST, ABOUT, BETWEEN, EQUAL = ">=", "<=", "about", "between", "="

_BEFORE = {
    AT_LEAST: (
        r"≥|>\s?=|>|不(?:低|小|少|短)[于於]|大[于於](?:或|等[于於])*|高[于於]|超过|超|至少|最少|"
        r"最低|最小|多[于於]"
        r"|达到|达|高达|可达|突破|(?:提高|提升|增加|上升|延长)[到至]|at least|(?:not?|"
        r"never) (?:be )?(?:less|lower|fewer|"
        r"smaller|shorter) than|minimum(?: of)?|min\.?|(?:greater|more|larger|higher|longer|"
        r"faster) than"
        r"(?: or equal to)?|exceed(?:s|ing)?|in excess of|over|above|upwards of|as high as|"
        r"(?:increased|raised|improved) to"
    ),
    AT_MOST: (
        r"≤|<\s?=|<|不(?:高|大|多|长)[于於]|不超过|不得超过|未超过|不能超过|小[于於](?:或|"
        r"等[于於])*|低[于於]|少[于於]|短[于於]|至多|最多"
        r"|控制在|限制在|限定在|(?:降低?|减少|缩短|减小|缩小|压缩|下降)[到至]|at most|(?:not?|"
        r"never) (?:be )?(?:more|greater|"
        r"higher|larger|longer) than|not (?:to )?exceed(?:ing)?|no more than|maximum(?: of)?|max\.?"
        r"|(?:less|fewer|lower|smaller|shorter) than(?: or equal to)?|below|under|within|up to"
        r"|as (?:low|little|few) as|(?:reduced|decreased|lowered) to"
    ),
    ABOUT: (
        r"大?约|大概|近|接近|≈|~|about|approximately|approx\.?|around|roughly|nearly|circa"
        r"|(?:on|of) the order of|平均"
    ),
    EQUAL: r"=|为|是|等于|equal to|of exactly",
}
_FILLERS = r"(?:\s*(?:of|to|be|a|an|the|is|are|为|是|在|到|至|[:：]|大?约|about|approximately))*"
_BEFORE_RE = {
    name: re.compile(rf"(?:(?<![A-Za-z])|(?<=\b))(?:{words}){_FILLERS}\s*$", re.IGNORECASE)
    for name, words in _BEFORE.items()
}
_BEHIND = {
    AT_LEAST: r"(?:及|或|或者)?(?:以上|更高|更长)|\+(?!\d)"
    r"|or (?:more|greater|higher|better|longer|above)"
    r"|and (?:above|higher|more)|minimum|min\b(?!/)",
    AT_MOST: r"(?:及|或|或者)?(?:以下|以内|之内|更低)"
    r"|or (?:less|lower|fewer|below|shorter)|maximum|max\b",
    ABOUT: r"左右|上下",
}
_BEHIND_RE = {
    name: re.compile(rf"\s*\(?(?:{words})", re.IGNORECASE) for name, words in _BEHIND.items()
}
_CAPABLE = re.compile(
    r"\b(?:capab\w*|able|withstand\w*|support\w*|operat\w*|handl\w*|sustain\w*|accommodat\w*|"
    r"provid\w*|achiev\w*|produc\w*|deliver\w*|reach\w*|survi\w*|speeds?|surviv\w*)\b",
    re.IGNORECASE,
)
_UP_TO = re.compile(rf"up to{_FILLERS}\s*$", re.IGNORECASE)
_BETTER = re.compile(r"(优于|better than)\s*$", re.IGNORECASE)


def compared_before(clause: str) -> tuple[str, int]:
    """How the figure behind ``clause`` is compared, and where the words for it begin.

    ``("", len(clause))`` where nothing is said. The longest wording counts, so that “no less
    than” is not read as “less than”.
    """
    found = {name: hit for name, rule in _BEFORE_RE.items() if (hit := rule.search(clause))}
    if not found:
        return "", len(clause)
    name, hit = min(found.items(), key=lambda pair: pair[1].start())
    up_to = _UP_TO.search(clause)
    if name == AT_MOST and up_to and _CAPABLE.search(clause[: up_to.start()]):
        name = AT_LEAST  # “operates at up to 400 °C” asks for at least that
    return name, hit.start()


def better_than(clause: str) -> int | None:
    """Where “better than” begins at the end of ``clause``; what is better the unit decides."""
    found = _BETTER.search(clause)
    return found.start() if found else None


def compared_behind(text: str, place: int) -> tuple[str, int]:
    """How the figure that ends at ``place`` is compared by the words behind it, and their end."""
    for name, rule in _BEHIND_RE.items():
        found = rule.match(text, place)
        if found:
            return name, found.end()
    return "", place
