"""How many places there are: of a series for its dates to come, or of one date for itself.

Who has them is counted in `events.domain.seats`; here is how many there are to be had.
"""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, versions
from core.errors import DomainError
from events import permissions
from events.domain import dates, seats
from events.models import Occurrence, Series


class BadPlaces(DomainError):
    """A date has one place at least, and no more than its roles have together."""

    status = 422


def give_places(*, series: Series, before: int | None, by: User | None, now: datetime) -> None:
    """Give dates to come the places that the series has now; the caller holds the series.

    A date that had another number than the series keeps its own. More places are offered to who
    waits. Nobody is dropped: a date with fewer places than people is full until enough of them
    cancel; the audit line says of each by how many it is over.

    Args:
        series: saved, with its new number; none for no limit.
        before: the number that it had.
        by: who acts; none for the clock.
        now: the present.
    """
    places = series.capacity
    if places == before:
        return
    rows = series.occurrences.filter(ends_at__gt=now, capacity=before).order_by("pk")
    held = list(rows.select_for_update(of=("self",), no_key=True))
    for row in held:
        row.series = series
    held = [row for row in held if row.last_call_at > now]
    if not held and series.status not in Series.PUBLIC_STATUSES:
        return
    to_come = Occurrence.objects.filter(pk__in=[row.pk for row in held])
    to_come.update(capacity=places)
    seats.offer_on_at(to_come, now=now)
    taking_place = [row for row in held if not row.is_cancelled]
    audit.record(
        series,
        "events.places_changed",
        by=by,
        before=before,
        places=places,
        dates=len(taking_place),
        over=[
            (row.local_start.isoformat(timespec="minutes"), row.seats_taken - places)
            for row in sorted(taking_place, key=lambda row: row.starts_at)
            if places is not None and row.seats_taken > places
        ],
    )


def set_places(
    *, occurrence: Occurrence, places: int | None, by: User, now: datetime
) -> Occurrence:
    """Give one date a number of places of its own; asking twice changes nothing.

    From then on it does not follow the series, until it has as many again. More places are offered
    to who waits; with fewer than people nobody is dropped, and it is full until enough cancel.

    Args:
        occurrence: the date.
        places: how many, 1 or more; none for no limit.
        by: who acts.
        now: the present.

    Raises:
        PermissionDenied: if `by` may not edit the series.
        dates.DateIsPast, dates.DateIsCancelled: if nobody can come to it any more.
        BadPlaces: if they are fewer than one, or more than its roles have.
    """
    if not permissions.can_edit(by, occurrence.series):
        raise PermissionDenied
    if places is not None and places < 1:
        raise BadPlaces(_("A date has at least one place. Call it off if nobody can come."))
    with seats.held(occurrence.pk) as row:
        dates.require_to_come(row, now)
        if row.capacity == places:
            return row
        if row.series.slots and (places is None or places > row.series.places_of_slots):
            raise BadPlaces(
                _("The roles of this event have %(n)d places together. Change those for more.")
                % {"n": row.series.places_of_slots}
            )
        before, row.capacity = row.capacity, places
        row.save(update_fields=["capacity"])
        audit.record(row, "events.date_places_changed", by=by, before=before, places=places)
        seats.offer_on(row, now=now)
        versions.bump("events")
    return row
