"""To an organization's people: what is wrong with a calendar that is read from elsewhere."""

from collections.abc import Iterable

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils.translation import gettext as _

from events.mail import parts
from events.models import IncomingCalendar


def calendar_broken(calendar: IncomingCalendar, addresses: Iterable[str]) -> EmailMultiAlternatives:
    """To the organization's people: their calendar cannot be read, and why."""
    facts = {"name": str(calendar)[:100], "host": calendar.organization.name}
    path = reverse("events:desk-calendars", args=[calendar.organization.slug])
    subject = _("We cannot read your calendar %(name)s") % facts
    every = [
        _("We tried to read the calendar %(name)s of %(host)s several times:") % facts,
        calendar.problem,
        _("The events that came from it stay as they were. We keep trying, once a day at least."),
        _("Look after it here:") + f" {settings.BASE_URL}{path}",
    ]
    return parts.message(subject, every, bcc=addresses)
