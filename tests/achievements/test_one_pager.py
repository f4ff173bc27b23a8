"""One side of A4 for every public listing: what it shows, how it is made, who gets none."""

import re
import zlib

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.safestring import mark_safe

from accounts.services import update_organisation
from achievements import onepager
from achievements.models import OnePager
from achievements.onepager import full_listing, render_pdf, sheet_of, shortened
from achievements.services import update_listing, withdraw_listing
from achievements.services.one_pagers import (
    make_one_pager,
    make_outstanding_one_pagers,
    want_one_pager,
)
from tests.factories import (
    AchievementFactory,
    DemandFactory,
    EvidenceRowFactory,
    IPRightFactory,
    MemberFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_media(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def listing():
    long = "A sentence with the figure 42 that says something about the matter. " * 120
    achievement = AchievementFactory(
        title_en="A title as long as titles may be " * 9,
        title_zh="钠离子电池",
        summary_en=long[:1000],
        problem_en=long[:8000],
        solution_en=long[:8000],
        advantages_en=long[:8000],
        applications_en=long[:8000],
        solution_zh="采用层状氧化物正极，比能量达到 160 Wh/kg。" * 60,
    )
    EvidenceRowFactory.create_batch(9, achievement=achievement)
    IPRightFactory.create_batch(9, achievement=achievement)
    return achievement


def _text_of(data: bytes) -> bytes:
    """What the streams of a PDF hold, unpacked."""
    found = [data]
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
        try:
            found.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(found)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_pdf_is_one_a4_page_with_chinese_type_inside(listing, language):
    with translation.override(language):
        data = render_pdf(full_listing(listing.pk), site_name="Transfer")

    inside = _text_of(data)
    assert data.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", inside)) == 1
    width, height = map(float, re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", inside).groups())
    assert (round(width), round(height)) == (595, 842)
    assert re.search(rb"/FontFile[23]?\b", inside)
    assert b"CJK" in inside or b"WenQuanYi" in inside


def test_nothing_is_fetched(listing, monkeypatch):
    picture = mark_safe('<img src="http://192.0.2.1/x.png" alt="">')
    monkeypatch.setattr(onepager, "qr_code", lambda _address: picture)
    assert render_pdf(full_listing(listing.pk), site_name="Transfer").startswith(b"%PDF-")


def test_texts_end_with_a_sentence_or_a_mark():
    text = "First sentence. Second sentence that is longer."
    assert shortened(text, 100) == text
    assert shortened(text, 25) == "First sentence."
    assert shortened("word " * 20, 23) == "word word word word…"


def test_sheet_of_an_anonymous_demand_names_nobody():
    demand = DemandFactory(anonymous=True)
    sheet = sheet_of(full_listing(demand.pk))

    assert sheet["card"]["organisation"] == "Anonymous organisation"
    page = Client().get(f"/listings/{demand.pk}/one-pager/").content.decode()
    assert demand.organisation.name_en not in page
    assert f"{settings.SITE_URL}/demands/{demand.pk}/" in page
    assert "<svg" in page


@pytest.mark.parametrize(
    "values", [{"visibility": "members"}, {"visibility": "owner"}, {"state": "draft"}]
)
def test_what_is_not_public_has_none_even_for_its_owner(values):
    achievement = AchievementFactory(**values)
    client = Client()
    client.force_login(MemberFactory(organisation=achievement.organisation).user)
    address = f"/listings/{achievement.pk}/one-pager/"

    assert client.get(address).status_code == 404
    assert client.get(f"{address}pdf/").status_code == 404
    assert client.post(f"{address}make/").status_code == 404
    asked = client.post(f"/api/v1/achievements/{achievement.pk}/one-pager/", {"language": "en"})
    assert asked.status_code in (400, 409)
    assert not OnePager.objects.exists()


def test_worker_makes_it_once_for_each_version(django_capture_on_commit_callbacks):
    achievement = AchievementFactory()
    client = Client()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/listings/{achievement.pk}/one-pager/make/", {"language": "zh-hans"})
    pdf = f"/listings/{achievement.pk}/one-pager/pdf/?language=zh-hans"
    pager = OnePager.objects.get()
    first = client.get(pdf)

    assert first["Content-Type"] == "application/pdf"
    assert b"".join(first.streaming_content).startswith(b"%PDF-")
    with django_capture_on_commit_callbacks(execute=True):
        want_one_pager(achievement, language="zh-hans")
    assert OnePager.objects.get().file.name == pager.file.name

    update_listing(achievement, by=None, values={"title_zh": "新标题"})
    assert client.get(pdf)["Content-Type"].startswith("text/html")
    with django_capture_on_commit_callbacks(execute=True):
        body = {"language": "zh-hans"}
        asked = client.post(f"/api/v1/achievements/{achievement.pk}/one-pager/", body).json()
    assert asked["ready"] is False
    assert client.get(pdf)["Content-Type"] == "application/pdf"
    assert OnePager.objects.get().file.name != pager.file.name
    assert not pager.file.storage.exists(pager.file.name)


def test_pdf_is_made_again_when_who_posts_it_changes(monkeypatch):
    seen = []

    def render(listing, **values):
        seen.append(listing.organisation.name_en)
        return b"%PDF-"

    monkeypatch.setattr("achievements.services.one_pagers.render_pdf", render)
    achievement = AchievementFactory(organisation__name_en="Old Name")
    want_one_pager(achievement, language="en")
    assert make_outstanding_one_pagers() == 1
    assert make_outstanding_one_pagers() == 0
    pdf = f"/listings/{achievement.pk}/one-pager/pdf/?language=en"
    assert Client().get(pdf)["Content-Type"] == "application/pdf"
    owner = MemberFactory(organisation=achievement.organisation, role="owner").user

    update_organisation(achievement.organisation, by=owner, name_en="New Name")

    assert Client().get(pdf)["Content-Type"].startswith("text/html")
    assert make_outstanding_one_pagers() == 1
    assert seen == ["Old Name", "New Name"]
    assert Client().get(pdf)["Content-Type"] == "application/pdf"


def test_sweep_makes_what_no_message_announced_and_forgets_what_is_gone():
    made, gone = AchievementFactory.create_batch(2)
    for listing in (made, gone):
        want_one_pager(listing, language="en")
    page = Client().get(f"/listings/{made.pk}/one-pager/pdf/?language=en")
    assert page["Refresh"] == "2"
    withdraw_listing(gone, by=MemberFactory(organisation=gone.organisation).user)

    assert make_outstanding_one_pagers() == 1
    assert OnePager.objects.get().listing_id == made.pk


def test_what_cannot_be_made_is_tried_three_times(monkeypatch):
    pager = want_one_pager(AchievementFactory(), language="en")

    def refuse(*args, **kwargs):
        raise OSError("no Pango")

    monkeypatch.setattr("achievements.services.one_pagers.render_pdf", refuse)
    assert [make_one_pager(pager.pk) for _attempt in range(5)] == [False] * 5
    assert OnePager.objects.get().attempts == 3
    assert (
        "Make the PDF"
        in Client().get(f"/listings/{pager.listing_id}/one-pager/pdf/?language=en").content.decode()
    )
    want_one_pager(pager.listing, language="en")
    assert OnePager.objects.outstanding().count() == 1
