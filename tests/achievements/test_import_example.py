"""The table to begin an import with can be imported as it is."""

import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import Region
from achievements.importing.example import example_table
from achievements.models import ImportRun, Listing, Scheme, Term
from achievements.services.import_runs import run_outstanding_imports, upload_import
from tests.factories import MemberFactory, OrganisationFactory, UserFactory

pytestmark = pytest.mark.django_db

NAMES = {"CN-JS": ("Jiangsu", "江苏"), "CN-HL": ("Heilongjiang", "黑龙江")}


@pytest.fixture(autouse=True)
def _vocabularies(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    for code, (english, chinese) in NAMES.items():
        Region.objects.create(code=code, name_en=english, name_zh=chinese)
    scheme = Scheme.objects.create(code="hightech", version="2016", name_en="High-tech")
    Term.objects.create(scheme=scheme, code="6.2", label_en="Storage", label_zh="储能")


def read_table(data, form):
    """The cells of a file; an XLSX holds the time it was made, too."""
    if form == "csv":
        return data.decode("utf-8-sig")
    sheet = load_workbook(BytesIO(data)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@pytest.mark.parametrize("kind", Listing.Kind.values)
@pytest.mark.parametrize(("language", "form"), [("en", "csv"), ("zh-hans", "xlsx")])
def test_example_is_understood_to_its_last_cell(client, kind, language, form):
    organisation = OrganisationFactory()
    editor = MemberFactory(organisation=organisation, role="editor").user
    editor.is_curator = True  # who may import experts
    editor.save()
    client.force_login(editor)
    page = client.get(reverse("achievements:listing_import"))
    address = reverse("achievements:import_example", args=[kind, form])
    assert f'href="{address}"' in page.content.decode()
    answer = client.get(address, headers={"accept-language": language})
    assert f'filename="{kind}s.{form}"' in answer["Content-Disposition"]
    by_api = client.get(
        f"/api/v1/imports/example/{kind}/{form}/", headers={"accept-language": language}
    )
    for name in ("Content-Disposition", "Content-Type"):
        assert by_api[name] == answer[name]
    cells = [read_table(each.content, form) for each in (answer, by_api)]
    assert cells[0] == cells[1]

    given = SimpleUploadedFile(f"table.{form}", answer.content)
    run = upload_import(by=editor, kind=kind, organisation=organisation, file=given)
    run_outstanding_imports()
    run.refresh_from_db()
    report = run.report
    assert (run.state, report["created"], report["bad"]) == (ImportRun.State.CHECKED, 1, 0)
    assert report["problems"] == report["notices"] == []
    headers, row = example_table(kind, language[:2])
    assert len(report["columns"]) == len(headers) == len(row)
    assert all(report["columns"].values())
    page = client.get(
        reverse("achievements:import_detail", args=[run.pk]), headers={"accept-language": language}
    )
    understood = set(dict(page.context["columns"]).values())
    if language == "zh-hans":
        assert all(re.search(r"[\u4e00-\u9fff]|ORCID", name) for name in understood), understood
    else:
        assert all(re.fullmatch(r"[ \w()]+", name) and "_" not in name for name in understood)


@pytest.mark.parametrize("address", ["paper.csv", "demand.pdf"])
def test_of_no_other_kind_or_form_is_there_an_example(client, address):
    client.force_login(UserFactory())
    assert client.get(f"/listings/import/{address}").status_code == 404
    assert client.get(f"/api/v1/imports/example/{address.replace('.', '/')}/").status_code == 404


def test_visitor_gets_no_example_from_the_api(client):
    assert client.get("/api/v1/imports/example/demand/csv/").status_code == 401
