"""Every address that a template names exists: `{% url … as u %}` would hide a wrong one."""

import re
from pathlib import Path

import pytest
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
NAMED = re.compile(r"{%-?\s*url\s+[\"']([\w:-]+)[\"']")


def route_names(resolver: URLResolver, prefix: str = "") -> set[str]:
    """All names that `{% url %}` can reverse."""
    names = set()
    for one in resolver.url_patterns:
        if isinstance(one, URLPattern):
            names.add(f"{prefix}{one.name}")
        else:
            inner = f"{prefix}{one.namespace}:" if one.namespace else prefix
            names |= route_names(one, inner)
    return names


def test_templates_name_only_addresses_that_exist() -> None:
    named = {
        (name, path.name)
        for path in TEMPLATES.rglob("*.html")
        for name in NAMED.findall(path.read_text())
    }
    known = route_names(get_resolver())

    assert len(named) > 50
    assert {pair for pair in named if pair[0] not in known} == set()


@pytest.mark.django_db
def test_footer_leads_to_the_api_documentation(client) -> None:
    assert 'href="/api/v1/docs/"' in client.get("/").text
