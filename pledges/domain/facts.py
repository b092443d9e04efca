"""What may be said about hours at all, before anybody decides on them."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from companies.models import Company
from core import quantities, times
from core.errors import DomainError
from core.vocabulary import Unit
from organizations.models import Need, Organization
from pledges.models import HoursEntry
from pledges.models.hours import MINUTES_A_DAY

#: Longer ago than this nobody remembers well enough to confirm.
OLDEST = timedelta(days=366)


class ImpossibleHours(DomainError):
    """The facts cannot be: no time, more than a day, an end before the start."""

    status = 422


class InTheFuture(ImpossibleHours):
    """Hours are logged after they were given."""


class TooLongAgo(ImpossibleHours):
    """Hours older than a year are not taken."""


class MoreThanADay(ImpossibleHours):
    """A person's day has 24 hours, whatever the number of entries."""


class WrongOrganization(ImpossibleHours):
    """The organization takes no hours here, or the need is another's or not counted in hours."""


@dataclass(frozen=True)
class Facts:
    """What somebody says about their time; never changed afterwards.

    Args:
        organization: who received it.
        served_on: the local date.
        minutes: how long.
        company: whom the person worked for, if that matters.
        need: the need counted in hours that it helps, if any.
        starts_minute: minutes after local midnight, or none together with `ends_minute`.
        ends_minute: the same for the end; up to 1440.
        leave: own time or paid leave.
        what: what was done, in a few words.
        signup_uuid: the person's own sign-up that it came from, if any.
    """

    organization: Organization
    served_on: date
    minutes: int
    company: Company | None = None
    need: Need | None = None
    starts_minute: int | None = None
    ends_minute: int | None = None
    leave: str = HoursEntry.Leave.OWN_TIME
    what: str = ""
    signup_uuid: UUID | None = None


def require_sense(facts: Facts, *, today: date) -> None:
    """Refuse what cannot be, whoever says it.

    Raises:
        ImpossibleHours: or one of its kinds, with what to change.
    """
    _require_length(facts)
    _require_day(facts.served_on, today=today)
    _require_receiver(facts)


def _require_length(facts: Facts) -> None:
    start, end = facts.starts_minute, facts.ends_minute
    if facts.minutes <= 0:
        raise ImpossibleHours(_("Say how long it was: more than zero."))
    if facts.minutes > MINUTES_A_DAY:
        raise MoreThanADay(day_is_full(facts.served_on))
    if (start is None) != (end is None):
        raise ImpossibleHours(_("Give both the start and the end, or neither."))
    if start is not None and end is not None:
        if not 0 <= start < end <= MINUTES_A_DAY:
            raise ImpossibleHours(
                _("The end must be after the start. Past midnight, log each day by itself.")
            )
        if facts.minutes > end - start:
            raise ImpossibleHours(_("That is longer than the time between start and end."))


def _require_day(served_on: date, *, today: date) -> None:
    if served_on > today:
        raise InTheFuture(_("That day has not come yet. Log hours once they are given."))
    if served_on < today - OLDEST:
        raise TooLongAgo(_("That is more than a year ago, which nobody can confirm any more."))


def _require_receiver(facts: Facts) -> None:
    if facts.organization not in Organization.objects.public():
        raise WrongOrganization(_("This organization takes no hours here now."))
    need = facts.need
    if need is not None and (need.organization != facts.organization or need.unit != Unit.MINUTE):
        raise WrongOrganization(_("That need is not one of this organization’s needs for hours."))


def day_is_full(day: date) -> str:
    """The sentence for a day that cannot hold more."""
    return _("%(day)s would hold more than %(most)s.") % {
        "day": times.day_with_year(day),
        "most": quantities.quantity(MINUTES_A_DAY, Unit.MINUTE),
    }
