"""The expert pool: namesakes across scripts, parting mergers, ending admissions, erasure."""

from datetime import timedelta
from importlib import import_module

import pytest
import time_machine
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AuditEvent, Notification
from achievements.models import Attachment, DeclaredConflict, Expert, Listing, ListingVersion
from achievements.names import chinese_keys, cross_script_pairs, latin_key, may_be_one
from achievements.services import (
    admit_expert,
    declare_conflict,
    erase_expert,
    keep_pool_record,
    lapse_admissions,
    merge_experts,
    remind_of_lapse,
    unmerge_experts,
    update_listing,
)
from achievements.services.import_runs import run_import, upload_import
from achievements.working_days import site_today
from tests.factories import (
    AttachmentFactory,
    ExpertFactory,
    InventorFactory,
    OrganisationFactory,
    TermFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def person(en="", zh="", **more):
    return ExpertFactory(title_en=en, title_zh=zh, **more)


def pages_of(user):
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


# --- names ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latin", "chinese", "same"),
    [
        ("Wang Xiaoming", "王小明", True),
        ("Xiao-Ming WANG", "王小明", True),
        ("Xiao Ming Wang", "王小明", True),
        ("Ouyang Nana", "欧阳娜娜", True),
        ("Lü Bu", "吕布", True),
        ("Lyu Bu", "吕布", True),
        ("Wang Fang", "王小明", False),
        ("Wang", "王", False),
        ("Ada Lovelace", "", False),
    ],
)
def test_names_of_one_person_meet_across_scripts(latin, chinese, same):
    assert may_be_one(latin, "", "", chinese) is same


def test_pairs_across_scripts_leave_contradicting_names_out():
    people = [(1, "Wang Fang", ""), (2, "", "王芳"), (3, "", "王方"), (4, "Wang Fang", "王方")]
    assert cross_script_pairs(people) == [(1, 2), (1, 3), (1, 4), (3, 4)]
    assert latin_key("Fang, Wang") == "fang wang"
    assert not chinese_keys("某某某某某公司")


def test_duplicates_are_found_by_pinyin_from_either_side():
    latin, chinese = person("Fang Wang"), person(zh="王芳")
    person(zh="李雷")
    rows = Expert.objects
    assert list(rows.duplicates_of(latin)) == [chinese]
    assert list(rows.duplicates_of(chinese)) == [latin]
    assert set(rows.with_possible_duplicates()) == {latin, chinese}


# --- parting a merger ----------------------------------------------------------------------


def test_unmerge_gives_back_content_links_and_person_as_they_were():
    curator, user = UserFactory(curator=True), UserFactory()
    field, more = TermFactory(), TermFactory()
    keep = person("Ada", orcid="", position_en="Reader", fields=[field])
    other = person("A. Lovelace", orcid="0000-0002-1825-0097", position_en="Head", fields=[more])
    Expert.objects.filter(pk=other.pk).update(user=user)
    invention, file = InventorFactory(expert=other), AttachmentFactory(listing=other)
    values = {"orcid": other.orcid, "position_en": "Head"}
    merge_experts(keep, other, by=curator, values=values)
    keep.refresh_from_db()
    update_listing(keep, by=curator, values={"position_en": "Dean"})

    back = unmerge_experts(keep.merges.get(), by=curator)

    keep.refresh_from_db()
    invention.refresh_from_db()
    file.refresh_from_db()
    assert (back.pk, back.state, back.merged_into) == (other.pk, "published", None)
    assert (back.user, back.orcid, keep.user, keep.orcid) == (user, other.orcid, None, "")
    assert keep.position_en == "Dean"  # changed after the merger
    assert set(keep.fields.all()) == {field}
    assert (invention.expert_id, file.listing_id) == (other.pk, other.pk)
    assert AuditEvent.objects.filter(verb="expert.unmerge").count() == 2


