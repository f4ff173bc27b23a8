"""Chinese text as it is typed in Latin letters: whole syllables and first letters.

Computed when something is indexed, never when somebody searches.
"""

import re
from collections.abc import Iterable

from matching.text.tokens import chinese_runs, fold

_REACH = 8  # syllables from each beginning that can be typed in one go
INITIALS = "="  # marks first letters, so that they are not taken for syllables
LEAST = 3  # letters; fewer begin too many words
_TYPED = re.compile(r"[a-z]+(?:[ '’]?[a-z]+)*")


def sounds_of(text: str) -> list[str]:
    """What may be typed for a text: from each character on, its syllables and their first letters.

    ``石墨电池`` gives ``shimodianchi``, ``modianchi`` and so on, and ``=smdc``, ``=mdc``. Readings
    are chosen by the words around them; ``ü`` is written ``v``. Text without Chinese gives nothing.
    """
    from pypinyin import lazy_pinyin  # only here: its tables take a quarter of a second to load

    found: dict[str, None] = {}
    for run in chinese_runs(fold(text)):
        syllables = [re.sub(r"[^a-z]", "", syllable) for syllable in lazy_pinyin(run)]
        for place in range(len(syllables)):
            part = [syllable for syllable in syllables[place : place + _REACH] if syllable]
            found["".join(part)] = None
            found[INITIALS + "".join(syllable[0] for syllable in part)] = None
    return [sound for sound in found if len(sound) > 1]


def typed_sounds(text: str) -> list[str]:
    """The beginnings of sounds that a typed text may be meant as; none for anything but letters."""
    plain = text.strip().lower().replace("ü", "v")
    if not _TYPED.fullmatch(plain):
        return []
    letters = re.sub(r"[^a-z]", "", plain)
    return [letters, INITIALS + letters] if len(letters) >= LEAST else []


def as_vector(sounds: Iterable[str]) -> str:
    """The notation of a ``tsvector``."""
    return " ".join(f"'{sound}'" for sound in sounds)


def as_query(sounds: Iterable[str]) -> str:
    """The notation of a ``tsquery`` that finds what begins with one of them."""
    return " | ".join(f"'{sound}':*" for sound in sounds)
