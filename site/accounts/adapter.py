"""Where allauth meets the house: names, and mails through the outbox."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.forms import BaseForm
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.domain import letters, people

#: The mails with a code for an account that exists; all others may be set off by strangers.
CODES = frozenset({"account/email/login_code", "account/email/email_confirmation"})


class AccountAdapter(DefaultAccountAdapter):
    """Our answers to the questions that allauth asks."""

    def save_user(
        self,
        request: HttpRequest,
        user: AbstractBaseUser,
        form: BaseForm,
        commit: bool = True,  # noqa: FBT001, FBT002  (allauth's own signature)
    ) -> Any:
        """Keep the name that the person gave, and make the user name from it."""
        name = form.cleaned_data.get("name", "")
        vars(user)["name"] = name
        vars(user)["username"] = people.username_for(name)
        return super().save_user(request, user, form, commit=commit)

    def populate_username(self, request: HttpRequest, user: AbstractBaseUser) -> None:  # noqa: ARG002
        """Nobody types a user name here."""
        name = vars(user).get("name", "")
        vars(user)["username"] = people.username_for(name)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Compose now, for the words need the request; deliver by the worker."""
        facts = {
            **context,
            "email": email,
            "site_name": settings.SITE_NAME,
            "base_url": settings.BASE_URL,
        }
        subject = " ".join(render_to_string(f"{template_prefix}_subject.txt", facts).split())
        text = render_to_string(f"{template_prefix}_message.txt", facts).strip() + "\n"
        html = render_to_string(
            "emails/letter.html",
            {**facts, "subject": subject, "paragraphs": text.strip().split("\n\n")},
        )
        letters.post(
            to=email,
            subject=subject,
            text=text,
            html=html,
            is_code=template_prefix in CODES,
            now=timezone.now(),
        )
