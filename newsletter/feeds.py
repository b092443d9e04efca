"""The digest for feed readers."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from core.shared_pages import shared_page
from newsletter.models import Digest

MOST = 30


class DigestFeed(Feed[Digest, Any]):
    """The latest issues, as Atom (RFC 4287)."""

    feed_type = Atom1Feed
    title = _("The Monday digest")
    subtitle = _("What STEM organizations in Los Angeles need, and who helps.")
    link = reverse_lazy("newsletter:subscribe")

    def items(self) -> list[Digest]:
        """Issues that went out, newest first."""
        return list(Digest.objects.published().prefetch_related("items")[:MOST])

    def item_title(self, item: Any) -> str:
        """What stood in the subject line."""
        return str(item.subject)

    def item_description(self, item: Any) -> str:
        """The introduction, and the titles of what is in it."""
        titles = [line.title for line in item.items.all() if not line.is_left_out]
        return " · ".join([*([item.intro] if item.intro else []), *titles])

    def item_pubdate(self, item: Any) -> datetime | None:
        """When it went out."""
        sent: datetime | None = item.sent_at
        return sent

    item_updateddate = item_pubdate

    def item_guid(self, item: Any) -> str:
        """Its public address, which never changes."""
        return f"{settings.BASE_URL}{item.get_absolute_url()}"


@require_safe
@shared_page("newsletter")
def feed(request: HttpRequest) -> HttpResponse:
    """The feed, unchanged until the next issue goes out."""
    return DigestFeed()(request)
