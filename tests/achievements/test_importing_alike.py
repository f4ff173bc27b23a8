"""Texts to compare with: what is found by title and by wording, and how much memory it takes."""

import tracemalloc

from achievements.fingerprints import fingerprint_of
from achievements.importing import alike
from achievements.importing.alike import MOST_ALIKE, KnownTexts

WORDS = "a solid electrolyte that carries lithium ions at room temperature without any liquid"


def _print(title, text=""):
    return fingerprint_of(title, f"{title}\n{text}")


def test_texts_are_found_by_title_and_by_wording_each_once_and_others_are_not():
    known = KnownTexts()
    known.add(_print("Solid electrolytes for batteries", WORDS))
    known.add(_print("Weaving of carpets from wool", "on a loom that nobody has to wind up"))
    known.add(_print("A wholly different name for it", WORDS))
    known.add(_print("Solid electrolytes for batteries"))

    found = list(known.near(_print("Solid electrolytes for batteries", WORDS)))

    assert found == [0, 3, 2]  # the title first
    assert known[0].alike(_print("Solid electrolytes for batteries", WORDS)) == (1.0, True)
    assert known[3].title == known[0].title
    assert list(known.near(_print("Vaccines against influenza", "in three doses"))) == []


def test_short_title_says_nothing_and_the_wording_still_does():
    known = KnownTexts()
    known.add(_print("Pump", WORDS))

    assert known[0].title is None
    assert list(known.near(_print("Valve", WORDS))) == [0]


def test_many_alike_are_looked_at_up_to_a_number_the_earliest_first(monkeypatch):
    monkeypatch.setattr(alike, "MOST_TEXTS", MOST_ALIKE + 20)
    known = KnownTexts()
    for _number in range(MOST_ALIKE + 30):
        known.add(_print("Pump", WORDS))

    assert list(known.near(_print("Valve", WORDS))) == list(range(MOST_ALIKE))


def test_text_beyond_the_number_is_found_by_its_title_alone(monkeypatch):
    monkeypatch.setattr(alike, "MOST_TEXTS", 1)
    known = KnownTexts()
    known.add(_print("Weaving of carpets from wool"))
    known.add(_print("Solid electrolytes for batteries", WORDS))

    assert list(known.near(_print("A wholly different name for it", WORDS))) == []
    assert list(known.near(_print("Solid electrolytes for batteries"))) == [1]


def test_memory_is_less_than_a_kilobyte_for_each_text():
    prints = [_print(f"Number {n} of titles", f"{n * 7} and {n} and {n * n}") for n in range(400)]
    known = KnownTexts()
    tracemalloc.start()
    for one in prints:
        known.add(one)
    taken, _most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(known) == 400
    assert taken < 400 * 1024  # fingerprints' minima are held by both
