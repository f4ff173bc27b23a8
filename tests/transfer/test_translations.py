"""English and Chinese are equal: nothing stays untranslated, and the Chinese is well set."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import polib
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_texts
from django.utils.translation import gettext, override

CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES/django.po")
OWN = ("accounts", "achievements", "matching", "deals")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|(?<!%)%[sd](?![\w)])|%%|</?[a-z][^>]*>")
HAN = r"[\u4e00-\u9fff]"

# Sign-in by code, by telephone and by passkey is switched off here.
SIGN_IN = (
    r"^(account/forms|mfa/(?!webauthn|models|apps)|templates/(account/(?!.*(phone|code|passkey|closed"
    r"|email_change|login\.html|signup))|mfa/(?!webauthn|email/webauthn|messages/webauthn)"
    r"|usersessions/))"
)

# What Chinese readers write in Latin letters as well; a language is named in itself.
SAME_IN_CHINESE = {"HTML", "ORCID iD", "TRL %(level)s", "English"}


def po() -> polib.POFile:
    """The Chinese catalogue of this project."""
    return polib.pofile(str(settings.BASE_DIR / CATALOGUE))


def said(entry: polib.POEntry) -> str:
    """The Chinese of an entry; Chinese has one form for every number."""
    return entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr


def keys(catalogue: polib.POFile) -> set[tuple[str | None, str, str]]:
    """What identifies the entries of a catalogue."""
    return {(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in catalogue}


def labels() -> Iterator[tuple[str, object]]:
    """Every name of a model, a field and a choice of this project, with where it stands."""
    for package in OWN:
        for model in apps.get_app_config(package).get_models():
            yield model.__name__, model._meta.verbose_name
            yield model.__name__, model._meta.verbose_name_plural
            for field in model._meta.get_fields():
                if not hasattr(field, "verbose_name") or field.primary_key:
                    continue
                if getattr(field.remote_field, "parent_link", False):
                    continue
                where = f"{model.__name__}.{field.name}"
                # A name Django made of the column's name was never meant for people.
                if str(field.verbose_name) != field.name.replace("_", " "):
                    yield where, field.verbose_name
                if getattr(field, "help_text", ""):
                    yield where, field.help_text
                choices = getattr(field, "choices", None) or []
                base = getattr(field, "base_field", None)
                for _value, label in [*choices, *(getattr(base, "choices", None) or [])]:
                    yield where, label


def test_catalogue_every_text_is_translated() -> None:
    catalogue = po()

    assert [entry.msgid for entry in catalogue if not said(entry)] == []
    assert [entry.msgid for entry in catalogue if entry.fuzzy] == []
    assert [entry.msgid for entry in catalogue.obsolete_entries()] == []


def test_catalogue_placeholders_are_those_of_the_english_text() -> None:
    wrong = [
        entry.msgid
        for entry in po()
        if set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
        != set(PLACEHOLDER.findall(said(entry)))
    ]

    assert wrong == []


@pytest.mark.skipif(not shutil.which("xgettext"), reason="gettext is missing: make gettext")
def test_catalogue_is_up_to_date_with_the_sources(tmp_path: Path) -> None:
    copy = tmp_path / "project"
    skipped = shutil.ignore_patterns("__pycache__", "*.jsonl", "*.csv")
    for name in ("transfer", *reversed(OWN), "templates", "static", "locale"):
        shutil.copytree(settings.BASE_DIR / name, copy / name, ignore=skipped)
    collected = [sys.executable, "-m", "transfer.messages", "collect"]

    subprocess.run(collected, cwd=copy, check=True, capture_output=True, timeout=120)

    fresh = polib.pofile(str(copy / CATALOGUE))
    assert keys(fresh) == keys(po()), "run: make messages"


@pytest.mark.parametrize(
    "mistake",
    [
        pytest.param(f"{HAN}[,;:!?]|[,;:!?]{HAN}", id="half-width punctuation beside Chinese"),
        pytest.param(rf"{HAN}\.(?![\w.])", id="a Latin full stop ends a Chinese sentence"),
        pytest.param(f"{HAN}\\(|\\){HAN}", id="half-width brackets touch Chinese"),
        pytest.param(f"[\"'「」]{HAN}|{HAN}[\"'「」]", id="quotation marks other than “ ”"),
        pytest.param(f"{HAN}[A-Za-z0-9]|[A-Za-z0-9]{HAN}", id="no space beside Latin letters"),
        pytest.param(
            f"{HAN} +{HAN}|[，。：；！？、（）] | [，。：；！？、（）]", id="a space too many"
        ),
        pytest.param(r"\.\.\.|(?<!…)…(?!…)(?=[^\"”}]|$)", id="an ellipsis that is not ……"),
        pytest.param("你|妳", id="你 instead of 您"),
    ],
)
def test_catalogue_chinese_is_set_by_the_rules(mistake: str) -> None:
    filled = [re.sub(r"%\(\w+\)[a-z]", "□", re.sub(r"<[^>]+>", "", said(e))) for e in po()]

    wrong = [text for text in filled if re.search(mistake, text)]

    assert wrong == []


def test_catalogue_chinese_texts_are_not_the_english_ones() -> None:
    same = {entry.msgid for entry in po() if said(entry) == entry.msgid}

    assert same - SAME_IN_CHINESE == set()


def signing_in() -> Iterator[str]:
    """The texts of the pages of sign-in that this site shows, as the library has them."""
    folder = Path(str(files("allauth")))
    for entry in polib.pofile(str(folder / "locale/zh_Hans/LC_MESSAGES/django.po")):
        shown = any(re.search(SIGN_IN, where) for where, _line in entry.occurrences)
        if shown and "sername" not in entry.msgid:  # an address signs in here
            yield entry.msgid


def test_sign_in_english_is_in_sentence_case() -> None:
    with override("en"):
        said_there = [
            re.sub(r"[%{]\(?\w+[)}]s?|<[^>]+>", "", gettext(text)) for text in signing_in()
        ]

    capitals = r"(?<![.!?:,\s-]) +(?!IP\b)[A-Z][a-z]+|\b[Ee]mail"
    assert len(said_there) > 80
    assert [text for text in said_there if re.search(capitals, text.strip())] == []


def test_sign_in_chinese_is_complete_and_speaks_as_the_site_does() -> None:
    with override("zh-hans"):
        said_there = [re.sub(r"%\(\w+\)s|<[^>]+>", "", gettext(text)) for text in signing_in()]
        hints = password_validators_help_texts()

    wrong = r"你|[Ee]mail|帐户|账户|双因素"
    assert [text for text in said_there if not re.search(HAN, text)] == []
    assert [text for text in [*said_there, *hints] if re.search(wrong, text)] == []


def test_models_and_choices_have_chinese_names() -> None:
    with override("zh-hans"):
        latin = {(where, str(label)) for where, label in labels() if not re.search(HAN, str(label))}

    assert {(where, label) for where, label in latin if label not in SAME_IN_CHINESE} == set()