def test_merged_profile_keeps_the_conflicts_of_both_and_parted_each_its_own():
    curator = UserFactory(curator=True)
    keep, other = person("Ada"), person("A. Lovelace")
    both, mill, engine = (OrganisationFactory() for _ in range(3))
    for expert, organisation in ((keep, both), (keep, mill), (other, both), (other, engine)):
        declare_conflict(expert, by=curator, organisation=organisation)

    def conflicts(expert):
        return set(expert.conflicts.values_list("organisation", flat=True))

    kept = merge_experts(keep, other, by=curator)
    assert conflicts(kept) == {both.pk, mill.pk, engine.pk}

    back = unmerge_experts(kept.merges.get(), by=curator)
    assert (conflicts(keep), conflicts(back)) == ({both.pk, mill.pk}, {both.pk, engine.pk})


def test_unmerge_is_refused_the_second_time_and_after_a_further_merger():
    curator = UserFactory(curator=True)
    first, second, third = person("A B"), person("A C"), person("A D")
    merge_experts(first, second, by=curator)
    record = first.merges.get()
    merge_experts(third, first, by=curator)
    with pytest.raises(ValidationError):
        unmerge_experts(record, by=curator)
    unmerge_experts(third.merges.get(), by=curator)
    unmerge_experts(record, by=curator)
    with pytest.raises(ValidationError):
        unmerge_experts(record, by=curator)
    assert Expert.objects.unmerged().count() == 3


# --- the record and the end of admission -----------------------------------------------------


def test_admission_keeps_its_evidence_and_holds_for_the_set_years(settings):
    settings.ADMISSION_YEARS = 2
    expert = ExpertFactory(state="in_review", admitted_at=None)
    admit_expert(expert, by=UserFactory(curator=True), evidence="Recommended by the academy.")
    assert expert.admission_evidence == "Recommended by the academy."
    assert 729 <= (expert.admitted_until - site_today()).days <= 731


def test_record_is_for_curators_and_changes_no_version():
    expert, curator = ExpertFactory(), UserFactory(curator=True)
    page = reverse("achievements:expert_record", args=[expert.pk])
    assert pages_of(UserFactory()).get(page).status_code == 403
    answer = pages_of(curator).post(page, {"evidence": "Seen", "tags": "lasers，panel"})
    assert answer.status_code == 302
    fresh = Expert.objects.get(pk=expert.pk)
    assert (fresh.admission_evidence, fresh.pool_tags) == ("Seen", ["lasers", "panel"])
    assert fresh.version == expert.version
    assert "lasers" not in pages_of(UserFactory()).get(expert.get_absolute_url()).text
    api = APIClient()
    api.force_login(curator)
    found = api.get("/api/v1/experts/?pool_tag=lasers").json()
    assert [row["id"] for row in found["results"]] == [expert.pk]
    record = f"/api/v1/experts/{expert.pk}/pool-record/"
    assert api.patch(record, {"tags": ["optics"]}).json()["tags"] == ["optics"]
    api.force_login(UserFactory())
    assert api.get("/api/v1/experts/?pool_tag=optics").json()["count"] == 0
    assert api.patch(record, {"tags": []}).status_code == 403
    assert Expert.objects.get(pk=expert.pk).pool_tags == ["optics"]


def test_admission_is_announced_then_ends_and_waits_for_the_curators():
    curator, user = UserFactory(curator=True), UserFactory()
    expert = ExpertFactory(organisation=None)
    Expert.objects.filter(pk=expert.pk).update(
        user=user, admitted_until=site_today() + timedelta(days=20)
    )
    assert (remind_of_lapse(), remind_of_lapse(), lapse_admissions()) == (1, 0, 0)
    ending = Notification.objects.filter(kind="admission_ending")
    assert {row.recipient for row in ending} == {curator, user}
    with time_machine.travel(timezone.now() + timedelta(days=22), tick=False):
        assert (lapse_admissions(), lapse_admissions()) == (1, 0)
    expert.refresh_from_db()
    assert expert.state == Listing.State.IN_REVIEW
    assert expert in Expert.objects.awaiting_admission()
    admit_expert(expert, by=curator)
    expert.refresh_from_db()
    assert expert.state == Listing.State.PUBLISHED
    assert expert.admitted_until > site_today() + timedelta(days=300)


