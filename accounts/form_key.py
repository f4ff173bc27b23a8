"""The key of a form: one for each time the form is shown, so that it can be handled once."""

import re
import uuid
from functools import cached_property

from django.http import HttpRequest
from django.utils.html import format_html, html_safe

FIELD = "form_key"
_KEY = re.compile(r"[0-9a-f]{32}")


def is_form_key(word: str) -> bool:
    """Could this be a key of ours?"""
    return _KEY.fullmatch(word) is not None


@html_safe
class FormKey:
    """The hidden field. A form that is shown again with what is wrong in it keeps its key."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def value(self) -> str:
        """The key that came with the form, else a new one."""
        sent = self.request.POST.get(FIELD, "") if self.request.method == "POST" else ""
        return sent if is_form_key(sent) else uuid.uuid4().hex

    def __str__(self) -> str:
        """The field as HTML."""
        return format_html('<input type="hidden" name="{}" value="{}">', FIELD, self.value)
