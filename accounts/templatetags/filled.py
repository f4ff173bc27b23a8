"""How many filters of a list are set."""

from django import template
from django.forms import BaseForm

register = template.Library()


@register.filter
def filled(form: BaseForm, names: str) -> int:
    """How many of the fields ``names`` (commas between them) hold a value, right or wrong."""
    return sum(form[name].value() not in (None, "", [], ()) for name in names.split(","))
