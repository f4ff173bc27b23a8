"""The site asks for nothing at an address that somebody has written: a server counts who comes."""

import re
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.conf import settings as site
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.images import clean_logo
from accounts.services import update_organisation
from achievements import onepager
from achievements.files import examine
from achievements.importing.readers import read_file
from achievements.onepager import full_listing, render_pdf
from matching.embedding.endpoint import EndpointEmbedder
from matching.embedding.interface import EmbeddingError
from tests import factories as make
from tests.security.bombs import DATA, KIND, REST, ROW, TYPES, packed, relations, workbook
from transfer.settings import env

HOSTS = (
    *("127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1"),
    *("017700000001", "localhost", "LOCALHOST", "localhost.", "0.0.0.0", "0", "[::1]", "[::]"),  # noqa: S104
    *("[::ffff:127.0.0.1]", "[0:0:0:0:0:ffff:7f00:1]", "①②⑦.⓪.⓪.①", "127。0。0。1"),
    *("user@127.0.0.1", "example.org@127.0.0.1", "127.0.0.1%2f", "127.0.0.1#", "%31%32%37.1"),
)
ELSEWHERE = (
    *("http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://10.0.0.1/"),
    *(
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "data:text/html,x",
        "gopher://127.0.0.1/",
    ),
    *(
        "ftp://127.0.0.1/",
        "//127.0.0.1/",
        "\\\\127.0.0.1\\x",
        "javascript:fetch('/')",
        "about:blank",
    ),
)
MARKUP = (
    "<img src='{}'>", "<link rel=stylesheet href='{}'>", "<link rel=attachment href='{}'>",
    "<style>@import '{0}';@font-face{{font-family:x;src:url({0})}}p{{background:url({0})}}</style>",
    "<p style='background:url({0});list-style-image:url({0})'>x</p>", "<embed src='{}'>",
    "<object data='{}'></object>", "<iframe src='{}'></iframe>", "<base href='{}'>",
    "<svg><image href='{0}' width='9' height='9'/><use href='{0}#x'/></svg>",
    "<svg><image xlink:href='{}' width='9' height='9'/></svg>",
    "<input type=image src='{}'>", "<video poster='{}'></video>",
    "<a rel=attachment href='{}'>x</a>",
)  # fmt: skip


