"""What the CMS tells about series, passed on to their rules.

Wagtail publishes, hides and deletes through its own views; these keep status, dates, calendar
text and search in step. Each is a door: it knows the clock and who is signed in.
"""

from typing import Any

from django.db.models.signals import post_delete
from django.utils import timezone
from wagtail.log_actions import get_active_log_context
from wagtail.signals import published, unpublished

from accounts.models import User
from events.domain import catalogue
from events.domain import series as lifecycle
from events.models import Series


def connect() -> None:
    """Connect every receiver, once."""
    published.connect(_published, sender=Series)
    unpublished.connect(_unpublished, sender=Series)
    post_delete.connect(_deleted, sender=Series)


def _acting() -> User | None:
    user = get_active_log_context().user
    return user if isinstance(user, User) else None


def _published(instance: Series, **_kwargs: Any) -> None:
    lifecycle.published_in_cms(series=instance, by=_acting(), now=timezone.now())


def _unpublished(instance: Series, **_kwargs: Any) -> None:
    lifecycle.hidden_in_cms(series=instance, now=timezone.now())


def _deleted(instance: Series, **_kwargs: Any) -> None:
    catalogue.forget(instance)
