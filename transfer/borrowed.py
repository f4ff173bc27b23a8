"""Texts of libraries that our users read and that the library does not say in Chinese, or not well.

The sources of libraries are not searched for texts, and a catalogue keeps only what is found in
sources; so they are named here, and `locale/` translates them. Ours win over those of a library.
Nothing imports this module. A text that a library no longer uses can go.
"""

from django.utils.translation import gettext_noop, ngettext_lazy

DJANGO = (
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
    ),
    gettext_noop("%(model)s instance with %(field)s %(value)r is not a valid choice."),
)

# django-filter has a catalogue for zh-CN only, which Django does not look for.
DJANGO_FILTER = (
    gettext_noop("%s (descending)"),
    gettext_noop("Multiple values may be separated by commas."),
    gettext_noop("Range query expects two values."),
)

REST_FRAMEWORK = (
    gettext_noop("A valid biginteger is required."),
    gettext_noop("Integer value too large to convert to float"),
)
