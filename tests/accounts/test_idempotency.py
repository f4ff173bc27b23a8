"""Requests and forms that are sent again are done once."""

import re
import threading
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import KeptAnswer, Organisation, User
from accounts.services.idempotency import RequestIdentity, drop_old_answers
from achievements.models import Demand, Report
from tests.factories import AchievementFactory, MemberFactory, UserFactory
from transfer.api import router

pytestmark = pytest.mark.django_db

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
DEMANDS = "/api/v1/demands/"
KEY = str(uuid.uuid4())
BODY = {"title_en": "A pump for brine"}


@pytest.fixture
def owner(api: APIClient) -> User:
    member = MemberFactory()
    api.force_authenticate(member.user)
    return member.user


def post(api: APIClient, body: object = BODY, key: str = KEY, path: str = DEMANDS):
    return api.post(path, body, headers={"idempotency-key": key})


def codes(response) -> list[tuple[str, str | None]]:
    return [(error["code"], error["attr"]) for error in response.json()["errors"]]


# --- the API ---


def test_post_again_with_its_key_gets_the_first_answer(api, owner):
    first = post(api)
    again = post(api, key=f'"{KEY}"')  # as a structured header

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Content-Type"] == first["Content-Type"]
    assert ("Idempotent-Replayed" in first, again["Idempotent-Replayed"]) == (False, "true")
    assert Demand.objects.count() == 1


def test_post_with_the_key_of_another_request_is_422_and_makes_nothing(api, owner):
    post(api)

    other = post(api, {"title_en": "Another pump"})

    assert (other.status_code, codes(other)) == (422, [("idempotency_key_reused", None)])
    assert Demand.objects.get().title_en == BODY["title_en"]


@pytest.mark.parametrize("key", ["", "short", "with space", "x" * 129, '"half-quoted', "schlüssel"])
def test_post_with_a_key_of_bad_shape_is_400_and_makes_nothing(api, owner, key):
    answer = api.post(DEMANDS, BODY, HTTP_IDEMPOTENCY_KEY=key)

    assert (answer.status_code, codes(answer)) == (400, [("invalid", "Idempotency-Key")])
    assert Demand.objects.count() == 0


def test_post_while_the_same_is_answered_is_409_and_may_be_sent_again(api, owner):
    name = RequestIdentity(owner, DEMANDS, KEY, "").name
    other = connection.copy()
    with other.cursor() as cursor:
        number = int.from_bytes(bytes.fromhex(name[:16]), "big", signed=True)
        cursor.execute("SELECT pg_advisory_lock(%s)", [number])
        running = post(api)
        cursor.execute("SELECT pg_advisory_unlock_all()")
    other.close()

    assert (running.status_code, codes(running)) == (409, [("idempotency_key_running", None)])
    assert int(running["Retry-After"]) > 0
    assert Demand.objects.count() == 0
    assert post(api).status_code == 201


def test_post_that_was_refused_may_be_sent_again_with_its_key(api, owner):
    assert post(api, {"title_en": ""}).status_code == 400
    assert KeptAnswer.objects.count() == 0
    assert post(api).status_code == 201


def test_key_belongs_to_its_user_and_address(api, owner):
    post(api)
    on_another_address = post(api, {"title_en": "X"}, path="/api/v1/achievements/")
    api.force_authenticate(MemberFactory().user)
    of_another_user = post(api)

    assert (on_another_address.status_code, of_another_user.status_code) == (201, 201)
    assert "Idempotent-Replayed" not in of_another_user
    assert Demand.objects.count() == 2


def test_verb_sent_again_gets_its_first_answer_and_without_key_a_conflict(api, owner):
    listing = AchievementFactory(organisation=owner.memberships.get().organisation)
    path = f"/api/v1/achievements/{listing.pk}/withdraw/"

    answers = [post(api, None, path=path), post(api, None, path=path), api.post(path)]

    assert [answer.status_code for answer in answers] == [200, 200, 409]


