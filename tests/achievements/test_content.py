"""Writing what a listing says: all of it or nothing."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import FileSystemStorage

from accounts.models import AuditEvent
from achievements.models import Achievement, Demand, Expert, Listing
from achievements.services import (
    EditConflictError,
    create_listing,
    discard_listing,
    update_listing,
)
from achievements.signals import listings_changed
from tests.factories import (
    AchievementFactory,
    AttachmentFactory,
    DemandFactory,
    ExpertFactory,
    MemberFactory,
    OrganisationFactory,
    TermFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return MemberFactory()


@pytest.fixture
def told():
    """The listings that the signal named, in order."""
    ids: list[int] = []

    def note(sender, listing_ids, **kwargs):
        ids.extend(listing_ids)

    listings_changed.connect(note)
    yield ids
    listings_changed.disconnect(note)


def create(member, model=Achievement, rows=None, **values):
    values = {"title_en": "A membrane", **values}
    return create_listing(
        model, by=member.user, organisation=member.organisation, values=values, rows=rows
    )


def test_create_listing_writes_fields_rows_and_classification(member, told):
    term = TermFactory()
    quantity = TermFactory(
        scheme__code="quantity", code="energy_density", synonyms=["能量密度", "specific energy"]
    )
    achievement = create(
        member,
        keywords_en=[" Ion ", "ion", "Ion", ""],
        fields=[term],
        trl=6,
        price_mode="range",
        price_min="10.5",
        price_max=20.25,
        rows={
            "evidence": [
                {"quantity": "Specific  Energy", "value": 2.1, "unit": "Wh/kg"},
                {"quantity": "能量密度", "value": "300", "unit": "Wh/kg"},
                {"quantity": "taste", "value": 1, "unit": ""},
            ],
            "ip_rights": [{"kind": "patent", "number": "CN1", "office": "CN"}],
            "inventors": [{"name_zh": "王芳"}],
        },
    )
    achievement = Achievement.objects.get(pk=achievement.pk)
    assert achievement.state == "draft"
    assert achievement.kind == "achievement"
    assert achievement.created_by == member.user
    assert achievement.keywords_en == ["Ion", "ion"]
    assert (achievement.price_min, achievement.price_max) == (Decimal("10.5"), Decimal("20.25"))
    assert list(achievement.fields.all()) == [term]
    evidence = list(achievement.evidence.all())
    assert [row.term for row in evidence] == [quantity, quantity, None]
    assert evidence[0].value == Decimal("2.1")
    assert achievement.ip_rights.get().number == "CN1"
    assert achievement.inventors.get().name_zh == "王芳"
    event = AuditEvent.objects.get(verb="listing.create")
    assert (event.actor, event.object_id) == (member.user, achievement.pk)
    assert event.object_type == "achievements.listing"
    assert told == [achievement.pk]


def test_create_listing_with_errors_names_every_place_and_writes_nothing(member):
    with pytest.raises(ValidationError) as caught:
        create(
            member,
            model=Demand,
            title_en=" ",
            trl_min=12,
            currency="XYZ",
            rows={
                "requirements": [
                    {"quantity": "mass", "value": 1, "unit": "kg"},
                    {"quantity": "", "value": "x", "unit": "blorps"},
                    {"quantity": "mass", "operator": "between", "value": 3, "value_max": 1},
                ]
            },
        )
    assert set(caught.value.error_dict) == {
        "__all__",
        "trl_min",
        "currency",
        "requirements.1.quantity",
        "requirements.1.value",
        "requirements.1.unit",
        "requirements.2.__all__",
    }
    assert not Listing.objects.exists()
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize(
    ("mode", "kept"),
    [
        ("negotiable", (None, None)),
        ("fixed", (Decimal(1), None)),
        ("range", (Decimal(1), Decimal(2))),
    ],
)
def test_price_keeps_only_the_figures_its_mode_states(member, mode, kept):
    achievement = create(member, price_mode=mode, price_min=1, price_max=2)
    assert (achievement.price_min, achievement.price_max) == kept


def test_invisible_characters_and_line_ends_are_settled(member):
    achievement = create(member, title_en="A\x00B\u202e\ud800", solution_en="one\r\ntwo \r")
    assert achievement.title_en == "AB"
    assert achievement.solution_en == "one\ntwo"


def test_unknown_name_is_a_mistake_of_the_caller(member):
    with pytest.raises(TypeError):
        create(member, state="published")
    with pytest.raises(TypeError):
        create(member, rows={"requirements": []})
    assert not Listing.objects.exists()


def test_update_listing_replaces_named_rows_and_keeps_the_rest(member, told):
    achievement = create(
        member,
        summary_en="Old",
        rows={
            "evidence": [{"quantity": "mass", "value": 1, "unit": "kg"}],
            "inventors": [{"name_en": "Ada"}],
        },
    )
    before = achievement.updated_at
    told.clear()
    updated = update_listing(
        achievement,
        by=member.user,
        values={"summary_en": "New"},
        rows={"evidence": [{"quantity": "length", "value": 2, "unit": "m"}]},
    )
    assert updated.summary_en == "New"
    assert updated.title_en == "A membrane"
    assert [str(row) for row in updated.evidence.all()] == ["length 2 m"]
    assert [str(row) for row in updated.inventors.all()] == ["Ada"]
    assert updated.updated_at > before
    event = AuditEvent.objects.get(verb="listing.update")
    assert event.data == {"changed": ["summary_en", "evidence"]}
    assert told == [achievement.pk]


def test_update_listing_with_the_same_content_changes_nothing(member, told):
    term = TermFactory()
    values = {"title_en": "A", "fields": [term], "price_mode": "fixed", "price_min": 10}
    rows = {"evidence": [{"quantity": "mass", "value": 1.5, "unit": "kg"}]}
    achievement = create(member, rows=rows, **values)
    stored = Achievement.objects.get(pk=achievement.pk).updated_at
    told.clear()
    updated = update_listing(achievement, by=member.user, values=values, rows=rows)
    assert updated.updated_at == stored
    assert Achievement.objects.get(pk=achievement.pk).updated_at == stored
    assert not AuditEvent.objects.filter(verb="listing.update").exists()
    assert told == []


def test_update_listing_after_a_colleague_refuses_and_changes_nothing(member):
    achievement = create(member, summary_en="One")
    seen = Achievement.objects.get(pk=achievement.pk).version
    update_listing(achievement, by=member.user, values={"summary_en": "Two"}, seen=seen)
    with pytest.raises(EditConflictError):
        update_listing(achievement, by=member.user, values={"summary_en": "Three"}, seen=seen)
    assert Achievement.objects.get(pk=achievement.pk).summary_en == "Two"


@pytest.mark.parametrize("seen", ["", None])
def test_update_listing_without_a_version_goes_through(member, seen):
    achievement = create(member)
    update_listing(achievement, by=member.user, values={"summary_en": "Two"}, seen=seen)
    assert Achievement.objects.get(pk=achievement.pk).summary_en == "Two"


@pytest.mark.parametrize("state", ["withdrawn", "closed"])
def test_update_listing_that_ended_is_refused(member, state):
    achievement = AchievementFactory(organisation=member.organisation, state=state)
    with pytest.raises(ValidationError):
        update_listing(achievement, by=member.user, values={"summary_en": "New"})
    assert Achievement.objects.get(pk=achievement.pk).summary_en == achievement.summary_en


def test_update_listing_merged_away_is_refused(member):
    other = ExpertFactory(state="draft", merged_into=ExpertFactory())
    with pytest.raises(ValidationError):
        update_listing(other, by=member.user, values={"position_en": "New"})
    assert Expert.objects.get(pk=other.pk).position_en == ""


@pytest.mark.parametrize(
    ("values", "rows", "place"),
    [
        ({"title_en": "Steel for Acme-Works"}, {}, "title_en"),
        ({"body_zh": "本公司（极光动力）需要"}, {}, "body_zh"),
        ({"keywords_en": ["ACME works"]}, {}, "keywords_en"),
        (
            {},
            {"requirements": [{"quantity": "fits Acme Works", "value": 1}]},
            "requirements.0.quantity",
        ),
    ],
)
def test_anonymous_demand_that_names_its_organisation_is_refused(values, rows, place):
    organisation = OrganisationFactory(name_en="ACME Works", name_zh="极光动力")
    given = {"title_en": "A", "disclosure": "anonymous", **values}
    with pytest.raises(ValidationError) as caught:
        create_listing(Demand, by=None, organisation=organisation, values=given, rows=rows)
    assert list(caught.value.error_dict) == [place]
    create_listing(
        Demand,
        by=None,
        organisation=organisation,
        values={**given, "disclosure": "named"},
        rows=rows,
    )


def test_only_demands_are_anonymous(member):
    with pytest.raises(ValidationError):
        create(member, disclosure="anonymous")


def test_own_number_is_used_once_per_organisation_and_kind(member):
    create(member, external_id="7")
    create(member, model=Demand, external_id="7")
    with pytest.raises(ValidationError):
        create(member, external_id="7")
    assert Achievement.objects.count() == 1


def test_too_many_rows_or_words_are_refused(member):
    rows = [{"name_en": f"I{n}"} for n in range(101)]
    with pytest.raises(ValidationError) as caught:
        create(member, rows={"inventors": rows}, keywords_en=[f"k{n}" for n in range(51)])
    assert set(caught.value.error_dict) == {"inventors", "keywords_en"}


def test_discard_listing_removes_a_draft_with_its_files(member, django_capture_on_commit_callbacks):
    draft = create(member)
    attachment = AttachmentFactory(listing=draft)
    with django_capture_on_commit_callbacks(execute=True):
        discard_listing(draft, by=member.user)
    assert not Listing.objects.exists()
    assert not attachment.file.storage.exists(attachment.file.name)
    assert AuditEvent.objects.get(verb="listing.discard").object_id == draft.pk


def test_discard_listing_is_done_although_the_disk_keeps_a_file(
    member, django_capture_on_commit_callbacks, monkeypatch, caplog
):
    draft = create(member)
    first, second = (AttachmentFactory(listing=draft) for _ in range(2))
    storage, delete = first.file.storage, FileSystemStorage.delete

    def failing(self, name):
        if name == first.file.name:
            raise OSError("Input/output error")
        delete(self, name)

    monkeypatch.setattr(FileSystemStorage, "delete", failing)
    with django_capture_on_commit_callbacks(execute=True):
        discard_listing(draft, by=member.user)
    assert [storage.exists(one.file.name) for one in (first, second)] == [True, False]
    assert "Input/output error" in caplog.text


@pytest.mark.parametrize("state", ["in_review", "published", "withdrawn"])
def test_discard_listing_that_was_public_is_refused(member, state):
    demand = DemandFactory(organisation=member.organisation, state=state)
    with pytest.raises(ValidationError):
        discard_listing(demand, by=member.user)
    assert Demand.objects.filter(pk=demand.pk).exists()


def test_update_listing_to_anonymous_refuses_rows_that_name_the_organisation():
    organisation = OrganisationFactory(name_en="Kestrel Works", name_zh="")
    member = MemberFactory(organisation=organisation)
    rows = {"requirements": [{"quantity": "Kestrel Works grade", "value": 3, "unit": ""}]}
    demand = create(member, model=Demand, rows=rows)

    with pytest.raises(ValidationError) as refused:
        update_listing(demand, by=member.user, values={"disclosure": "anonymous"})

    assert list(refused.value.error_dict) == ["requirements.0.quantity"]
    demand.refresh_from_db()
    assert demand.disclosure == "named"
