"""Imports forgive: columns chosen and remembered, cells corrected, refused rows, taking back."""

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Member
from achievements.models import Demand, ImportMapping, ImportRun
from achievements.services import update_listing
from achievements.services.import_runs import (
    confirm_import,
    run_import,
    undo_import,
    upload_import,
)
from tests.factories import DemandFactory, ExpertFactory, MemberFactory, OrganisationFactory

pytestmark = pytest.mark.django_db

TABLE = "id,Bezeichnung,title,trl_min\n1,Kupferdraht,Wire,5\n2,Rohr,,5\n3,Zelle,Cell,99\n"


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def organisation():
    return OrganisationFactory()


@pytest.fixture
def editor(organisation):
    return MemberFactory(organisation=organisation, role=Member.Role.EDITOR).user


@pytest.fixture
def client(editor):
    client = Client()
    client.force_login(editor)
    return client


def checked(editor, organisation, text=TABLE, kind="demand"):
    """An uploaded and checked run."""
    file = SimpleUploadedFile("demands.csv", text.encode())
    run = upload_import(by=editor, kind=kind, organisation=organisation, file=file)
    run_import(run.pk)
    run.refresh_from_db()
    return run


def imported(editor, organisation, text):
    """A run that went in."""
    run = checked(editor, organisation, text)
    confirm_import(run, by=editor)
    run_import(run.pk)
    run.refresh_from_db()
    assert run.state == "done"
    return run


def taken_back(run, editor):
    undo_import(run, by=editor)
    run_import(run.pk)
    run.refresh_from_db()
    assert run.state == "undone"
    return run.report


def test_columns_are_guessed_chosen_and_remembered_for_the_organisation(
    editor, organisation, client
):
    run = checked(editor, organisation)
    page = client.get(f"/imports/{run.pk}/columns/")
    rows = {row["header"]: row for row in page.context["rows"]}
    assert {name: row["target"] for name, row in rows.items()} == {
        "id": "external_id",
        "title": "title",
        "trl_min": "trl_min",
        "Bezeichnung": "",
    }
    choice = {"id": "external_id", "title": "", "trl_min": "", "Bezeichnung": "title"}
    sent = {f"column-{rows[name]['number']}": target for name, target in choice.items()}
    client.post(f"/imports/{run.pk}/columns/", sent)
    run_import(run.pk)
    run.refresh_from_db()

    assert (run.state, run.report["created"], run.report["bad"]) == ("checked", 3, 0)
    again = checked(editor, organisation, "id,BEZEICHNUNG\n7,Blech\n")
    assert again.report["previews"][0]["title"] == "Blech"
    others = OrganisationFactory()
    theirs = checked(MemberFactory(organisation=others).user, others, "id,Bezeichnung\n7,Blech\n")
    assert theirs.report["bad"] == 1


def test_two_columns_may_not_mean_the_same_and_fields_must_exist(editor, organisation, client):
    run = checked(editor, organisation)
    address = f"/api/v1/imports/{run.pk}/check-again/"
    for mapping in ({"title": "title", "Bezeichnung": "title"}, {"title": "password"}):
        answer = client.post(address, {"mapping": mapping}, content_type="application/json")
        assert answer.status_code in (400, 409)
    run.refresh_from_db()
    assert (run.state, run.mapping) == ("checked", {})
    assert not ImportMapping.objects.exists()


def test_refused_cells_are_shown_with_their_reason_and_corrected_in_place(
    editor, organisation, client
):
    run = checked(editor, organisation)
    page = client.get(f"/imports/{run.pk}/fix/")
    shown = {row["line"]: row for row in page.context["rows"]}
    assert [cell["header"] for cell in shown[4]["cells"]] == ["trl_min"]
    assert shown[4]["cells"][0]["errors"]
    names = [cell["name"] for line in (3, 4) for cell in shown[line]["cells"]]

    client.post(f"/imports/{run.pk}/fix/", dict(zip(names, ["Pipe", "7"], strict=True)))
    run_import(run.pk)
    run.refresh_from_db()
    assert run.report["bad"] == 0
    confirm_import(run, by=editor)
    run_import(run.pk)

    found = Demand.objects.order_by("external_id").values_list("title_en", "trl_min")
    assert list(found) == [("Wire", 5), ("Pipe", 5), ("Cell", 7)]


def test_wrong_entry_of_a_cell_is_said_at_the_cell_and_corrected_there(
    editor, organisation, client
):
    text = "title,指标要求\nCell,mass >= 2 kg; mass >= 3 bananas\n"
    run = checked(editor, organisation, text)
    page = client.get(f"/imports/{run.pk}/fix/")

    (row,) = page.context["rows"]
    assert row["rest"] == []
    (cell,) = row["cells"]
    assert (cell["header"], cell["value"]) == ("指标要求", "mass >= 2 kg; mass >= 3 bananas")
    assert "Entry 2, unit: “bananas” is not a unit we know." in page.content.decode()


def test_taken_orcid_leads_to_the_profile_that_has_it_as_far_as_one_may_see_it(
    editor, organisation, client
):
    orcids = ["0000-0002-1825-0097", "0000-0001-5109-3700"]
    seen = ExpertFactory(title_en="Ada Lovelace", orcid=orcids[0])
    ExpertFactory(title_en="Hidden Person", orcid=orcids[1], state="draft")
    text = f"name,ORCID iD\nA. L.,{orcids[0]}\nH. P.,{orcids[1]}\n"
    run = checked(editor, organisation, text, kind="expert")

    pages = [client.get(f"/imports/{run.pk}/{part}") for part in ("", "fix/")]
    for page in pages:
        assert f'<a href="{seen.get_absolute_url()}">Ada Lovelace</a>' in page.text
        assert page.text.count("A profile of the pool has this ORCID iD already.") == 2
        assert "Hidden Person" not in page.text
    cells = [cell["value"] for row in pages[1].context["rows"] for cell in row["cells"]]
    assert cells == orcids


