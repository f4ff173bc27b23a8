"""The small script for forms, on a page made of the components alone."""

import pytest
from django import forms
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path
from django_cotton.compiler_regex import CottonCompiler
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]

PAGE = """{% extends "base.html" %}{% block content %}
<form class="form" method="post" data-keep>{% csrf_token %}<c-kept />
{{ form.note.as_field_group }}{{ form.agree.as_field_group }}
<c-formset :formset="formset" label="Row" /><c-button variant="primary">Send</c-button></form>
{% endblock %}"""


class Note(forms.Form):
    """What the page asks for."""

    note = forms.CharField(required=False)
    agree = forms.BooleanField(required=False)


class Row(forms.Form):
    """One row of the page's formset."""

    quantity = forms.CharField(required=False)


Rows = forms.formset_factory(Row, extra=1, max_num=3, can_delete=True)


def form_page(request: HttpRequest) -> HttpResponse:
    """Show the form; a sent one leads on, the add button leads back with one more row."""
    data = request.POST.copy() if request.method == "POST" else None
    if data is not None and "add" in data:
        data["form-TOTAL_FORMS"] = str(int(data["form-TOTAL_FORMS"]) + 1)
    elif data is not None:
        return HttpResponse('<meta http-equiv="refresh" content="0;url=/done/">')
    context = {"form": Note(data), "formset": Rows(data)}
    template = engines["django"].from_string(CottonCompiler().process(PAGE))
    return HttpResponse(template.render(context, request))


def done_page(request: HttpRequest) -> HttpResponse:
    """The page after the form."""
    template = engines["django"].from_string('{% extends "base.html" %}')
    return HttpResponse(template.render({}, request))


urlpatterns = [
    path("form/", form_page),
    path("done/", done_page),
    path("", include("transfer.urls")),
]


def test_formset_row_is_added_at_once_and_numbered(page: Page, live_server: LiveServer) -> None:
    page.goto(live_server.url + "/form/")

    page.click("[data-formset-add]")
    page.keyboard.type("cycle life")

    assert page.locator(".formset__row").count() == 2
    assert page.input_value("[name=form-1-quantity]") == "cycle life"
    assert page.input_value("[name=form-TOTAL_FORMS]") == "2"


def test_formset_stops_at_its_greatest_number(page: Page, live_server: LiveServer) -> None:
    page.goto(live_server.url + "/form/")

    for _step in range(5):
        page.click("[data-formset-add]")

    assert page.locator(".formset__row").count() == 3


def test_formset_row_is_added_without_javascript(browser: Browser, live_server: LiveServer) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url + "/form/")
    page.fill("[name=form-0-quantity]", "energy")

    page.click("[data-formset-add]")

    expect(page.locator(".formset__row")).to_have_count(2)  # waits for the page that answers
    assert page.input_value("[name=form-0-quantity]") == "energy"
    context.close()


def test_what_was_typed_is_offered_back(page: Page, live_server: LiveServer) -> None:
    page.goto(live_server.url + "/form/")
    page.fill("[name=note]", "half a sentence")
    page.check("[name=agree]")
    page.click("[data-formset-add]")
    page.fill("[name=form-1-quantity]", "cycle life")

    page.goto(live_server.url + "/form/")
    before = page.input_value("[name=note]")
    page.click("[data-kept-restore]")

    assert before == ""
    assert page.input_value("[name=note]") == "half a sentence"
    assert page.is_checked("[name=agree]")
    assert page.input_value("[name=form-1-quantity]") == "cycle life"


def test_what_was_accepted_is_not_offered_again(page: Page, live_server: LiveServer) -> None:
    page.goto(live_server.url + "/form/")
    page.fill("[name=note]", "a sentence")
    page.click("main button.button--primary")
    page.wait_for_url("**/done/")

    page.goto(live_server.url + "/form/")

    assert page.locator("[data-kept]").is_hidden()
