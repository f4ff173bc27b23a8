"""Importing by upload: check, confirm, import; on the page, through the API, by a worker."""

import gzip
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AuditEvent, Organisation, User
from achievements.models import (
    Demand,
    Disclosure,
    Expert,
    ImportRun,
    LintRule,
    LintRuleSet,
    Listing,
)
from achievements.services.import_runs import (
    MAX_ATTEMPTS,
    run_import,
    run_outstanding_imports,
    upload_import,
)
from tests.factories import (
    AchievementFactory,
    DemandFactory,
    MemberFactory,
    OrganisationFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

TABLE = "编号,title,trl_min\n1,Coating,5\n2,,5\n3,Cell,99\n"
GOOD = "id,title\n1,Coating\n"


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def organisation() -> Any:
    return OrganisationFactory(slug="acme")


@pytest.fixture
def editor(organisation) -> Any:
    return MemberFactory(organisation=organisation, role="editor").user


def file(text: str = TABLE, name: str = "demands.csv") -> SimpleUploadedFile:
    data = text.encode()
    return SimpleUploadedFile(name, gzip.compress(data) if name.endswith(".gz") else data)


def form(organisation: Organisation, text: str = TABLE, **more: Any) -> dict[str, Any]:
    return {
        "file": file(text),
        "kind": "demand",
        "organisation": organisation.pk,
        "publication": "draft",
        "mode": "skip_bad",
        **more,
    }


def upload(by: User, organisation: Organisation | None, text: str = GOOD, **more: Any) -> ImportRun:
    return upload_import(
        by=by, kind=more.pop("kind", "demand"), organisation=organisation, file=file(text), **more
    )


# --- The page ----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_upload_is_checked_shown_and_imported_only_after_confirmation(client, organisation, editor):
    client.force_login(editor)
    response = client.post(reverse("achievements:listing_import"), form(organisation), follow=True)
    run = ImportRun.objects.get()
    assert response.redirect_chain == [(reverse("achievements:import_detail", args=[run.pk]), 302)]
    page = response.content.decode()
    assert (run.state, run.name, Listing.objects.count()) == ("checked", "demands.csv", 0)
    assert "Import 1 listing" in page
    assert "“99” is not a readiness level." in page
    assert "Give a title in English, in Chinese or in both." in page

    client.post(reverse("achievements:import_confirm", args=[run.pk]))
    demand = Demand.objects.get()
    run.refresh_from_db()
    assert (run.state, run.report["created"], run.report["bad"]) == ("done", 1, 2)
    assert (demand.title_en, demand.organisation, demand.created_by) == (
        "Coating",
        organisation,
        editor,
    )
    verbs = AuditEvent.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["import.upload", "import.confirm", "listing.import"]


@pytest.mark.django_db(transaction=True)
def test_problems_are_shown_in_the_language_of_the_reader(client, organisation, editor):
    client.force_login(editor)
    client.post(reverse("achievements:listing_import"), form(organisation))
    run = ImportRun.objects.get()
    run.report["problems"][0]["message"]["zh-hans"] = "请填写标题。"
    run.save()
    page = client.get(
        reverse("achievements:import_detail", args=[run.pk]), headers={"accept-language": "zh-hans"}
    )
    assert "请填写标题。" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_cancelled_upload_is_removed_and_changes_nothing(client, organisation, editor):
    client.force_login(editor)
    client.post(reverse("achievements:listing_import"), form(organisation))
    run = ImportRun.objects.get()
    kept = run.file.path
    client.post(reverse("achievements:import_cancel", args=[run.pk]))
    run.refresh_from_db()
    assert (run.state, Listing.objects.count()) == ("cancelled", 0)
    with pytest.raises(FileNotFoundError):
        open(kept)  # noqa: PTH123, SIM115
    client.post(reverse("achievements:import_confirm", args=[run.pk]))
    run.refresh_from_db()
    assert (run.state, Listing.objects.count()) == ("cancelled", 0)


def test_page_asks_a_visitor_to_sign_in_and_refuses_who_posts_for_nobody(client):
    response = client.get(reverse("achievements:listing_import"))
    assert response.status_code == 302
    assert reverse("account_login") in response.url
    client.force_login(MemberFactory(role="viewer").user)
    assert client.get(reverse("achievements:listing_import")).status_code == 403


@pytest.mark.parametrize("role", ["viewer", None])
def test_upload_for_an_organisation_one_does_not_post_for_changes_nothing(
    client, organisation, role
):
    user = MemberFactory(role="editor").user
    if role:
        MemberFactory(organisation=organisation, user=user, role=role)
    client.force_login(user)
    response = client.post(reverse("achievements:listing_import"), form(organisation))
    assert response.status_code == 200
    assert "organisation" in response.context["form"].errors
    assert ImportRun.objects.count() == 0


def test_member_cannot_publish_without_review(client, organisation, editor):
    client.force_login(editor)
    response = client.post(
        reverse("achievements:listing_import"), form(organisation, publication="publish")
    )
    assert "publication" in response.context["form"].errors
    assert ImportRun.objects.count() == 0


@pytest.mark.parametrize("name", ["import_detail", "import_confirm", "import_cancel"])
def test_other_organisations_import_is_not_found(client, organisation, editor, name):
    run = upload(editor, organisation)
    client.force_login(MemberFactory(role="owner").user)
    method = client.get if name == "import_detail" else client.post
    assert method(reverse(f"achievements:{name}", args=[run.pk])).status_code == 404
    run.refresh_from_db()
    assert run.state == "uploaded"


def test_page_asks_again_by_itself_while_a_worker_is_at_it(client, organisation, editor):
    run = upload(editor, organisation)
    client.force_login(editor)
    url = reverse("achievements:import_detail", args=[run.pk])
    assert 'hx-trigger="every 2s"' in client.get(url).content.decode()
    assert run_import(run.pk)
    fragment = client.get(url, headers={"hx-request": "true"}).content.decode()
    assert "<html" not in fragment
    assert "hx-trigger" not in fragment


def test_page_tells_how_far_a_check_is_while_it_goes_on(client, organisation, editor, monkeypatch):
    from achievements.services import importing
    from achievements.services.import_work import ImportWork

    monkeypatch.setattr(importing, "BATCH", 1)
    rows = "".join(f"{number},Title {number}\n" for number in range(9))
    run = upload(editor, organisation, text=f"id,title\n{rows}")
    client.force_login(editor)
    url = reverse("achievements:import_detail", args=[run.pk])
    seen = []
    write = ImportWork.write

    def look(work: ImportWork, batch: Any) -> None:
        seen.append(client.get(url).context["percent"])
        write(work, batch)

    monkeypatch.setattr(ImportWork, "write", look)
    run_import(run.pk)

    assert seen[0] == 0
    assert 0 < seen[1] <= seen[-1] < 100
    assert client.get(url).context["percent"] == 0  # it waits for a confirmation now


@pytest.mark.parametrize(("confirm", "there"), [(False, 0), (True, 1)])
def test_file_that_takes_too_long_fails_with_the_remedy(
    client, organisation, editor, monkeypatch, confirm, there
):
    from achievements.services import import_progress, importing

    monkeypatch.setattr(importing, "BATCH", 1)
    monkeypatch.setattr(import_progress, "LONGEST_SECONDS", 0)
    run = upload(editor, organisation, text="id,title\n1,A\n2,B\n", confirm=confirm)

    run_import(run.pk)

    run.refresh_from_db()
    assert (run.state, Demand.objects.count()) == ("failed", there)
    client.force_login(editor)
    page = client.get(reverse("achievements:import_detail", args=[run.pk])).content.decode()
    assert "Split the file into parts of fewer rows" in page


@pytest.mark.django_db(transaction=True)
def test_curator_imports_experts_without_organisation_and_admits_them(client):
    curator = UserFactory(curator=True)
    client.force_login(curator)
    values = {"file": file("name,orcid\nAda Person,\n"), "kind": "expert", "organisation": ""}
    values |= {"publication": "publish", "mode": "all_or_nothing"}
    client.post(reverse("achievements:listing_import"), values)
    client.post(reverse("achievements:import_confirm", args=[ImportRun.objects.get().pk]))
    expert = Expert.objects.get()
    assert (expert.state, expert.admitted_by, expert.organisation) == ("published", curator, None)


# --- The worker --------------------------------------------------------------------------------


def test_outstanding_runs_are_a_query_and_done_once(organisation, editor):
    first = upload(editor, organisation)
    second = upload(editor, organisation, confirm=True)
    assert list(ImportRun.objects.outstanding()) == [first, second]
    assert run_outstanding_imports() == 2
    assert run_outstanding_imports() == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state, Demand.objects.count()) == ("checked", "done", 1)


