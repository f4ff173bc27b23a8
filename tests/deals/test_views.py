"""The pages of introductions."""

import pytest
from django.urls import reverse

from deals.models import Introduction

pytestmark = pytest.mark.django_db
LIST = reverse("deals:introduction_list")


def create_url(listing, match=None):
    """Where one writes about a listing, from a match or not."""
    url = reverse("deals:introduction_create", args=[listing.pk])
    return f"{url}?match={match.pk}" if match else url


def filled(page, **values):
    """What a browser would send from a page's form."""
    form = page.context["form"]
    names = [bound.name for bound in form]
    return {name: form[name].value() for name in names} | values


def test_introduction_create_sends_and_shows_the_thread(client, sides):
    client.force_login(sides.buyer)
    page = client.get(create_url(sides.achievement))

    sent = client.post(create_url(sides.achievement), filled(page, body="Hello."), follow=True)

    introduction = Introduction.objects.get()
    assert sent.redirect_chain == [(introduction.get_absolute_url(), 302)]
    assert [item["message"].body for item in sent.context["thread"]] == ["Hello."]
    assert introduction.subject == "Interest in “Quiet pump”"
