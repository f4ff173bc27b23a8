"""Names of people in both scripts: whether “王小明” and “Ming Xiao Wang” may be one person."""

import re
import unicodedata
from functools import lru_cache

# Family names of two characters that are still common; all others have one.
_DOUBLE = frozenset(
    ("欧阳", "上官", "司马", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "夏侯", "端木")
)
_HAN = re.compile(r"[\u4e00-\u9fff]+")


def latin_key(name: str) -> str:
    """The words of a Latin name in alphabetical order, without accents, hyphens and case: whichever
    of family and given name comes first, the key is the same. Empty for fewer than two words."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    words = re.sub(r"[-‐'’.]", "", plain).replace(",", " ").split()
    return " ".join(sorted(words)) if len(words) > 1 else ""


@lru_cache(maxsize=50_000)
def chinese_keys(name: str) -> frozenset[str]:
    """The keys under which a Chinese name may stand in Latin letters: given name in one word or
    by syllables. Empty where there is no Chinese name of two to four characters."""
    found = _HAN.fullmatch(name.replace(" ", "").replace("·", ""))
    if found is None or not 2 <= len(found[0]) <= 4:
        return frozenset()
    from pypinyin import lazy_pinyin  # only here: its tables take a quarter of a second to load

    signs = found[0]
    split = 2 if signs[:2] in _DOUBLE and len(signs) > 2 else 1
    syllables = [one.replace("ü", "v") for one in lazy_pinyin(signs)]
    family, given = "".join(syllables[:split]), syllables[split:]
    ways = [[family, "".join(given)], [family, *given]]
    ways += [[way.replace("v", "u") for way in words] for words in ways]
    ways += [[way.replace("v", "yu") for way in words] for words in ways[:2]]
    return frozenset(" ".join(sorted(words)) for words in ways)


def may_be_one(name_en: str, name_zh: str, other_en: str, other_zh: str) -> bool:
    """Whether the Latin name of one side is the Chinese name of the other one."""
    for latin, chinese in ((name_en, other_zh), (other_en, name_zh)):
        key = latin_key(latin)
        if key and key in chinese_keys(chinese):
            return True
    return False


def cross_script_pairs(people: list[tuple[int, str, str]]) -> list[tuple[int, int]]:
    """Of (number, Latin name, Chinese name): pairs of numbers whose names meet across scripts and
    in neither script contradict each other. In the order of their numbers."""
    by_latin: dict[str, list[int]] = {}
    names = {pk: (en, zh) for pk, en, zh in people}
    for pk, en, _zh in people:
        key = latin_key(en)
        if key:
            by_latin.setdefault(key, []).append(pk)
    pairs = set()
    for pk, en, zh in people:
        for key in chinese_keys(zh):
            for other in by_latin.get(key, ()):
                other_en, other_zh = names[other]
                differs = (zh and other_zh and zh != other_zh) or (
                    en and other_en and latin_key(en) != latin_key(other_en)
                )
                if other != pk and not differs:
                    pairs.add((min(pk, other), max(pk, other)))
    return sorted(pairs)