def test_file_that_cannot_be_read_fails_with_the_reason_in_both_languages(organisation, editor):
    run = upload(editor, organisation, text="<html></html>")
    run_import(run.pk)
    run.refresh_from_db()
    assert run.state == "failed"
    assert sorted(run.report["error"]) == ["en", "zh-hans"]
    assert run.report["error"]["en"].startswith("This is a web page")


def test_missing_file_fails_instead_of_coming_back_for_ever(organisation, editor):
    run = upload(editor, organisation)
    run.file.storage.delete(run.file.name)
    assert run_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run_import(run.pk)) == ("failed", False)


def test_run_that_was_broken_off_several_times_is_given_up(organisation, editor):
    run = upload(editor, organisation, confirm=True)
    ImportRun.objects.update(report={"attempts": MAX_ATTEMPTS})
    run_import(run.pk)
    run.refresh_from_db()
    assert (run.state, Demand.objects.count()) == ("failed", 0)


def test_all_or_nothing_upload_with_a_bad_row_imports_nothing(organisation, editor):
    run = upload(editor, organisation, text=TABLE, mode="all_or_nothing", confirm=True)
    run_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.report["applied"], Demand.objects.count()) == ("done", False, 0)


# --- The API -----------------------------------------------------------------------------------


@pytest.fixture
def api(editor) -> APIClient:
    client = APIClient()
    client.force_authenticate(editor)
    return client


