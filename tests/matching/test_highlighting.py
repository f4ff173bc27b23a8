"""Addresses that open a page with passages highlighted."""

from matching.results.highlighting import text_fragment


def test_fragment_names_each_passage_once_with_signs_escaped():
    found = text_fragment(["solid-state, safe & cheap", "能量密度高。", "能量密度高。"])

    assert found == (
        "#:~:text=solid%2Dstate%2C%20safe%20%26%20cheap"
        "&text=%E8%83%BD%E9%87%8F%E5%AF%86%E5%BA%A6%E9%AB%98%E3%80%82"
    )


def test_fragment_of_a_long_passage_names_its_beginning_and_end():
    passage = " ".join(f"word{number}" for number in range(40))

    assert text_fragment([passage]) == (
        "#:~:text=word0%20word1%20word2%20word3%20word4,word35%20word36%20word37%20word38"
    )


def test_fragment_of_nothing_is_empty():
    assert text_fragment([]) == text_fragment([""]) == ""