def test_earlier_admissions_get_an_end_with_time_for_the_notice(settings):
    settings.ADMISSION_YEARS = 2
    now, migration = timezone.now(), import_module("achievements.migrations.0018_end_admissions")
    old, new, kept = (ExpertFactory() for _ in range(3))
    waiting = ExpertFactory(state="in_review", admitted_at=None)
    for expert, days in ((old, 4000), (new, 10)):
        begun = now - timedelta(days=days)
        Expert.objects.filter(pk=expert.pk).update(admitted_at=begun, admitted_until=None)
    end = now.date() + timedelta(days=5)
    Expert.objects.filter(pk=kept.pk).update(admitted_until=end)
    migration.end_admissions(apps, None)
    ends = dict(Expert.objects.values_list("pk", "admitted_until"))
    assert ends[old.pk] == now.date() + timedelta(days=60)
    assert ends[new.pk] == (now - timedelta(days=10)).date() + timedelta(days=730)
    assert (ends[kept.pk], ends[waiting.pk]) == (end, None)


# --- conflicts -----------------------------------------------------------------------------


def test_person_declares_a_conflict_once_and_others_may_not():
    user, organisation = UserFactory(), OrganisationFactory()
    expert = ExpertFactory(organisation=None)
    Expert.objects.filter(pk=expert.pk).update(user=user)
    declare = reverse("achievements:conflict_declare", args=[expert.pk])
    given = {"organisation": organisation.pk, "note": "Shares."}
    assert pages_of(UserFactory()).post(declare, given).status_code == 403
    own = pages_of(user)
    own.post(declare, given)
    own.post(declare, given)
    assert DeclaredConflict.objects.get().organisation == organisation
    page = own.get(reverse("achievements:expert_record", args=[expert.pk]))
    assert organisation.name_en in page.text
    assert "Erase this person" not in page.text
    over = reverse("achievements:conflict_withdraw", args=[DeclaredConflict.objects.get().pk])
    assert pages_of(UserFactory()).post(over).status_code == 403
    own.post(over)
    assert not DeclaredConflict.objects.exists()


def test_api_declares_lists_and_withdraws_conflicts_for_who_may():
    user, organisation = UserFactory(), OrganisationFactory()
    expert = ExpertFactory(organisation=None)
    Expert.objects.filter(pk=expert.pk).update(user=user)
    address = f"/api/v1/experts/{expert.pk}"
    own, stranger = pages_of(user), pages_of(UserFactory())
    made = own.post(f"{address}/conflict/", {"organisation": organisation.slug, "note": "Shares."})
    rows = own.get(f"{address}/conflicts/").json()
    assert [(row["id"], row["organisation"]) for row in rows] == [
        (made.json()["id"], organisation.slug)
    ]
    over = f"{address}/conflicts/{rows[0]['id']}/"
    assert stranger.get(f"{address}/conflicts/").status_code == 403
    assert stranger.delete(over).status_code == 403
    assert DeclaredConflict.objects.count() == 1
    assert own.delete(over).status_code == 204
    assert own.delete(over).status_code == 404
    assert not DeclaredConflict.objects.exists()


# --- erasure -------------------------------------------------------------------------------


