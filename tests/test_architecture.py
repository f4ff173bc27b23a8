"""The shape of the code: arrows, docstrings, migrations, sizes. Fails when a rule is forgotten."""

import ast
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("accounts", "achievements", "matching", "deals", "transfer")
LONG, TOO_LONG = 300, 400


def modules() -> list[Path]:
    """Every module of ours, migrations left out."""
    paths = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return [path for path in paths if "migrations" not in path.parts]


def test_imports_point_one_way(monkeypatch: pytest.MonkeyPatch):
    # It would switch off every logger there is, for all tests that follow in this process.
    monkeypatch.setattr("importlinter.cli._configure_logging", lambda _verbose: None)

    assert lint_imports(str(ROOT / "pyproject.toml"), no_logo=True) == 0


def _base_names(node: ast.ClassDef) -> set[str]:
    return {ast.unparse(base).split("[")[0].split(".")[-1] for base in node.bases}


def _undocumented(tree: ast.Module) -> Iterator[str]:
    if not ast.get_docstring(tree) and tree.body:
        yield "the module"
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            yield node.name
        if isinstance(node, ast.ClassDef) and (
            node.name.endswith("QuerySet") or any(b.endswith("QuerySet") for b in _base_names(node))
        ):
            for method in node.body:
                if (
                    isinstance(method, ast.FunctionDef)
                    and not method.name.startswith("_")
                    and not ast.get_docstring(method)
                ):
                    yield f"{node.name}.{method.name}"


@pytest.mark.parametrize("package", PACKAGES)
def test_public_names_have_docstrings(package: str):
    missing = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules()
        if path.relative_to(ROOT).parts[0] == package
        for name in _undocumented(ast.parse(path.read_text("utf-8")))
    ]

    assert missing == []


def test_undocumented_function_and_query_are_found():
    tree = ast.parse(
        '"""Module."""\n'
        "def bare(): ...\n"
        'class RowQuerySet(QuerySet):\n    """Rows."""\n    def open(self): ...\n'
        "def _private(): ...\n"
    )

    assert list(_undocumented(tree)) == ["bare", "RowQuerySet.open"]


@pytest.mark.django_db
def test_models_need_no_further_migration():
    call_command("makemigrations", check=True, dry_run=True, verbosity=1)


def test_modules_stay_readable():
    lines = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in modules()
    }
    for name, count in lines.items():
        if LONG < count <= TOO_LONG:
            warnings.warn(f"{name} has {count} lines: split it soon", stacklevel=1)

    assert {name: count for name, count in lines.items() if count > TOO_LONG} == {}


def test_transfer_holds_no_models():
    assert [model for model in apps.get_models() if model.__module__.startswith("transfer.")] == []


def test_requirements_are_hashed_and_name_no_address():
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text("utf-8")
        pins = [line for line in text.splitlines() if "==" in line and not line.startswith(" ")]

        assert pins
        assert all(line.endswith("\\") for line in pins), f"{name}: a pin without hashes"
        assert "://" not in text