def test_file_whose_rows_are_all_refused_says_so_and_leads_on(editor, organisation, client):
    run = checked(editor, organisation, "Bezeichnung,trl_min\nKupferdraht,5\nRohr,5\n")
    page = client.get(f"/imports/{run.pk}/")
    assert "Nothing would change" not in page.text
    assert "No column was understood as the title." in page.text
    columns = f"/imports/{run.pk}/columns/"
    assert f'<a href="{columns}" class="button button--primary' in page.text
    assert f'<a href="{columns}">Say what' in client.get(f"/imports/{run.pk}/fix/").text

    run = checked(editor, organisation, "title,trl_min\nCell,99\n")
    page = client.get(f"/imports/{run.pk}/")
    assert "Every row that is new or different is refused." in page.text
    assert "understood as the title" not in page.text + client.get(f"/imports/{run.pk}/fix/").text


def test_every_refused_row_can_be_reached_corrected_and_downloaded(editor, organisation, client):
    text = "id,title,trl_min\n" + "".join(f"{n},,99\n" for n in range(1, 1203))
    run = checked(editor, organisation, text)
    address = f"/imports/{run.pk}/fix/"
    assert (run.report["bad"], len(run.report["problems"])) == (1202, 1000)
    assert b"The first 20 are shown." in client.get(f"/imports/{run.pk}/").content

    last = client.get(address, {"page": 61})
    assert [row["line"] for row in last.context["rows"]] == [1202, 1203]
    sent = {"cell-1182-1": "Cell", "cell-1182-2": "9", "next": ""}
    answer = client.post(f"{address}?page=60", sent)
    assert answer.url == f"{address}?page=61"
    assert 'value="9"' in client.get(address, {"page": 60}).content.decode()
    client.post(f"{address}?page=61", {"cell-1203-1": "Pipe", "cell-1203-2": "3"})
    run_import(run.pk)

    run.refresh_from_db()
    assert (run.report["bad"], run.report["created"]) == (1200, 2)
    data = client.get(f"/imports/{run.pk}/refused/").content.decode("utf-8-sig")
    assert len(list(csv.DictReader(StringIO(data)))) == 1200
    page = client.get(f"/api/v1/imports/{run.pk}/refused/").json()
    assert page["results"][0]["cells"] == {"id": "1", "title": "", "trl_min": "99"}


def test_refused_rows_can_be_downloaded_corrected_and_uploaded(editor, organisation, client):
    run = checked(editor, organisation)
    data = client.get(f"/imports/{run.pk}/refused/").content.decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(data)))

    assert [row["Line of the file"] for row in rows] == ["3", "4"]
    assert all(row["Why it is refused"] for row in rows)
    assert rows[1]["title"] == "Cell"
    mended = checked(editor, organisation, data.replace(",99", ",9").replace("Rohr,,", "Rohr,R,"))
    assert mended.report["bad"] == 0


def test_taking_back_removes_what_was_made_and_restores_what_was_changed(editor, organisation):
    there = DemandFactory(
        organisation=organisation, external_id="1", title_en="Before", title_zh="", state="draft"
    )
    run = imported(editor, organisation, "id,title\n1,After\n2,New\n3,Edited\n")
    edited = Demand.objects.get(external_id="3")
    update_listing(edited, by=editor, values={"title_en": "Edited since"})

    report = taken_back(run, editor)

    there.refresh_from_db()
    assert there.title_en == "Before"
    titles = Demand.objects.order_by("pk").values_list("title_en", flat=True)
    assert list(titles) == ["Before", "Edited since"]
    assert (report["undone"], report["kept"]) == (2, [edited.pk])
    assert AuditEvent.objects.filter(verb="listing.discard").count() == 1


def test_taking_back_many_drafts_costs_few_queries(
    editor, organisation, django_assert_max_num_queries
):
    run = imported(
        editor, organisation, "id,title\n" + "".join(f"{n},Thing {n}\n" for n in range(60))
    )
    undo_import(run, by=editor)
    with django_assert_max_num_queries(200):
        run_import(run.pk)
    run.refresh_from_db()
    assert (run.report["undone"], Demand.objects.count()) == (60, 0)


def test_taking_back_is_possible_for_a_day_and_by_who_may_import(editor, organisation, client):
    run = imported(editor, organisation, "id,title\n1,New\n")
    viewer = Client()
    viewer.force_login(MemberFactory(organisation=organisation, role=Member.Role.VIEWER).user)
    assert viewer.post(f"/imports/{run.pk}/undo/").status_code == 404
    assert client.get(f"/imports/{run.pk}/").context["undoable"]
    ImportRun.objects.update(finished_at=timezone.now() - timedelta(hours=25))
    run.refresh_from_db()

    with pytest.raises(ValidationError, match="one day"):
        undo_import(run, by=editor)

    assert client.post(f"/api/v1/imports/{run.pk}/undo/").status_code in (400, 409)
    assert not client.get(f"/imports/{run.pk}/").context["undoable"]
    assert Demand.objects.count() == 1
