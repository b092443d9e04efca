"""What the CMS tells about companies, passed on to their rules."""

from typing import Any

from django.db.models.signals import post_delete
from wagtail.signals import published, unpublished

from companies.domain import catalogue, profiles
from companies.models import Company


def connect() -> None:
    """Connect every receiver, once."""
    published.connect(_changed, sender=Company)
    unpublished.connect(_changed, sender=Company)
    post_delete.connect(_deleted, sender=Company)


def _changed(instance: Company, **_kwargs: Any) -> None:
    profiles.published(company=instance)


def _deleted(instance: Company, **_kwargs: Any) -> None:
    catalogue.forget(company=instance)
