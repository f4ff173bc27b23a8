"""What the components show, rendered as a page renders them."""

import re
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.template import engines
from django.test import RequestFactory
from django.utils import translation
from django_cotton.compiler_regex import CottonCompiler

from accounts.choices import Choice


def render(source: str, request: HttpRequest | None = None, **context: Any) -> str:
    """Compile a template with components from a string and render it."""
    compiled = CottonCompiler().process(source)
    return engines["django"].from_string(compiled).render(context, request)


def words(html: str) -> str:
    """The text of a fragment, as it is read aloud."""
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize(
    ("claimed", "verified", "expected"),
    [
        (7, 6, "TRL 6 verified 7 claimed"),
        (6, 6, "TRL 6 verified"),
        (4, "", "TRL 4 claimed"),
        ("", "", "not stated"),
    ],
)
def test_trl_tells_claimed_from_verified_in_words(
    claimed: object, verified: object, expected: str
) -> None:
    html = render(
        '{% pure "trl" claimed=claimed verified=verified %}', claimed=claimed, verified=verified
    )

    assert words(html) == expected


def test_readiness_marks_each_step() -> None:
    html = render('<c-readiness :claimed="7" :verified="6" />')

    assert html.count("readiness__step--verified") == 6
    assert html.count("readiness__step--claimed") == 1
    assert html.count('aria-current="step"') == 1
    assert "6 verified" in words(html)
    assert "7 claimed" in words(html)
    assert "system prototype demonstrated in an operational environment" in words(html)
    assert "Level 7 of 13" in words(html)
    assert "环境级" in words(html)


def test_readiness_of_a_demand_marks_what_is_sought() -> None:
    html = render('<c-readiness :sought_min="4" :sought_max="6" />')

    assert html.count("readiness__step--sought") == 3
    assert "TRL 4 to 6 sought" in words(html)


@pytest.mark.parametrize(
    ("result", "word"), [("pass", "Met"), ("fail", "Missed"), ("unknown", "Not stated")]
)
def test_requirement_result_is_a_word_and_not_only_a_colour(result: str, word: str) -> None:
    rows = [{"label": "Start", "must": True, "asked": "≤ −30 °C", "offered": "", "result": result}]

    html = render('<c-requirements :rows="rows" />', rows=rows)

    assert words(html).endswith(f"Start must ≤ −30 °C – {word}")


def test_requirements_escape_what_users_wrote() -> None:
    rows = [{"label": "<b>x</b>", "asked": "<script>", "result": "pass"}]

    html = render('<c-requirements :rows="rows" />', rows=rows)

    assert "<b>" not in html
    assert "<script>" not in html


def test_card_escapes_a_title_passed_as_text() -> None:
    html = render(
        '{% include "achievements/_card.html" %}',
        card={"title": '"><script>x</script>', "url": "/"},
    )

    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_fact_without_a_value_is_left_out() -> None:
    html = render(
        '<c-facts><c-fact label="Region" value="" />'
        '<c-fact label="Owner"><a href="/">A</a></c-fact>'
        '<c-fact label="Number" value="7" /></c-facts>'
    )

    assert words(html) == "Owner A Number 7"


def test_facet_group_puts_the_rest_behind_more() -> None:
    choices = [Choice(str(n), f"Field {n}", n, n == 2) for n in (1, 2, 3)]

    html = render('<c-facet-group name="f" label="Field" :choices="c" limit="2" />', c=choices)

    assert re.findall(r'value="(\d)"( checked)?', html) == [("1", ""), ("2", " checked"), ("3", "")]
    assert html.count("<details") == html.count("</details>") == 2
    assert html.index("More") < html.index("Field 3")


def test_facet_group_with_few_choices_has_no_more() -> None:
    choices = [Choice("1", "<Field 1>", 0)]

    html = render('<c-facet-group name="f" label="Field" :choices="c" />', c=choices)

    assert "More" not in html
    assert "&lt;Field 1&gt;" in html
    assert "check--empty" in html
    assert html.count("<details") == html.count("</details>") == 1


