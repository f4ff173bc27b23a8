"""A browser as its user would name it."""

from django import template
from django.utils.translation import gettext as _

register = template.Library()

# By what each says of itself, in this order: most also claim to be Chrome or Safari.
_BROWSERS = (
    ("MicroMessenger/", "WeChat"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@register.filter
def browser_words(user_agent: str) -> str:
    """“Firefox on Windows”; the beginning of the text itself where it names no browser we know."""
    browser = next((name for word, name in _BROWSERS if word in user_agent), "")
    system = next((name for word, name in _SYSTEMS if word in user_agent), "")
    if not browser:
        return user_agent[:90]
    if not system:
        return browser
    return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
