"""Settings, `.env.example`, compose and the operating page agree, and nonsense is refused."""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.conf import settings
from django.core import signing
from django.db import connection
from django.utils import timezone
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import AuthenticationError
from redis.retry import Retry

from achievements.models import Listing
from tests.factories import PASSWORD, AchievementFactory, UserFactory
from tests.faults.calling import wait_until
from tests.site import READY_SECONDS, Site
from transfer.embedded.ports import free_port
from transfer.embedded.valkey import binary
from transfer.settings import env

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_ONLY = {
    "POSTGRES_PASSWORD",
    "POSTGRES_SHARED_BUFFERS",
    "VALKEY_PASSWORD",
    "PUBLISHED_PORT",
}
GUNICORN = {"WEB_CONCURRENCY"}  # read in gunicorn.conf.py
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "transfer.settings.production",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "DATABASE_URL": "postgresql://user@127.0.0.1:1/name",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "EMAIL_URL": "smtp://127.0.0.1:1",
    "SITE_URL": "https://transfer.example",
    "ALLOWED_HOSTS": "transfer.example",
}


def known() -> set[str]:
    """Every variable that the settings read."""
    return env.KNOWN | GUNICORN


def compose() -> dict[str, Any]:
    """docker-compose.yml as docker reads it."""
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))


def test_env_example_names_every_variable_and_no_other():
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    names = [line.partition("=")[0] for line in lines if line and not line.startswith("#")]

    assert sorted(names) == sorted(known() | COMPOSE_ONLY)


def test_compose_hands_every_variable_to_each_process():
    services = compose()["services"]

    for name in ("migrate", "web", "worker", "sweep"):
        assert set(services[name]["environment"]) == known() | {"DJANGO_SETTINGS_MODULE"}, name


def test_compose_reads_only_variables_of_env_example():
    text = (ROOT / "docker-compose.yml").read_text("utf-8")

    assert set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", text)) == known() | COMPOSE_ONLY


def test_env_example_leaves_to_compose_what_compose_sets_otherwise():
    lines = (ROOT / ".env.example").read_text("utf-8").splitlines()
    values = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    defaults = dict(re.findall(r"\$\{([A-Z_]+):-([^${}]+)\}", text))

    assert {name for name in defaults if values[name] not in ("", defaults[name])} == set()


