"""What of a result is quoted, and that nothing of it is HTML but the marks."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from matching.results.snippets import marked, snippets_for, spans_of
from tests import factories
from tests.matching.test_filtersets import _achievement, _index, _search

SEARCH = reverse("matching:search")


def _snippet(query: str, **texts):
    listing = _achievement(texts.pop("title", "A method"), **texts)
    _index(listing)
    search = _search(f"q={query}")
    rows = list(search.queryset.with_card_details())
    return snippets_for(rows, search.text_query)[listing.pk]


def test_marked_spans_that_overlap_become_one_and_the_rest_is_escaped():
    spans = spans_of("<b>固態電池", ["固态", "态电", "b"], {"b": "b"})

    assert marked("<b>固態電池", spans) == "&lt;<mark>b</mark>&gt;<mark>固態電</mark>池"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "summary", "expected"),
    [
        ("battery", "Charging of batteries.", "Charging of <mark>batteries</mark>."),
        ("muller", "By Müller & Co.", "By <mark>Müller</mark> &amp; Co."),
        ("CN 109876543 A", "See CN109876543A.", "See <mark>CN109876543A</mark>."),
        ("固态电池", "一种固態電池。", "一种<mark>固態電池</mark>。"),
        ("膜", "柔性膜。", "柔性<mark>膜</mark>。"),
        ('"thin film"', "A thin film.", "A <mark>thin</mark> <mark>film</mark>."),
        ("script", "<script>alert(1)</script>", "&lt;<mark>script</mark>&gt;alert(1)"),
    ],
)
def test_snippet_words_are_marked_as_the_index_reads_them(query, summary, expected):
    language = "zh" if "一" in summary or "柔" in summary else "en"
    title = "方法" if language == "zh" else "A method"

    snippet = _snippet(query, title=title, **{f"summary_{language}": summary})

    assert snippet.text.startswith(expected)
    assert "<script" not in snippet.text


@pytest.mark.django_db
def test_snippet_quotes_the_sentence_that_has_more_of_the_words_than_the_summary():
    snippet = _snippet(
        "graphene sieve",
        summary_en="About graphene.",
        solution_en="It is cheap. A sieve of graphene holds salt back. It is blue.",
    )

    assert snippet.text == "A <mark>sieve</mark> of <mark>graphene</mark> holds salt back."


@pytest.mark.django_db
def test_snippet_without_any_of_the_words_is_the_summary():
    snippet = _snippet("zeppelin", summary_en="About graphene.", solution_en="It is cheap.")

    assert (snippet.text, snippet.marked) == ("About graphene.", False)


@pytest.mark.django_db
def test_snippet_is_in_the_language_of_the_reader_where_there_is_one():
    listing = factories.AchievementFactory(
        title_en="Cells", title_zh="电芯", summary_en="Sodium cells.", summary_zh="钠离子电芯。"
    )
    _index(listing)

    with translation.override("zh-hans"):
        search = _search("q=sodium cells 电芯")
        found = snippets_for(list(search.qs.with_card_details()), search.text_query)

    assert found[listing.pk].text == "钠离子<mark>电芯</mark>。"
    assert found[listing.pk].title == "<mark>电芯</mark>"


@pytest.mark.django_db
def test_search_page_and_api_show_marks_and_no_other_tag(client, api):
    _index(_achievement("Graphene <i>sieve</i>", summary_en="A <b>sieve</b> & more."))

    page = client.get(SEARCH, {"q": "sieve"}).text
    (row,) = api.get("/api/v1/search/", {"q": "sieve"}).json()["results"]

    assert "Graphene &lt;i&gt;<mark>sieve</mark>&lt;/i&gt;" in page
    assert row["snippet"] == "A &lt;b&gt;<mark>sieve</mark>&lt;/b&gt; &amp; more."
    assert row["snippet"] in page
    assert api.get("/api/v1/search/").json()["results"][0]["snippet"] is None


@pytest.mark.django_db
def test_search_without_text_asks_nothing_for_snippets(client):
    _index(_achievement("Graphene"))
    search = _search("")
    rows = list(search.qs.with_card_details())

    with CaptureQueriesContext(connection) as asked:
        assert snippets_for(rows, search.text_query) == {}

    assert len(asked) == 0
