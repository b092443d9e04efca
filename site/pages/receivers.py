"""What the CMS tells about this app's pages, links and files, passed on to their rules."""

from typing import Any

from django.db.models import Model
from django.db.models.signals import post_delete, post_save, pre_delete
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Page, Site
from wagtail.signals import page_published, page_slug_changed, page_unpublished, post_page_move

from pages.domain import publishing
from pages.models import Navigation, NavigationItem, PublicPage


def connect() -> None:
    """Connect every receiver, once."""
    page_published.connect(_published)
    page_unpublished.connect(_unpublished)
    page_slug_changed.connect(_readdressed)
    post_page_move.connect(_readdressed)
    pre_delete.connect(_deleted)
    for model in (Navigation, NavigationItem, Site):
        post_save.connect(_links_changed, sender=model)
        post_delete.connect(_links_changed, sender=model)
    for model in (Document, Image):
        post_save.connect(_files_changed, sender=model)
        post_delete.connect(_files_changed, sender=model)


def _published(instance: Page, **_kwargs: Any) -> None:
    publishing.published(page=instance)


def _unpublished(instance: Page, **_kwargs: Any) -> None:
    publishing.unpublished(page=instance)


def _readdressed(instance: Page, **_kwargs: Any) -> None:
    publishing.readdressed(page=instance)


def _deleted(sender: type[Model], instance: Any, **_kwargs: Any) -> None:
    if issubclass(sender, PublicPage):
        publishing.unpublished(page=instance)


def _links_changed(**_kwargs: Any) -> None:
    publishing.links_changed()


def _files_changed(**_kwargs: Any) -> None:
    publishing.files_changed()