def test_erasure_leaves_a_number_and_the_audit_and_nothing_of_the_person():
    curator, user = UserFactory(curator=True), UserFactory()
    expert = person("Ada Lovelace", "艾达", works=["Notes"], orcid="0000-0002-1825-0097")
    Expert.objects.filter(pk=expert.pk).update(user=user)
    expert.refresh_from_db()
    update_listing(expert, by=curator, values={"expertise_en": "Secret engines."})
    other = person("Countess L", expertise_en="Secret engines.")
    merge_experts(expert, other, by=curator)
    invention = InventorFactory(expert=expert)
    AttachmentFactory(listing=expert)
    declare_conflict(expert, by=curator, organisation=OrganisationFactory())
    keep_pool_record(expert, by=curator, evidence="Knows her.", tags=["engines"])

    answer = pages_of(curator).post(
        reverse("achievements:expert_erase", args=[expert.pk]), {"note": "By letter today."}
    )

    assert answer.status_code == 302
    for row in Expert.objects.filter(pk__in=[expert.pk, other.pk]).values():
        text = str(row)
        for word in ("Ada", "艾达", "Countess", "Secret", "Notes", "0097", "Knows", "engines"):
            assert word not in text
        assert (row["state"], row["user_id"], row["visibility"]) == ("withdrawn", None, "owner")
    invention.refresh_from_db()
    assert invention.expert is None
    assert not Attachment.objects.exists()
    assert not ListingVersion.objects.filter(listing=expert.pk).exists()
    assert not DeclaredConflict.objects.exists()
    event = AuditEvent.objects.get(verb="expert.erase")
    assert (event.object_id, event.data) == (expert.pk, {"note": "By letter today."})


def test_erasure_is_for_curators_with_a_word_and_once():
    expert, curator = ExpertFactory(title_en="Ada"), UserFactory(curator=True)
    page = reverse("achievements:expert_erase", args=[expert.pk])
    assert pages_of(UserFactory(moderator=True)).post(page, {"note": "x"}).status_code == 403
    assert pages_of(curator).post(page, {"note": ""}).status_code == 422
    expert.refresh_from_db()
    assert expert.title_en == "Ada"
    erase_expert(expert, by=curator, note="By letter.")
    with pytest.raises(ValidationError):
        erase_expert(expert, by=curator, note="By letter.")


def test_import_of_people_leads_to_exactly_those_who_may_be_in_the_pool(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    curator = UserFactory(curator=True)
    there, elsewhere = person("Ada Lovelace"), person("Grace Hopper")
    person("grace hopper")  # alike too, but of no file
    text = (
        "name,expertise\nAda LOVELACE,Looms\nEmmy Noether,Rings\n王小明,电池\nWang Xiaoming,Cells\n"
    )
    file = SimpleUploadedFile("people.csv", text.encode())
    run = upload_import(by=curator, kind="expert", organisation=None, file=file, confirm=True)
    run_import(run.pk)
    run.refresh_from_db()
    assert (run.state, run.report["created"]) == ("done", 4)
    pages, api = pages_of(curator), APIClient()
    api.force_authenticate(curator)

    detail = pages.get(f"/imports/{run.pk}/")
    listed = pages.get(f"/experts/pool/?show=duplicates&run={run.pk}")
    answer = api.get(f"/api/v1/imports/{run.pk}/namesakes/").json()

    assert detail.context["namesakes"] == 3
    assert f"/experts/pool/?show=duplicates&amp;run={run.pk}" in detail.text
    names = {card["listing"].title for card in listed.context["cards"]}
    assert names == {"Ada LOVELACE", "王小明", "Wang Xiaoming"}
    assert {row["title_en"] or row["title_zh"] for row in answer["results"]} == names
    mine = Expert.objects.get(title_en="Ada LOVELACE")
    merge_experts(there, mine, by=curator)
    assert pages.get(f"/imports/{run.pk}/").context["namesakes"] == 2

    other = UserFactory(curator=True)  # whose import it is not
    assert pages_of(other).get(f"/experts/pool/?show=duplicates&run={run.pk}").status_code == 404
    assert pages.get("/experts/pool/?show=duplicates&run=9" + "9" * 30).status_code == 404
    api.force_authenticate(UserFactory())
    assert api.get(f"/api/v1/imports/{run.pk}/namesakes/").status_code == 404
    assert elsewhere.title not in names
