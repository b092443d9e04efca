"""The site, a browser, and a window for each person who plays in a story."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from tests.factories.accounts import UserFactory

#: What the browser showed when a step did not go on.
FAILED = Path(settings.VAR) / "story-failed.png"
PASSWORD = UserFactory.password
expect.set_options(timeout=30_000)


def account(name: str, **values: object) -> User:
    """Somebody who has signed up and answered the mail."""
    user = UserFactory(
        name=name, email=f"{name.split(maxsplit=1)[0].lower()}@example.org", **values
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


class Stage:
    """The site, a browser, and a window for each person."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser = browser
        self.address = address

    @contextmanager
    def window(self, *, width: int = 1280, theme: str = "light") -> Iterator[Page]:
        """A fresh visitor's window."""
        context = self.browser.new_context(
            base_url=self.address,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if theme == "dark" else "light",
        )
        page = context.new_page()
        page.set_default_timeout(30_000)
        try:
            yield page
        except Exception:
            page.screenshot(path=FAILED, full_page=True)
            raise
        finally:
            context.close()

    @contextmanager
    def signed_in(self, user: User, *, width: int = 1280) -> Iterator[Page]:
        """The window of somebody who came in through the sign-in page."""
        with self.window(width=width) as page:
            page.goto("/accounts/login/")
            page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).fill(user.email)
            page.get_by_label("Password", exact=True).fill(PASSWORD)
            page.get_by_role("button", name=re.compile("^sign in$", re.IGNORECASE)).click()
            expect(page.get_by_label("Password", exact=True)).to_have_count(0)
            yield page


def next_tuesday() -> date:
    today = timezone.localdate()
    return today + timedelta(days=(1 - today.weekday()) % 7 or 7)


def link_in(message: mail.EmailMessage, path: str) -> str:
    found = re.search(rf"https?://[^/\s]+({path}\S+)", str(message.body))
    assert found is not None
    return found.group(1)