def test_key_holds_24_hours_and_the_sweep_drops_older_ones(api, owner):
    post(api)
    with time_machine.travel(timezone.now() + timedelta(hours=23, minutes=59), tick=False):
        assert drop_old_answers() == 0
        assert "Idempotent-Replayed" in post(api)
    with time_machine.travel(timezone.now() + timedelta(hours=24), tick=False):
        assert "Idempotent-Replayed" not in post(api)
        assert Demand.objects.count() == 2
    with time_machine.travel(timezone.now() + timedelta(hours=49), tick=False):
        assert (drop_old_answers(), KeptAnswer.objects.count()) == (1, 0)


def test_kept_answer_cannot_be_read_without_its_key(api, owner):
    post(api)

    kept = KeptAnswer.objects.get()
    assert BODY["title_en"].encode() not in bytes(kept.sealed)
    assert KEY not in f"{kept.name} {kept.fingerprint}"


def test_kept_answer_after_a_changed_secret_is_a_conflict_and_makes_nothing(api, owner, settings):
    post(api)
    settings.SECRET_KEY, old = "another-secret", settings.SECRET_KEY

    assert post(api).status_code == 409
    assert Demand.objects.count() == 1
    settings.SECRET_KEY_FALLBACKS = [old]
    assert post(api).status_code == 201


def test_files_count_by_their_content(api, owner, tmp_path):
    def send(content: bytes):
        (tmp_path / "a.csv").write_bytes(content)
        organisation = owner.memberships.get().organisation.slug
        with (tmp_path / "a.csv").open("rb") as file:
            body = {"kind": "demand", "organisation": organisation, "file": file}
            return api.post(
                "/api/v1/imports/", body, format="multipart", headers={"idempotency-key": KEY}
            )

    answers = [send(b"title_en\nPump\n"), send(b"title_en\nPump\n"), send(b"title_en\nFan\n")]

    assert [answer.status_code for answer in answers] == [201, 201, 422], answers[0].content
    assert answers[0].json()["id"] == answers[1].json()["id"]


def test_every_post_of_the_api_takes_a_key_and_says_so(api):
    """By the URL map, whatever is added to it; and by the schema that clients read."""
    posts = set()
    for route in router.urls:
        if "post" in getattr(route.callback, "actions", {}):
            posts.add(route.name)
            assert hasattr(route.callback.cls, "_once"), f"{route.name} takes no Idempotency-Key"
    assert len(posts) > 50

    schema = api.get("/api/v1/schema/?format=json").json()
    for path, operations in schema["paths"].items():
        if "post" in operations:
            names = [p["name"] for p in operations["post"].get("parameters", [])]
            assert "Idempotency-Key" in names, path
            assert {"409", "422"} <= operations["post"]["responses"].keys(), path


# --- forms ---


def key_of(page) -> str:
    """The key in the form of a page."""
    (found,) = set(re.findall(r'name="form_key" value="([0-9a-f]{32})"', page.content.decode()))
    return found


@pytest.fixture
def form(client: Client) -> dict[str, str]:
    """Somebody registers an organisation."""
    client.force_login(UserFactory())
    page = client.get("/organisations/new/")
    return {"form_key": key_of(page), "kind": "university", "name_en": "Lake"}


def test_form_sent_twice_makes_one_row_and_leads_to_it(client, form):
    first = client.post("/organisations/new/", form)
    again = client.post("/organisations/new/", form)

    assert (first.status_code, again.status_code) == (302, 302)
    assert again["Location"] == first["Location"]
    assert Organisation.objects.count() == 1
    assert "This form was sent before." in client.get(again["Location"]).content.decode()


def test_form_shown_again_with_errors_keeps_its_key_and_a_new_one_gets_another(client, form):
    refused = client.post("/organisations/new/", form | {"name_en": ""})

    assert key_of(refused) == form["form_key"] != key_of(client.get("/organisations/new/"))
    assert client.post("/organisations/new/", form).status_code == 302
    assert Organisation.objects.count() == 1