def test_pagination_keeps_the_other_parameters(rf: RequestFactory) -> None:
    page = Paginator(range(100), 10).page(5)

    html = render('<c-pagination :page="page" />', rf.get("/search/?q=ion&page=5"), page=page)

    assert re.findall(r'href="\?q=ion&amp;page=(\d+)"', html) == ["4", "4", "6", "10", "6"]
    assert 'href="?q=ion"' in html  # the first page
    assert words(html) == "Previous Page 1 … Page 4 Page 5 Page 6 … Page 10 Next"


def test_pagination_of_one_page_is_nothing(rf: RequestFactory) -> None:
    page = Paginator(range(3), 10).page(1)

    assert render('<c-pagination :page="page" />', rf.get("/"), page=page).strip() == ""


class ExampleForm(forms.Form):
    """A required and an optional field."""

    title = forms.CharField(help_text="With a figure.")
    note = forms.CharField(required=False)
    modes = forms.MultipleChoiceField(
        choices=[("a", "A")], widget=forms.CheckboxSelectMultiple, required=True
    )


def test_field_names_its_help_and_errors_to_assistive_technology() -> None:
    html = ExampleForm({})["title"].as_field_group()

    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert 'id="id_title_helptext"' in html
    assert 'id="id_title_error"' in html
    assert 'aria-invalid="true"' in html
    assert "(optional)" not in html
    assert "(optional)" in ExampleForm()["note"].as_field_group()


def test_error_summary_links_every_message_to_an_element_of_the_form() -> None:
    form = ExampleForm({})

    html = render('<c-form-errors :form="form" />{{ form }}', form=form)

    targets = re.findall(r'<a href="#([^"]+)"', html)
    assert targets == ["id_title", "id_modes"]
    assert all(f'id="{target}"' in html for target in targets)
    assert "data-autofocus" in html


def test_error_summary_of_an_unbound_form_is_nothing() -> None:
    assert render('<c-form-errors :form="form" />', form=ExampleForm()).strip() == ""


def test_error_summary_names_the_row_of_a_formset_and_links_to_it() -> None:
    class Rows(forms.BaseFormSet):
        label = "Requirement"

        def add_fields(self, form: forms.Form, index: int | None) -> None:
            super().add_fields(form, index)
            form.empty_permitted = False

    made = forms.formset_factory(ExampleForm, formset=Rows, can_delete=True)
    data = {"rows-TOTAL_FORMS": "3", "rows-INITIAL_FORMS": "0"}
    data |= {"rows-0-title": "Good", "rows-0-modes": ["a"], "rows-2-DELETE": "on"}  # type: ignore[dict-item]
    formset = made(data, prefix="rows")
    formset.forms[1].add_error(None, "These two do not go together.")

    html = render(
        '<c-form-errors :form="form" :formsets="formsets" /><c-formset :formset="formsets.0" />',
        form=ExampleForm(),
        formsets=[formset],
    )

    summary = html[: html.index('data-formset="')]
    found = re.findall(r'<a href="#([^"]+)">([^<]+)</a>', summary)
    assert [text for _target, text in found] == [
        "Requirement 2: These two do not go together.",
        "Requirement 2, Title: This field is required.",
        "Requirement 2, Modes: This field is required.",
    ]
    assert [target for target, _text in found] == ["rows-1", "id_rows-1-title", "id_rows-1-modes"]
    assert all(f'id="{target}"' in html for target, _text in found)


def test_formset_offers_a_row_without_javascript() -> None:
    formset = forms.formset_factory(ExampleForm, extra=1, can_delete=True)(prefix="rows")

    html = render('<c-formset :formset="formset" label="Row" />', formset=formset)

    assert re.search(r'<button[^>]*name="add"[^>]*', html)
    assert 'value="rows"' in html
    assert 'name="rows-0-title"' in html
    assert 'name="rows-__prefix__-title"' in html
    assert 'name="rows-TOTAL_FORMS"' in html


def test_badge_speaks_the_language_of_the_page() -> None:
    english = words(render('<c-badge state="draft" />'))
    with translation.override("zh-hans"):
        chinese = words(render('<c-badge kind="demand" />'))

    assert english == "Draft"
    assert chinese != ""


def test_button_passes_other_attributes_on() -> None:
    html = render('<c-button variant="primary" name="verdict" value="accepted">Accept</c-button>')

    assert re.search(r'<button type="submit" class="button button--primary ?" name="verdict"', html)
    assert 'value="accepted"' in html
    assert words(html) == "Accept"
