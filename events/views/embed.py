"""An organization's next dates as a page for other people's sites: no script, no cookie."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.csp import CSP
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from core.shared_pages import CLOCK, shared_page
from events.models import Occurrence
from organizations.models import Organization

#: Dates that the frame shows.
SHOWN = 6
#: Pixels; the frame scrolls where they are not enough.
HEIGHT = 480
#: Whoever wants to may frame it; it can run, send and load nothing but our own look.
POLICY: dict[str, list[str]] = {
    "default-src": [CSP.NONE],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.NONE],
    "object-src": [CSP.NONE],
    "frame-ancestors": ["*"],
}


@dataclass(frozen=True)
class Snippets:
    """What an organization copies into its own site."""

    #: Works everywhere.
    frame: str
    #: The same by a small script, where frames are a bother to write.
    element: str


@require_safe
@csp_override(POLICY)
@xframe_options_exempt
@shared_page("events", "event-dates", "organizations", CLOCK)
def next_events(request: HttpRequest, slug: str) -> HttpResponse:
    """The next dates, each a link that opens outside the frame."""
    host = get_object_or_404(Organization.objects.public(), slug=slug)
    rows = Occurrence.objects.upcoming(now=timezone.now()).filter(series__organization=host)
    context = {"host": host, "occurrences": rows.for_cards()[:SHOWN], "site": settings.BASE_URL}
    return render(request, "events/embed.html", context)


def snippets(host: Organization) -> Snippets:
    """The lines to copy."""
    path = reverse("events:embed", args=[host.slug])
    title = _("Next events of %(host)s") % {"host": host.name}
    return Snippets(
        frame=format_html(
            '<iframe src="{}{}" title="{}" width="100%" height="{}" loading="lazy"></iframe>',
            settings.BASE_URL,
            path,
            title,
            HEIGHT,
        ),
        element=format_html(
            '<script src="{}{}js/tech-la-events.js" defer></script>\n'
            '<tech-la-events organization="{}" label="{}"></tech-la-events>',
            settings.BASE_URL,
            settings.STATIC_URL,
            host.slug,
            title,
        ),
    )