def test_link_of_a_former_secret_key_holds_as_long_as_it_is_named():
    former = secrets.token_urlsafe(64)
    token = signing.dumps(7, key=former, salt="test")
    ask = (
        "import django; django.setup(); from django.core import signing;"
        f"print(signing.loads({token!r}, salt='test'))"
    )
    named, left_out = (
        subprocess.run(
            [sys.executable, "-c", ask],
            env={"PATH": os.environ["PATH"], **PRODUCTION, "SECRET_KEY_FALLBACKS": keys},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        for keys in (f"{secrets.token_urlsafe(64)},{former}", "")
    )

    assert named.stdout == "7\n", named.stderr
    assert "BadSignature" in left_out.stderr


def test_operating_page_lists_every_variable_and_no_other():
    text = (ROOT / "docs" / "operating.md").read_text("utf-8")
    listed = re.findall(r"^\| `([A-Z_]+)`", text, re.MULTILINE)

    assert sorted(listed) == sorted(known())
    assert all(f"`{name}`" in text for name in COMPOSE_ONLY)


def test_compose_services_watch_their_health_and_keep_their_data():
    services = compose()["services"]

    assert set(services) == {"migrate", "web", "worker", "sweep", "postgres", "valkey"}
    for name, service in services.items():
        assert name == "migrate" or service["healthcheck"]["test"], name
    assert set(compose()["volumes"]) == {"data", "postgres", "valkey"}
    assert {services[name]["image"] for name in ("web", "worker", "sweep")} == {"transfer"}


def test_image_runs_as_an_ordinary_user():
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()

    assert [line for line in lines if line.startswith("USER")] == ["USER 10001"]


def _start(**changes: str | None) -> subprocess.CompletedProcess[str]:
    """Read the production settings in a process of their own."""
    variables = {**PRODUCTION, "PATH": os.environ["PATH"], **changes}
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={name: value for name, value in variables.items() if value is not None},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.django_db
def test_production_cookies_are_the_hosts_own(settings, client):
    """Browsers take a __Host- cookie from this host alone: Secure, for every path, no domain."""
    names = ("SESSION_COOKIE", "CSRF_COOKIE")
    read = "import json; from django.conf import settings as s; print(json.dumps({"
    read += f"n: getattr(s, n) for n in dir(s) if n.startswith({names})" + "}))"
    said = subprocess.run(
        [sys.executable, "-c", read],
        env={**PRODUCTION, "PATH": os.environ["PATH"]},
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name, value in json.loads(said.stdout).items():
        setattr(settings, name, value)

    client.get("/accounts/login/", secure=True)
    given = {"login": UserFactory().email, "password": PASSWORD}
    assert client.post("/accounts/login/", given, secure=True).status_code == 302

    assert {"__Host-session", "__Host-csrf"} <= set(client.cookies)
    assert not {"sessionid", "csrftoken"} & set(client.cookies)
    for name in ("__Host-session", "__Host-csrf"):
        cookie = client.cookies[name]
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
        assert (cookie["path"], cookie["domain"]) == ("/", "")


def test_production_settings_complete_start():
    result = _start()

    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", None),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 60),
        ("SECRET_KEY", settings.INSECURE_SECRET_KEY),
        ("DEBUG", "true"),
        ("DEBUG", "perhaps"),
        ("DATABASE_URL", None),
        ("DATABASE_URL", "mysql://user:hunter2@host/name"),
        ("DATABASE_REPLICA_URL", "mysql://user:hunter2@host/name"),
        ("DATABASE_URL", "postgresql://user:hunter2@host"),
        ("DATABASE_URL", "postgresql://user:hunter2@host:port/name"),
        ("REDIS_URL", None),
        ("REDIS_URL", "redis://:hunter2@host/first"),
        ("EMAIL_URL", "localhost:25"),
        ("SITE_URL", "http://transfer.example"),
        ("SITE_URL", "https://transfer.example/path"),
        ("ALLOWED_HOSTS", None),
        ("SWEEP_SECONDS", "0"),
        ("SWEEP_SECONDS", "soon"),
        ("MAX_UPLOAD_MB", "-1"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("API_RATE_USER", "many"),
        ("LOG_FORMAT", "xml"),
        ("TRUSTED_PROXIES", "1.5"),
        ("EMBEDDINGS_URL", "ftp://host"),
        ("DATA_DIR", __file__),
    ],
)
def test_nonsense_ends_the_start_with_one_line_that_names_it(name: str, value: str | None):
    result = _start(**{name: value})

    assert result.returncode == 1
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith(f"transfer: {name} ")
    assert "hunter2" not in result.stderr, "a password was shown"


@pytest.mark.parametrize("program", ["gunicorn", "celery"])
def test_nonsense_ends_servers_too(program: str):
    command = {
        "gunicorn": ["-m", "gunicorn", "--bind", f"127.0.0.1:{free_port()}"],
        "celery": ["-m", "celery", "--app", "transfer.celery", "worker"],
    }[program]

    result = subprocess.run(
        [sys.executable, *command],
        env={**PRODUCTION, "PATH": os.environ["PATH"], "SECRET_KEY": "short"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )

    assert result.returncode != 0
    assert "transfer: SECRET_KEY is missing, short or a default" in result.stderr
    assert "Traceback" not in result.stderr


def _substituted(value: object, variables: dict[str, str]) -> str:
    """A value of compose with `${NAME:-default}` and `${NAME:?message}` filled in."""
    text = str(value)
    inner = re.compile(r"\$\{([A-Z_]+)(?::([-?])([^${}]*))?\}")
    while match := inner.search(text):
        name, kind, default = match.groups()
        given = variables.get(name, "")
        if not given and kind == "?":
            raise KeyError(name)
        text = text[: match.start()] + (given or default or "") + text[match.end() :]
    return text.replace("$$", "$")


def _get(url: str, **headers: str) -> tuple[int, dict[str, str], str]:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - our own address
    opener = urllib.request.build_opener(_KeepRedirect)
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as answer:
        return answer.code, dict(answer.headers), answer.read().decode()


class _KeepRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


@pytest.fixture
def composed(site: Site) -> Site:
    """A site whose processes get compose's environment, on the servers of this test."""
    service = compose()["services"]["web"]
    variables = {
        **{name: value for name, value in PRODUCTION.items() if name != "DJANGO_SETTINGS_MODULE"},
        "DATABASE_URL": site.env["DATABASE_URL"],
        "REDIS_URL": site.env["REDIS_URL"],
        "DATA_DIR": str(site.folder),
        "STATIC_ROOT": str(site.folder / "static"),
        "POSTGRES_PASSWORD": "unused",
        "VALKEY_PASSWORD": "unused",
    }
    site.env = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        **{name: _substituted(value, variables) for name, value in service["environment"].items()},
    }
    return site


def test_compose_without_own_servers_reaches_those_of_compose():
    environment = compose()["services"]["web"]["environment"]
    variables = {"POSTGRES_PASSWORD": "pgword", "VALKEY_PASSWORD": "vkword"}

    database = urlsplit(_substituted(environment["DATABASE_URL"], variables))
    broker = urlsplit(_substituted(environment["REDIS_URL"], variables))

    assert (database.hostname, database.password, database.path) == (
        "postgres",
        "pgword",
        "/transfer",
    )
    assert (broker.hostname, broker.password, broker.port) == ("valkey", "vkword", 6379)


def test_compose_commands_serve_a_production_site(composed: Site):
    services = compose()["services"]
    composed.env["PYTHONPATH"] = str(ROOT)
    collected = subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
        # Without compression, which takes a minute and changes no address.
        env={**composed.env, "DJANGO_SETTINGS_MODULE": "tests.transfer.uncompressed_settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert collected.returncode == 0, collected.stderr
    bind = f"127.0.0.1:{composed.port}"
    web = [word.replace("0.0.0.0:8000", bind) for word in services["web"]["command"]]
    command = shutil.which(web[0], path=composed.env["PATH"])
    assert command is not None

    composed.start_program("web", command, *web[1:])
    composed.wait_for_web()
    secure = {"Host": "transfer.example", "X-Forwarded-Proto": "https"}
    plain_status, plain_headers, _ = _get(f"{composed.url}/", Host="transfer.example")
    status, headers, body = _get(f"{composed.url}/accounts/login/", **secure)
    wrong_status, _, _ = _get(f"{composed.url}/", **{**secure, "Host": "evil.example"})
    health = services["web"]["healthcheck"]["test"][1:]
    healthy = subprocess.run(
        [word.replace("127.0.0.1:8000", bind) for word in health], env=composed.env, check=False
    )

    assert (plain_status, plain_headers["Location"]) == (301, "https://transfer.example/")
    assert status == 200, body
    assert "max-age=31536000" in headers["Strict-Transport-Security"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert "__Host-csrf=" in headers["Set-Cookie"]
    assert "Secure" in headers["Set-Cookie"]
    assert wrong_status == 400
    assert healthy.returncode == 0


def test_compose_worker_and_sweep_commands_run(composed: Site):
    listing = AchievementFactory(expires_at=timezone.now() - timedelta(days=1))
    services = compose()["services"]
    for name in ("worker", "sweep"):
        command = shutil.which(services[name]["command"][0], path=composed.env["PATH"])
        assert command is not None
        composed.start_program(name, command, *services[name]["command"][1:])
    composed.wait_for_worker()
    expired = Listing.objects.filter(pk=listing.pk, state=Listing.State.EXPIRED)
    wait_until(expired.exists, READY_SECONDS, "the sweep has ended what is over")

    assert composed.running["sweep"].poll() is None, composed.log("sweep").read_text("utf-8")


def test_compose_valkey_command_asks_for_the_password_and_keeps_messages(tmp_path: Path):
    words = [
        _substituted(word, {"VALKEY_PASSWORD": "vkword"})
        for word in compose()["services"]["valkey"]["command"]
    ]
    port = free_port()

    with subprocess.Popen(
        [str(binary()), *words[1:], "--port", str(port), "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    ) as server:
        try:
            with Redis(
                port=port, password="vkword", retry=Retry(ConstantBackoff(0.1), 50)
            ) as client:
                client.set("kept", 1)
                settings_kept = client.config_get("appendonly", "maxmemory-policy", "save")
            with Redis(port=port) as stranger, pytest.raises(AuthenticationError):
                stranger.ping()
        finally:
            server.terminate()

    assert words[0] == "valkey-server"
    assert settings_kept == {"appendonly": "yes", "maxmemory-policy": "noeviction", "save": ""}
    assert list(tmp_path.glob("appendonlydir/*"))


@pytest.mark.django_db
def test_compose_postgres_runs_with_the_settings_that_are_tested_here():
    words = compose()["services"]["postgres"]["command"]
    chosen = dict(pair.split("=", 1) for pair in words[2::2])
    chosen.pop("shared_buffers")

    assert words[0] == "postgres"
    assert set(words[1::2]) == {"-c"}
    with connection.cursor() as cursor:
        for name, value in chosen.items():
            cursor.execute("SELECT current_setting(%s)", [name])
            assert (name, cursor.fetchone()[0]) == (name, value)
