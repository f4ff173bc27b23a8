"""Small parts that are rendered once for what they show."""

import pytest
from django.template import engines
from django.test import RequestFactory
from django.utils.safestring import mark_safe
from django.utils.translation import override

from tests.templates.test_components import render, words


def test_what_is_marked_as_safe_is_kept_apart_from_the_same_text_that_is_not() -> None:
    source = '{% pure "badge" label=label %}'

    marked = render(source, label=mark_safe("<i>x</i>"))
    written = render(source, label="<i>x</i>")

    assert "<i>x</i>" in marked
    assert "&lt;i&gt;x&lt;/i&gt;" in written


def test_a_part_is_in_the_language_of_each_reader() -> None:
    def seen(language: str) -> str:
        with override(language):
            return words(render('{% pure "badge" kind="demand" %}'))

    assert [seen("en"), seen("zh-hans"), seen("en")] == ["Demand", "需求", "Demand"]


def test_a_part_sees_nothing_of_the_page_around_it(rf: RequestFactory) -> None:
    page = engines["django"].from_string('{% with label="mine" %}{% pure "badge" %}{% endwith %}')

    assert words(page.render({"kind": "demand"}, rf.get("/"))) == ""


def test_a_part_takes_nothing_that_could_change_later() -> None:
    with pytest.raises(TypeError, match="badge takes words and numbers, not list"):
        render('{% pure "badge" label=label %}', label=["x"])
