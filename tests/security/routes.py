"""Every route of the site with its verbs, read from the URL map itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import get_resolver
from django.urls.resolvers import URLResolver

_GROUP = re.compile(r"\(\?P<(\w+)>(?:\[[^\]]*\]|[^()\[\]])*\)")
_CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")
PAGE_VERBS = ("get", "post")


@dataclass(frozen=True)
class Route:
    """A route: its name, its address with ``{names}`` to fill in, and its verbs."""

    name: str
    address: str
    verbs: tuple[str, ...]

    @property
    def is_api(self) -> bool:
        """Whether it is a route of the API, which answers in JSON."""
        return self.address.startswith("/api/v1/")

    @property
    def parts(self) -> list[str]:
        """The names to fill in."""
        return re.findall(r"{(\w+)}", self.address)


def all_routes() -> list[Route]:
    """All of them in the order of the URL map; the API's without those for a suffix of format."""
    found = _walk(get_resolver().url_patterns, "", "")
    return [route for route in found if "{format}" not in route.address]


def _walk(patterns: list[Any], before: str, namespace: str) -> Iterator[Route]:
    for pattern in patterns:
        address = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, address, pattern.namespace or namespace)
            continue
        view = pattern.callback
        name = pattern.name or address
        name = f"{namespace}:{name}" if namespace else name
        actions = getattr(view, "actions", None)
        verbs = tuple(actions) if actions else PAGE_VERBS
        yield Route(name, _filled("/" + address), _offered(view, verbs))


def _offered(view: Any, verbs: tuple[str, ...]) -> tuple[str, ...]:
    """Without the verbs that a viewset leaves out."""
    names = getattr(getattr(view, "cls", None), "http_method_names", verbs)
    return tuple(verb for verb in verbs if verb in names and verb != "head")


def _filled(address: str) -> str:
    address = _CONVERTER.sub(r"{\1}", _GROUP.sub(r"<\1>", address))
    return re.sub(r"[\^$\\]|\\Z", "", address)
