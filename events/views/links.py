"""The ways into somebody's calendar: subscribe, or add one date."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from events.models import Occurrence


@dataclass(frozen=True)
class Link:
    """One line of the menu."""

    label: str
    url: str


def subscription_links(path: str, query: str) -> list[Link]:
    """Subscribe to a feed: the calendar then follows every change by itself."""
    url = f"{settings.BASE_URL}{path}" + (f"?{query}" if query else "")
    webcal = "webcal://" + url.partition("://")[2]
    return [
        Link(_("Apple Calendar or Outlook"), webcal),
        Link(
            _("Google Calendar"),
            "https://calendar.google.com/calendar/r?cid=" + quote(webcal, safe=""),
        ),
        Link(
            _("Outlook on the web"),
            "https://outlook.live.com/calendar/0/addfromweb?" + urlencode({"url": url}),
        ),
        Link(_("Download the file"), url),
    ]


def calendar_links(occurrence: Occurrence) -> list[Link]:
    """Add one date, or follow its series."""
    series = occurrence.series
    page = settings.BASE_URL + occurrence.get_absolute_url()
    where = ", ".join(part for part in (series.place_name, series.address) if part)
    feed = settings.BASE_URL + reverse("events:series-feed", args=[series.slug])
    google = {
        "action": "TEMPLATE",
        "text": series.title,
        "dates": "/".join(_google(occurrence)),
        "ctz": series.time_zone,
        "details": page,
        "location": where,
    }
    outlook = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": series.title,
        **_outlook(occurrence),
        "body": page,
        "location": where,
    }
    return [
        Link(_("Apple Calendar or Outlook"), "webcal://" + feed.partition("://")[2]),
        Link(
            _("Google Calendar"), f"https://calendar.google.com/calendar/render?{urlencode(google)}"
        ),
        Link(
            _("Outlook on the web"),
            f"https://outlook.live.com/calendar/0/deeplink/compose?{urlencode(outlook)}",
        ),
        Link(_("Download the file"), feed),
    ]


def _google(occurrence: Occurrence) -> tuple[str, str]:
    """Start and end; of whole days the first and the day after the last."""
    if occurrence.series.is_all_day:
        return f"{occurrence.local_start:%Y%m%d}", f"{occurrence.local_end:%Y%m%d}"
    return _utc(occurrence.starts_at), _utc(occurrence.ends_at)


def _outlook(occurrence: Occurrence) -> dict[str, str]:
    if occurrence.series.is_all_day:
        start, end = occurrence.local_start.date(), occurrence.local_end.date()
        return {"allday": "true", "startdt": start.isoformat(), "enddt": end.isoformat()}
    return {
        "startdt": occurrence.starts_at.astimezone(UTC).isoformat(),
        "enddt": occurrence.ends_at.astimezone(UTC).isoformat(),
    }


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
