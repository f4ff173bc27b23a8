"""Typed readers of environment variables that refuse nonsense with one clear line.

Every reader notes the name it was asked for in `KNOWN`; a test compares that list with
`.env.example`, `docker-compose.yml` and `docs/operating.md`.
"""

import os
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured

KNOWN: set[str] = set()
BASE_DIR = Path(__file__).resolve().parent.parent.parent


class ConfigurationError(ImproperlyConfigured, SystemExit):
    """A setting that makes no sense. Left uncaught it ends the process with its one line."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.code = f"transfer: {message}"


def _read(name: str) -> str | None:
    KNOWN.add(name)
    value = os.environ.get(name, "").strip()
    return value or None


def text(name: str, default: str = "") -> str:
    """The variable as it is; empty counts as not set."""
    return _read(name) or default


def secret(name: str, *, least: int) -> str:
    """A secret of at least so many characters, or nothing; never repeated in a message."""
    value = _read(name) or ""
    if value and (len(value) < least or len(set(value)) < 10):
        raise ConfigurationError(
            f"{name} is too short: set it to at least {least} random characters."
        )
    return value


def flag(name: str, *, default: bool) -> bool:
    """A yes-or-no variable: 1, true, yes, on or 0, false, no, off."""
    value = _read(name)
    if value is None:
        return default
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"0", "false", "no", "off"}:
        return False
    raise ConfigurationError(f"{name} is {value!r}: set it to true or false.")


def number(name: str, default: int, *, least: int = 0, most: int = 2**31) -> int:
    """A whole number between `least` and `most`."""
    value = _read(name)
    if value is None:
        return default
    try:
        result = int(value)
    except ValueError:
        result = least - 1
    if not least <= result <= most:
        raise ConfigurationError(
            f"{name} is {value!r}: set it to a whole number from {least} to {most}."
        )
    return result


def choice(name: str, default: str, options: Sequence[str]) -> str:
    """One of the given words."""
    value = _read(name) or default
    if value not in options:
        raise ConfigurationError(f"{name} is {value!r}: set it to one of {', '.join(options)}.")
    return value


def words(name: str, default: Sequence[str] = ()) -> list[str]:
    """A list with commas between its items."""
    value = _read(name)
    if value is None:
        return list(default)
    return [word.strip() for word in value.split(",") if word.strip()]


def days(name: str) -> frozenset[date]:
    """Days with commas between them, such as 2026-10-01,2026-10-02."""
    try:
        return frozenset(date.fromisoformat(word) for word in words(name))
    except ValueError as error:
        raise ConfigurationError(
            f"{name} holds no days: write them as 2026-10-01,2026-10-02 ({error})."
        ) from error


def folder(name: str, default: Path) -> Path:
    """An absolute path of a folder; it need not exist, but a file may not stand there."""
    path = Path(_read(name) or default).expanduser().absolute()
    if path.exists() and not path.is_dir():
        raise ConfigurationError(f"{name} is {str(path)!r}, which is not a folder.")
    return path


def pattern(name: str, default: str, allowed: str, advice: str) -> str:
    """A text that matches the regular expression `allowed`; `advice` ends the refusal."""
    value = _read(name) or default
    if not re.fullmatch(allowed, value):
        raise ConfigurationError(f"{name} is {value!r}: {advice}.")
    return value


def rate(name: str, default: str) -> str:
    """How many requests in which time, such as 120/min."""
    advice = "set it to a number and a time, such as 120/min (sec, min, hour, day)"
    return pattern(name, default, r"[1-9]\d*/(sec|min|hour|day)", advice)


def time_zone(name: str, default: str) -> str:
    """A time zone by its name, such as Asia/Shanghai."""
    value = _read(name) or default
    if value not in available_timezones():
        raise ConfigurationError(f"{name} is {value!r}: set it to a name such as Asia/Shanghai.")
    return value


def optional_url(name: str, schemes: Sequence[str]) -> str:
    """An address, or nothing."""
    return url(name, "", schemes).geturl() if _read(name) else ""


def data_dir() -> Path:
    """The folder of uploads, local servers and logs; by default one the project ignores."""
    return folder("DATA_DIR", BASE_DIR / ".data" / "demo")


def url(name: str, default: str, schemes: Sequence[str]) -> SplitResult:
    """An address with one of the given schemes and a host or a path."""
    value = _read(name) or default
    shown = ", ".join(f"{scheme}://" for scheme in schemes)
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        parts = SplitResult("", "", "", "", "")
    if parts.scheme not in schemes or not (parts.netloc or parts.path.strip("/")):
        # The value may hold a password: it is not repeated.
        raise ConfigurationError(f"{name} is not an address that begins with {shown}.")
    return parts


def origin(name: str, default: str) -> str:
    """The public address of the site without a path, such as https://transfer.example."""
    parts = url(name, default, ("http", "https"))
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigurationError(f"{name} must be a scheme and a host, with no path behind it.")
    return f"{parts.scheme}://{parts.netloc}"


def database(name: str, default: str) -> dict[str, Any]:
    """A Django database entry from `postgresql://user:password@host:port/name?option=value`."""
    parts = url(name, default, ("postgresql", "postgres"))
    database_name = unquote(parts.path.strip("/"))
    if not database_name:
        raise ConfigurationError(f"{name} names no database: end it with /name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def optional_database(name: str) -> dict[str, Any]:
    """The same, or nothing."""
    return database(name, "") if _read(name) else {}


def email(name: str, default: str) -> dict[str, object]:
    """Django's EMAIL_* settings from `smtp://user:password@host:port` (`smtp+tls`, `smtps`)."""
    parts = url(name, default, ("smtp", "smtp+tls", "smtps"))
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    return {
        "EMAIL_HOST": unquote(parts.hostname or "localhost"),
        "EMAIL_PORT": parts.port or ports[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


def redis(name: str, default: str) -> SplitResult:
    """`redis://:password@host:port/number`, `rediss://...` or `unix:///path?db=number`."""
    parts = url(name, default, ("redis", "rediss", "unix"))
    if not _redis_index(parts).isdecimal():
        raise ConfigurationError(f"{name} names no database: end it with a number such as /0.")
    return parts


def _redis_index(parts: SplitResult) -> str:
    if parts.scheme == "unix":
        return dict(parse_qsl(parts.query)).get("db", "0")
    return parts.path.strip("/") or "0"


def redis_database(parts: SplitResult, offset: int) -> str:
    """The same Redis server, the database `offset` after the one that the address names."""
    index = int(_redis_index(parts)) + offset
    if parts.scheme == "unix":
        return parts._replace(query=f"db={index}").geturl()
    return parts._replace(path=f"/{index}").geturl()