def test_form_sent_with_other_content_is_another_one(client, form):
    client.post("/organisations/new/", form)
    client.post("/organisations/new/", form | {"name_en": "River"})

    assert Organisation.objects.count() == 2


def test_form_of_a_visitor_is_handled_once(client):
    path = f"/listings/{AchievementFactory().pk}/report/"
    key = key_of(client.get(path))
    data = {"form_key": key, "reason": "other", "note": "Wrong.", "email": "ada@example.org"}

    first, again = client.post(path, data), client.post(path, data)

    assert (first.status_code, again.status_code) == (302, 302), first.content
    assert Report.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_form_double_clicked_waits_for_the_first_click(client, form):
    clients = [Client(), Client()]
    for each in clients:
        each.cookies = client.cookies
    answers: list[str] = []

    def click(each: Client) -> None:
        try:
            answers.append(each.post("/organisations/new/", form)["Location"])
        finally:
            connection.close()

    threads = [threading.Thread(target=click, args=(each,)) for each in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(answers)) == 1
    assert len(answers) == 2
    assert Organisation.objects.count() == 1


# Forms that need no key, by template: what they do is the same when done twice, their messages
# carry a token of their own (deals), or the answer shows a secret that is not kept (tokens).
KEYLESS = {
    "_nav_account.html": 2,
    "account/login.html": 1,
    "account/password_reset.html": 1,
    "account/signup.html": 1,
    "accounts/_documents.html": 1,
    "accounts/_organisation_verdict.html": 4,
    "accounts/invitation_accept.html": 1,
    "accounts/invitation_list.html": 1,
    "accounts/member_list.html": 3,
    "accounts/notification_list.html": 2,
    "accounts/preferences.html": 1,
    "accounts/token_list.html": 2,
    "accounts/unsubscribe.html": 1,
    "achievements/_confirm_actions.html": 1,
    "achievements/_import_state.html": 3,
    "achievements/_owner_actions.html": 1,
    "achievements/_owner_bar.html": 1,
    "achievements/_review_actions.html": 1,
    "achievements/_review_bar.html": 1,
    "achievements/achievement_detail.html": 1,
    "achievements/appeal_decide.html": 1,
    "achievements/expert_erase.html": 1,
    "achievements/expert_invite.html": 1,
    "achievements/expert_merge.html": 1,
    "achievements/expert_pool.html": 1,
    "achievements/expert_record.html": 3,
    "achievements/import_columns.html": 1,
    "achievements/import_duplicates.html": 2,
    "achievements/import_fix.html": 1,
    "achievements/listing_reject.html": 1,
    "achievements/one_pager.html": 1,
    "achievements/one_pager_waiting.html": 1,
    "achievements/report_decide.html": 1,
    "achievements/stale_list.html": 1,
    "cotton/confirm.html": 1,
    "cotton/language_switch.html": 1,
    "deals/_portfolio_views.html": 1,
    "deals/introduction_create.html": 1,
    "deals/introduction_detail.html": 1,
    "deals/portfolio.html": 1,
    "matching/_match.html": 2,
    "matching/_match_answer.html": 1,
    "matching/_match_answered.html": 1,
    "matching/_shortlist_form.html": 1,
    "matching/duplicate_list.html": 1,
    "matching/panel_detail.html": 4,
    "matching/saved_search_list.html": 1,
    "matching/shortlist.html": 1,
    "usersessions/usersession_list.html": 1,
}


def test_every_form_that_makes_something_carries_a_key():
    """A new form is noticed: give it `{{ form_key }}`, or count it here with the reason above."""
    without: dict[str, int] = {}
    for path in sorted(TEMPLATES.rglob("*.html")):
        forms = re.findall(r'<form[^>]*method="post".*?</form>', path.read_text("utf-8"), re.S)
        missing = sum("form_key" not in text for text in forms)
        if missing:
            without[str(path.relative_to(TEMPLATES))] = missing
    assert without == KEYLESS
