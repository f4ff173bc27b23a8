"""The e-mail that a delivery becomes: multipart, in the reader's language, with its headers."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from accounts.models import Delivery, Notification, User
from accounts.services.letters import site_address
from accounts.services.rendering import render_text, told_together

UNSUBSCRIBE_SALT = "accounts.unsubscribe"
MOST_ITEMS = 50  # of a digest; the rest is on the page


def unsubscribe_address(user: User) -> str:
    """The signed address that ends a user's notification e-mails without signing in."""
    token = signing.dumps(user.pk, salt=UNSUBSCRIBE_SALT)
    return site_address(reverse("accounts:unsubscribe", args=[token]))


def unsubscribed_user(token: str) -> User | None:
    """Whose address :func:`unsubscribe_address` made; None for a token that is not ours."""
    try:
        number = signing.loads(token, salt=UNSUBSCRIBE_SALT)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=number).first()


def message_id(delivery: Delivery) -> str:
    """The same for every attempt, so that a repetition can be recognised."""
    return f"<{delivery.pk}@{_host()}>"


def _host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def compose(delivery: Delivery) -> EmailMultiAlternatives | None:
    """The e-mail of a delivery; None when nobody is left to read it."""
    if delivery.recipient is None:
        return _message(delivery, delivery.address, delivery.subject, delivery.text, delivery.html)
    user = delivery.recipient
    rows = list(delivery.notifications.select_related("recipient").order_by("created_at", "pk"))
    if not user.is_active or user.email_rhythm == User.Rhythm.NEVER or not rows:
        return None
    with translation.override(user.language), timezone.override(user.time_zone):
        return _notification_message(delivery, user, rows)


def _notification_message(
    delivery: Delivery, user: User, rows: list[Notification]
) -> EmailMultiAlternatives:
    shown = rows[:MOST_ITEMS]
    groups = told_together(shown)
    unsubscribe = unsubscribe_address(user)
    context = {
        "several": len(rows) > 1,
        "groups": [
            {"body": group[0][1].body, "lines": [(told.title, _link(row)) for row, told in group]}
            for group in groups
        ],
        "more": len(rows) - len(shown),
        "user": user,
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "language": user.language,
        "list_address": site_address(reverse("accounts:notification_list")),
        "preferences": site_address(reverse("accounts:preferences")),
        "unsubscribe": unsubscribe,
    }
    several = ngettext(
        "%(count)s new notification on %(site)s",
        "%(count)s new notifications on %(site)s",
        len(rows),
    ) % {"count": len(rows), "site": settings.SITE_NAME}
    subject = groups[0][0][1].title if len(rows) == 1 else several
    context["heading"] = subject
    return _message(
        delivery,
        user.email,
        subject,
        render_text("emails/notifications.txt", context),
        render_to_string("emails/notifications.html", context),
        {
            "List-Unsubscribe": f"<{unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-Id": f"<notifications.{_host()}>",
        },
    )


def _link(row: Notification) -> str:
    return site_address(reverse("accounts:notification_open", args=[row.pk]))


def _message(
    delivery: Delivery,
    address: str,
    subject: str,
    text: str,
    html: str,
    headers: dict[str, str] | None = None,
) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[address],
        headers={
            "Message-ID": message_id(delivery),
            "Auto-Submitted": "auto-generated",
            **(headers or {}),
        },
    )
    if html:
        message.attach_alternative(html, "text/html")
    return message
