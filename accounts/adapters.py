"""How django-allauth behaves here."""

from types import SimpleNamespace
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailConfirmation
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import get_random_string

from accounts.cookies import remember_language
from accounts.models import User
from accounts.services.letters import queue_text, site_address
from accounts.text import plain_address


class AccountAdapter(DefaultAccountAdapter):
    """Letters go through the outbox, in the reader's language, with addresses of our own.

    Through the outbox: a request takes equally long whether or not an address has an account, and
    a mail server that is away delays the letter instead of failing the page. Own addresses: a
    forged Host header never ends up in a letter. The site is called by its name, never by its host.
    """

    def clean_email(self, email: str) -> str:
        """The address in the one shape in which addresses are kept and compared."""
        return plain_address(super().clean_email(email))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write one of allauth's letters into the outbox."""
        user = context.get("user")
        language = user.language if isinstance(user, User) else translation.get_language()
        site = SimpleNamespace(name=settings.SITE_NAME, domain=settings.SITE_NAME)
        own = {"request": self.request, "email": email, "current_site": site}
        with translation.override(language):
            message = self.render_mail(template_prefix, email, {**own, **context})
            queue_text(address=email, subject=message.subject, text=str(message.body).strip())

    def get_email_confirmation_url(
        self, request: HttpRequest, emailconfirmation: EmailConfirmation
    ) -> str:
        """The link that confirms an address."""
        return site_address(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link that resets a password."""
        number, _, secret = key.partition("-")
        arguments = {"uidb36": number, "key": secret}
        return site_address(reverse("account_reset_password_from_key", kwargs=arguments))

    def send_account_already_exists_mail(self, email: str) -> None:
        """What somebody gets who signs up with an address that has an account.

        Making an account would hash a password, which takes longer than all the rest; so does this.
        """
        make_password(get_random_string(20))
        links = {
            "signup_url": site_address(reverse("account_signup")),
            "password_reset_url": site_address(reverse("account_reset_password")),
        }
        self.send_mail("account/email/account_already_exists", email, links)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Show the pages in the user's own language from now on."""
        with translation.override(user.language):
            response = super().post_login(request, user, **kwargs)
        remember_language(response, user.language)
        return response