def body(organisation: Organisation, **more: Any) -> dict[str, Any]:
    return {"file": file(), "kind": "demand", "organisation": organisation.slug, **more}


@pytest.mark.django_db(transaction=True)
def test_api_checks_confirms_and_reports(api, organisation):
    response = api.post("/api/v1/imports/", body(organisation), format="multipart")
    assert response.status_code == 201
    run = response.json()
    assert (run["state"], run["report"]["created"], run["report"]["bad"]) == ("checked", 1, 2)
    assert run["report"]["problems"][0]["message"].startswith("Give a title")
    assert Demand.objects.count() == 0
    done = api.post(f"/api/v1/imports/{run['id']}/confirm/").json()
    assert (done["state"], Demand.objects.count()) == ("done", 1)
    assert api.post(f"/api/v1/imports/{run['id']}/confirm/").status_code == 409
    assert api.get(f"/api/v1/imports/{run['id']}/").json()["report"]["applied"] is True


@pytest.mark.django_db(transaction=True)
def test_api_with_confirm_imports_at_once(api, organisation):
    response = api.post("/api/v1/imports/", body(organisation, confirm=True), format="multipart")
    assert (response.json()["state"], Demand.objects.count()) == ("done", 1)


def test_api_refuses_strangers_and_viewers_and_nothing_is_kept(api, organisation):
    other = OrganisationFactory()
    assert api.post("/api/v1/imports/", body(other), format="multipart").status_code == 403
    hidden = OrganisationFactory(verified=False)
    assert api.post("/api/v1/imports/", body(hidden), format="multipart").status_code == 400
    publish = body(organisation, publication="publish")
    assert api.post("/api/v1/imports/", publish, format="multipart").status_code == 403
    visitor = APIClient()
    assert (
        visitor.post("/api/v1/imports/", body(organisation), format="multipart").status_code == 401
    )
    assert ImportRun.objects.count() == 0


def test_api_does_not_find_other_organisations_imports(organisation, editor, api):
    run = upload(editor, organisation)
    stranger = APIClient()
    stranger.force_authenticate(MemberFactory().user)
    assert stranger.get(f"/api/v1/imports/{run.pk}/").status_code == 404
    assert stranger.post(f"/api/v1/imports/{run.pk}/confirm/").status_code == 404
    assert stranger.get("/api/v1/imports/").json()["count"] == 0
    assert api.get("/api/v1/imports/?state=uploaded").json()["count"] == 1
    assert api.get("/api/v1/imports/?state=done").json()["count"] == 0


def test_api_refuses_a_file_that_is_too_large(api, organisation, settings):
    settings.MAX_UPLOAD_BYTES = 10
    response = api.post("/api/v1/imports/", body(organisation), format="multipart")
    assert response.status_code == 400
    assert response.json()["errors"][0]["attr"] == "file"
    assert ImportRun.objects.count() == 0


