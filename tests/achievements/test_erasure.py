"""An erased person is nowhere: every text column of the database and every file is searched."""

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Notification, User
from accounts.redacting import WITHHELD, Names
from accounts.services import erase_user, notify
from achievements.models import (
    Achievement,
    Disclosure,
    DisclosureInventor,
    Expert,
    ImportDuplicate,
    ImportRun,
    Inventor,
    ListingVersion,
    OnePager,
)
from achievements.services import (
    add_attachment,
    claim_expert,
    declare_conflict,
    drop_import_files,
    erase_expert,
    invite_expert,
    keep_pool_record,
    merge_experts,
    report_listing,
    unmerge_experts,
    update_listing,
)
from achievements.services.import_runs import upload_import
from matching.models import AnsweredQuery, Curation, Lexeme, Match, SavedSearch, ShortlistEntry
from matching.services.statistics import refresh_statistics
from matching.services.weights import active_weights
from tests.factories import (
    AchievementFactory,
    DemandFactory,
    ExpertFactory,
    InventorFactory,
    MailboxMessageFactory,
    MemberFactory,
    MessageFactory,
    OrganisationFactory,
    ReviewFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

NAME, CHINESE, ORCID = "Qvenya Zorblat", "祁珵玥", "0000-0002-1825-0097"
ADDRESS = "q.zorblat@example.edu"
WORDS = (NAME, "Zorblat", "zorblat", CHINESE, ORCID, ADDRESS)

# What stays, and why. Everything else that still says one of the words fails the test.
STAYS = {
    # Both sides' correspondence: what people wrote to each other is theirs.
    "deals_message.body",
    "deals_introduction.subject",
    # An employer's confidential record of a service invention, which the law makes it keep.
    "achievements_disclosureinventor.name",
    # A university's own words about its own result; its owner is asked to mend them.
    "achievements_achievement.solution_en",
    # and what is derived from those words.
    "matching_indexentry.vector",
    "matching_passages.texts",
    "matching_lexeme.lexeme",
    # A user's own search, read by nobody else.
    "matching_savedsearch.query",
}


def places_that_say(words):
    """Every column of text, JSON, arrays or word vectors in which one of the words stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, array_agg(column_name::text) FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type IN ('text', 'character varying',"
            " 'character', 'json', 'jsonb', 'ARRAY', 'tsvector') GROUP BY 1"
        )
        found = set()
        patterns = [f"%{word}%" for word in words]
        for table, columns in cursor.fetchall():
            asked = ", ".join(
                f'coalesce(bool_or("{c}"::text ILIKE ANY(%s)), false)' for c in columns
            )
            statement = f'SELECT {asked} FROM "{table}"'  # noqa: S608 - names of our own tables
            cursor.execute(statement, [patterns] * len(columns))
            row = cursor.fetchone()
            found |= {f"{table}.{c}" for c, there in zip(columns, row, strict=True) if there}
    return found


def files_that_say(words):
    """Files of the media folder that hold one of the words."""
    marks = [word.encode() for word in words]
    files = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    return [str(path) for path in files if any(mark in path.read_bytes() for mark in marks)]


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    return settings


def upload(by, organisation, kind, text):
    file = SimpleUploadedFile(f"{NAME}.csv", text.encode())
    return upload_import(by=by, kind=kind, organisation=organisation, file=file)


def test_erased_person_is_in_no_table_and_no_file(media, django_capture_on_commit_callbacks):
    curator, person = UserFactory(curator=True), UserFactory(name=NAME, email=ADDRESS)
    editor = MemberFactory(role="owner", user__name="Editor")
    home = editor.organisation
    with django_capture_on_commit_callbacks(execute=True):
        expert = ExpertFactory(
            title_en="Q. Zorblat", title_zh=CHINESE, organisation=home, created_by=editor.user
        )
        values = {
            "title_en": NAME,
            "orcid": ORCID,
            "expertise_en": f"{NAME} knows lattices.",
            "works": [f"Lattices, by {NAME}"],
        }
        update_listing(expert, by=editor.user, values=values)
        invite_expert(expert, by=editor.user, email=ADDRESS, language="en")
        claim_expert(expert, by=UserFactory(name="Somebody"), statement=f"I am {NAME}.")
        keep_pool_record(expert, by=curator, evidence=f"{NAME} was here.", tags=[NAME])
        declare_conflict(expert, by=curator, organisation=OrganisationFactory(), note=NAME)
        report_listing(expert, by=None, reason="other", note=f"Not {NAME}", email="a@example.com")
        ReviewFactory(listing=expert, note=f"{NAME} is fine.")
        add_attachment(
            expert,
            by=editor.user,
            upload=SimpleUploadedFile("cv.txt", NAME.encode()),
            layer="public",
            title=NAME,
        )
        Expert.objects.filter(pk=expert.pk).update(user=person)
        # merged with another profile of the person, and once by mistake with somebody else
        twin = ExpertFactory(title_en=NAME, title_zh="", orcid="")
        other = ExpertFactory(title_en="Other Person", title_zh="")
        expert.refresh_from_db()
        merge_experts(other, expert, by=curator, values={"title_en": NAME, "title_zh": CHINESE})
        unmerge_experts(other.merges.get(), by=curator)
        expert.refresh_from_db()
        merge_experts(expert, twin, by=curator)
        # an inventor of an achievement, with older versions and a one-pager
        achievement = AchievementFactory(organisation=home)
        InventorFactory(achievement=achievement, expert=expert, name_en=NAME, name_zh=CHINESE)
        InventorFactory(achievement=achievement, name_en="Second Inventor")
        update_listing(achievement, by=editor.user, values={"solution_en": "Made of lattices."})
        for listing in (achievement, expert):
            pager = OnePager(listing_id=listing.pk, language="en", made_at=timezone.now())
            pager.file.save("page.pdf", ContentFile(NAME.encode()))
        # files that name the person
        upload(editor.user, home, "expert", f"own number,name\n1,{NAME}\n2,\n")
        upload(editor.user, home, "achievement", f"title,inventors,trl\nA,{NAME},99\n")
        run = ImportRun.objects.latest("pk")
        ImportDuplicate.objects.create(
            run=run, line=3, title=NAME, content={"inventors": [NAME]}, reason="title"
        )
        # said of the person
        demand = DemandFactory(organisation=home)
        match = Match.objects.create(
            demand=demand,
            candidate_id=expert.pk,
            kind="expert",
            score="0.5",
            reasons=[{"text": NAME}],
            weights=active_weights(),
        )
        Curation.objects.create(match=match, reason=f"{NAME} knows it.", by=curator)
        ShortlistEntry.objects.create(organisation=home, listing_id=expert.pk, note=NAME)
        AnsweredQuery.objects.create(text=NAME.lower(), shown=9, last_day=timezone.now().date())
        MailboxMessageFactory(text=f"Dear {NAME}")
        LogEntry.objects.create(user=curator, action_flag=CHANGE, object_repr=NAME)
        notify(
            recipients=[editor.user],
            kind="saved_search",
            key="digest",
            path="/",
            data={
                "listings": [
                    {"listing": expert.pk, "title_en": NAME},
                    {"listing": demand.pk, "title_en": "D"},
                ]
            },
        )
        notify(
            recipients=[curator],
            kind="x",
            key="by",
            path="/",
            by_email=False,
            data={"by": NAME, "n": 1},
        )
        refresh_statistics()
    before = places_that_say(WORDS)
    assert len(before) > 25, sorted(before)
    assert files_that_say(WORDS)
    plant_what_stays(achievement, editor)

    with django_capture_on_commit_callbacks(execute=True):
        note = f"{NAME} wrote a letter."
        erase_expert(Expert.objects.get(pk=expert.pk), by=curator, note=note, account=True)
        refresh_statistics()

    assert places_that_say(WORDS) == STAYS
    assert files_that_say(WORDS) == []
    stays_for_the_audit(expert, achievement, person, curator)


def plant_what_stays(achievement, editor):
    Achievement.objects.filter(pk=achievement.pk).update(solution_en=f"By {NAME}.")
    SavedSearch.objects.create(user=editor.user, name="s", query=f"q={NAME}")
    MessageFactory(body=f"Do you know {NAME}?", introduction__subject=NAME)
    disclosure = Disclosure.objects.create(
        organisation=editor.organisation, submitted_by=editor.user, title="T", what="W"
    )
    DisclosureInventor.objects.create(disclosure=disclosure, name=NAME, share=100)


def stays_for_the_audit(expert, achievement, person, curator):
    """The number, who did what to it when; the achievement with its other inventor."""
    event = AuditEvent.objects.get(verb="expert.erase")
    assert (event.object_id, event.actor) == (expert.pk, curator)
    assert event.data == {"note": f"{WITHHELD} wrote a letter."}
    assert AuditEvent.objects.filter(verb="listing.update", object_id=expert.pk).exists()
    assert AuditEvent.objects.get(verb="user.erase").object_id == person.pk
    assert not User.objects.filter(pk=person.pk).exists()
    names = set(Inventor.objects.filter(achievement=achievement).values_list("name_en", flat=True))
    assert names == {"Name erased", "Second Inventor"}
    newest = ListingVersion.objects.filter(listing=achievement.pk).first()
    kept = {row["name_en"] for row in newest.content["rows"]["inventors"]}
    assert kept == {"Name erased", "Second Inventor"}
    told = Notification.objects.get(kind="inventor_erased")
    assert told.data["title_listing"] == achievement.pk
    digest = Notification.objects.get(key="digest")
    assert [line["title_en"] for line in digest.data["listings"]] == ["D"]
    assert Notification.objects.get(key="by").data == {"by": WITHHELD, "n": 1}
    assert Lexeme.objects.exists()


def test_file_that_waits_is_to_be_uploaded_again_and_old_files_go(media):
    curator, editor = UserFactory(curator=True), MemberFactory(role="owner")
    run = upload(editor.user, editor.organisation, "expert", f"own number,name\n1,{NAME}\n")
    ImportRun.objects.filter(pk=run.pk).update(state="checked")
    done = upload(editor.user, editor.organisation, "expert", "own number,name\n1,Ada Lovelace\n")
    erase_expert(ExpertFactory(title_en=NAME), by=curator, note="By letter.")
    run.refresh_from_db()
    done.refresh_from_db()
    assert (run.state, run.file.name) == ("failed", "")
    assert "upload it again" in run.report["error"]["en"]
    assert (done.state, bool(done.file)) == ("uploaded", True)
    old = timezone.now() - timezone.timedelta(days=31)
    ImportRun.objects.filter(pk=done.pk).update(state="done", finished_at=old)
    assert (drop_import_files(), drop_import_files()) == (1, 0)


def test_account_of_an_only_owner_stays_until_there_is_another():
    curator, owner = UserFactory(curator=True), MemberFactory(role="owner")
    expert = ExpertFactory(organisation=None)
    Expert.objects.filter(pk=expert.pk).update(user=owner.user)
    client = Client(headers={"accept-language": "en"})
    client.force_login(curator)
    page = reverse("achievements:expert_erase", args=[expert.pk])
    answer = client.post(page, {"note": "By letter.", "account": "on"})
    assert answer.status_code == 422
    assert "only owner" in answer.text
    assert Expert.objects.get(pk=expert.pk).erased_at is None
    MemberFactory(role="owner", organisation=owner.organisation)
    assert client.post(page, {"note": "By letter.", "account": "on"}).status_code == 302
    assert not User.objects.filter(pk=owner.user.pk).exists()
    with pytest.raises(PermissionDenied):
        erase_user(curator, by=curator)
    with pytest.raises(ValidationError):
        erase_expert(expert, by=curator, note="Again.")


def test_names_are_found_as_whole_words_in_any_case_and_single_words_never():
    names = Names(["Wei Li", "Ada", "王芳"], ["0000-0002"])
    said = {"a": ["wei  li, Wei Lin, Ada", "他是王芳。"], "n": 3, "0000-0002": None}
    gone = {"a": [f"{WITHHELD}, Wei Lin, Ada", f"他是{WITHHELD}。"], "n": 3, WITHHELD: None}
    assert names.taken_out(said) == gone
    assert not Names(["Ada", "王"])