class Counting(socketserver.ThreadingTCPServer):
    """Notes every connection and what is asked; answers with what it was told to."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.asked: list[str] = []
        self.status, self.headers = status, headers or {}
        super().__init__(("127.0.0.1", 0), _Answer)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Note that somebody came, whether or not anything is asked."""
        self.asked.append(str(client_address))
        super().process_request(request, client_address)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class _Answer(BaseHTTPRequestHandler):
    server: Counting

    def do_POST(self) -> None:
        """Note it and answer."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append(f"{self.command} {self.headers.get('Authorization')}")
        self.send_response(self.server.status)
        for name, value in {"Content-Length": "0", **self.server.headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def do_GET(self) -> None:
        """The same."""
        self.do_POST()

    def log_message(self, *args: object) -> None:
        """Nothing."""


@contextmanager
def counting(**how: Any) -> Iterator[Counting]:
    """Such a server, until the block ends."""
    with Counting(**how) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def server() -> Iterator[Counting]:
    """Nobody is to come to it."""
    with counting() as found:
        yield found
        assert found.asked == []


def addresses(port: int) -> list[str]:
    """This machine by all its names, and what else must not be asked."""
    return [f"http://{host}:{port}/x.png" for host in HOSTS] + list(ELSEWHERE)


@pytest.mark.django_db
def test_pdf_loads_nothing_even_where_it_holds_markup(
    server: Counting, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    secret = tmp_path / "secret.txt"
    secret.write_text("not for anybody")
    some = [f"http://127.0.0.1:{server.port}/x.png", f"file://{secret}"]
    markup = "".join(text.format(address) for address in some for text in MARKUP)
    markup += "".join(MARKUP[0].format(address) for address in addresses(server.port))
    monkeypatch.setattr(onepager, "qr_code", lambda _address: SafeString(markup))
    monkeypatch.setattr(onepager, "_SHARES", (0.1,))  # laid out once
    listing = make.AchievementFactory(solution_en=markup[:5000], summary_en=markup[:400])

    # A page that is longer than it may be is as good: it has been laid out.
    try:
        data = render_pdf(full_listing(listing.pk), site_name="Transfer")
    except RuntimeError:
        data = b""
    assert b"not for anybody" not in data
    assert b"EmbeddedFile" not in data


@pytest.mark.django_db
def test_addresses_in_fields_are_shown_and_not_asked(server: Counting):
    organisation = make.OrganisationFactory()
    owner = make.MemberFactory(organisation=organisation, role="owner").user
    client = Client()
    client.force_login(owner)
    page, kept = reverse("accounts:organisation_detail", args=[organisation.slug]), []
    for address in addresses(server.port):
        try:
            update_organisation(organisation, by=owner, website=address)
        except ValidationError:
            continue
        kept.append(address)
    assert client.get(page).status_code == 200
    assert kept
    assert all(address.startswith(("http://", "ftp://")) for address in kept)


def test_files_are_read_without_asking_for_what_they_name(server: Counting, tmp_path: Path):
    base = f"http://127.0.0.1:{server.port}"
    svg = f"<svg xmlns='http://www.w3.org/2000/svg'><image href='{base}/a.png'/></svg>".encode()
    for name in ("a.svg", "a.png", "a.pdf", "a.docx"):
        with pytest.raises(ValidationError):
            examine(name, svg)
        with pytest.raises(ValidationError):
            clean_logo(ContentFile(svg, name=name))
    outside = relations(("attachedTemplate", base), ("image", base), ("oleObject", base))
    outside = outside.replace("/>", ' TargetMode="External"/>')
    parts = {"[Content_Types].xml": TYPES, "word/document.xml": "<x/>"}
    packed(lambda: parts | {"word/_rels/document.xml.rels": outside})(tmp_path / "a.docx")
    assert examine("a.docx", (tmp_path / "a.docx").read_bytes())

    doctype = f"<!DOCTYPE x SYSTEM '{base}/a.dtd' [<!ENTITY % a SYSTEM '{base}/a'>%a;]>"
    books = {
        "doctype": workbook(f"{doctype}{DATA}{ROW}{REST}"),
        "texts": workbook(sharedStrings=f"{doctype}<sst/>"),
        "link": workbook() | {"xl/_rels/workbook.xml.rels": outside + KIND},
        "sheet": workbook()
        | {"xl/_rels/workbook.xml.rels": relations(("worksheet", base), ("styles", base))},
        "book": workbook() | {"_rels/.rels": relations(("officeDocument", f"{base}/a.xml"))},
        "links": workbook()
        | {"xl/externalLinks/_rels/externalLink1.xml.rels": outside, "xl/externalLinks/a.xml": ""},
    }
    for name, book in books.items():
        path = tmp_path / f"{name}.xlsx"
        packed(lambda book=book: book)(path)
        rows = 0
        with suppress(ValidationError), read_file(path) as source:
            rows = len(list(source.rows))
        assert rows == (1 if name == "links" else 0), name


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_embeddings_are_asked_at_their_address_alone(server: Counting, status: int):
    aim = {"Location": f"http://127.0.0.1:{server.port}/stolen"}
    with counting(status=status, headers=aim) as first:
        embedder = EndpointEmbedder(f"http://127.0.0.1:{first.port}/v1", "model", "the-key")
        with pytest.raises(EmbeddingError):
            embedder.query("a sentence")
        assert first.asked[1:] == ["POST Bearer the-key"]


@pytest.mark.parametrize("address", [each for each in ELSEWHERE if not each.startswith("http")])
def test_embeddings_address_of_another_kind_is_refused(
    monkeypatch: pytest.MonkeyPatch, address: str
):
    monkeypatch.setenv("EMBEDDINGS_URL", address)
    with pytest.raises(env.ConfigurationError):
        env.optional_url("EMBEDDINGS_URL", ("http", "https"))


def test_nothing_else_opens_connections():
    opens = re.compile(
        r"^\s*(?:import|from) (?:urllib\.request|urllib3|http\.client|socket|smtplib|ftplib"
        r"|requests|httpx|aiohttp|weasyprint|poplib|imaplib|telnetlib)\b",
        re.MULTILINE,
    )
    base = Path(site.BASE_DIR)
    files = [
        path
        for package in ("accounts", "achievements", "matching", "deals", "transfer")
        for path in (base / package).rglob("*.py")
        if opens.search(path.read_text())
    ]
    assert {str(path.relative_to(base)) for path in files} == {
        "accounts/antivirus.py",  # to CLAMD_URL
        "accounts/replica_watch.py",  # ends lines to DATABASE_REPLICA_URL
        "accounts/services/delivery.py",  # to the mail server
        "achievements/onepager.py",  # which loads nothing: see above
        "matching/embedding/endpoint.py",  # to EMBEDDINGS_URL
        "transfer/embedded/demo.py",  # whether the site itself is ready
        "transfer/embedded/ports.py",  # which port is free
    }