def test_number_of_queries_of_the_list_is_fixed(api, organisation, editor):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for more in (1, 2):
        for _run in range(more):
            upload(editor, organisation)
        with CaptureQueriesContext(connection) as queries:
            assert api.get("/api/v1/imports/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_import_broken_off_in_the_middle_goes_on_where_it_was(organisation, editor, monkeypatch):
    from achievements.services import importing
    from achievements.signals import listings_changed

    monkeypatch.setattr(importing, "BATCH", 1)
    run = upload(editor, organisation, text="id,title\n1,A\n2,B\n3,C\n", confirm=True)
    calls: list[Any] = []

    def die(listing_ids: list[int], **_rest: Any) -> None:
        calls.append(listing_ids)
        if len(calls) == 2:
            raise KeyboardInterrupt  # as near to a killed process as one process can come

    listings_changed.connect(die, weak=False)
    try:
        with pytest.raises(KeyboardInterrupt):
            run_import(run.pk)
        assert list(Demand.objects.values_list("title_en", flat=True)) == ["A"]
        assert list(ImportRun.objects.outstanding()) == [run]
        assert run_outstanding_imports() == 1
    finally:
        listings_changed.disconnect(die)
    run.refresh_from_db()
    assert (run.state, run.report["created"], run.report["unchanged"]) == ("done", 3, 0)
    assert sorted(Demand.objects.values_list("title_en", flat=True)) == ["A", "B", "C"]


def test_run_that_another_process_holds_is_left_to_it(organisation, editor):
    from django.db import connections

    from achievements.services.import_runs import _LOCK

    run = upload(editor, organisation, confirm=True)
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [_LOCK, run.pk])
            assert run_import(run.pk) is False
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK, run.pk])
    finally:
        other.close()
    assert run_import(run.pk) is True


# --- Submitting --------------------------------------------------------------------------------


def test_rows_below_the_minimum_stay_drafts_and_the_result_says_why(organisation, editor):
    rules, _created = LintRuleSet.objects.update_or_create(kind="demand", defaults={"minimum": 60})
    rules.rules.all().delete()
    LintRule.objects.create(rule_set=rules, code="keywords", weight=1, params={})
    LintRule.objects.create(rule_set=rules, code="readiness", weight=1, params={})
    table = (
        "id,title_en,summary_en,body_en,keywords_en,trl_min\n"
        "1,Good coating,We need it.,A coating.,paint; film; layer,5\n"
        "2,Poor coating,We need it.,A coating.,,\n"
        "3,Earlier draft,We need it.,A coating.,,\n"
    )
    earlier = DemandFactory(
        organisation=organisation,
        external_id="3",
        title_en="Earlier draft",
        title_zh="",
        summary_en="We need it.",
        body_en="A coating.",
        state="draft",
    )

    run = upload(editor, organisation, table, publication="submit", confirm=True)
    run_import(run.pk)

    run.refresh_from_db()
    states = Demand.objects.order_by("external_id").values_list("external_id", "state")
    assert list(states) == [("1", "in_review"), ("2", "draft"), ("3", "draft")]
    assert (run.report["held"], run.report["bad"]) == (2, 0)
    said = {each["code"]: each for each in run.report["notices"]}
    assert said["held"]["lines"] == [3, 4]
    assert "60 of 100" in said["held"]["message"]["en"]
    assert said["held_keywords"]["count"] == 2
    earlier.refresh_from_db()
    assert earlier.submitted_at is None
    assert Demand.objects.get(external_id="2").submitted_at is None


def test_rows_of_a_disclosure_under_embargo_are_not_submitted(organisation, editor):
    listing = AchievementFactory(organisation=organisation, external_id="1", state="draft")
    Disclosure.objects.create(
        organisation=organisation,
        submitted_by=editor,
        listing=listing,
        title="Secret",
        embargo_until=timezone.localdate() + timedelta(days=9),
    )
    run = upload(
        editor,
        organisation,
        "id,trl\n1,7\n",
        kind="achievement",
        publication="submit",
        confirm=True,
    )
    run_import(run.pk)

    run.refresh_from_db()
    listing.refresh_from_db()
    assert (listing.state, listing.trl, run.report["held"]) == ("draft", 7, 1)


@pytest.mark.parametrize(
    ("kind", "rows"), [("university", "achievement"), ("enterprise", "demand"), ("investor", "")]
)
def test_form_proposes_the_rows_that_such_an_organisation_posts(client, kind, rows):
    member = MemberFactory(role="editor", organisation__kind=kind)
    member.user.active_organisation = member.organisation
    member.user.save()
    client.force_login(member.user)
    page = client.get(reverse("achievements:listing_import"))
    assert page.context["form"]["kind"].value() == rows
