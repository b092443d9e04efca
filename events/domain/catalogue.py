"""What the public sees of events: rows for dates, calendar texts, search, the list's version.

Whatever changes a series or a date calls `refresh` in the same transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from core import search, times, versions
from events import recurrence
from events.calendars import vevents
from events.models import Occurrence, Series

#: How far ahead dates are rows.
WINDOW = timedelta(days=548)


def refresh(series: Series, *, now: datetime, changed: bool = True) -> None:
    """Bring everything that shows the series up to date.

    Args:
        series: as it stands in the database.
        now: the present.
        changed: whether what calendars say changed, and not only how it is kept.
    """
    if changed:
        series.changed_at = now.astimezone(UTC).replace(microsecond=0)
    series.vevents = vevents.text_of(series, series.occurrences.all(), now=now)
    Series.objects.filter(pk=series.pk).update(
        vevents=series.vevents, changed_at=series.changed_at, sequence=series.sequence
    )
    if series.is_public:
        search.index_many([_document(series)])
    else:
        search.remove("event", series.slug)
    versions.bump("event-dates", "events")


def add_many(dates_of: Mapping[Series, Sequence[Occurrence]], *, now: datetime) -> None:
    """Show many new series at once: their dates, calendar texts and search, in few statements.

    Args:
        dates_of: saved series that may be public, each with its unsaved dates.
        now: the present.
    """
    Occurrence.objects.bulk_create(
        [occurrence for dates in dates_of.values() for occurrence in dates], batch_size=50
    )
    for series, dates in dates_of.items():
        series.vevents = vevents.text_of(series, dates, now=now)
    Series.objects.bulk_update(dates_of, ["vevents"], batch_size=50)
    search.index_many([_document(series) for series in dates_of if series.is_public])
    versions.bump("event-dates", "events")


def forget(series: Series) -> None:
    """Take a deleted series out of what the public sees."""
    search.remove("event", series.slug)
    versions.bump("event-dates", "events")


def window_end(now: datetime, time_zone: str) -> date:
    """Up to which day dates are rows: about 18 months, in the series' own days."""
    return times.local_of(now, time_zone).date() + WINDOW


def _document(series: Series) -> search.Document:
    body = search.body_of(
        series.summary,
        series.description,
        series.host_name,
        series.where,
        str(series.get_kind_display()),
        *(area.name for area in series.focus_areas.all()),
    )
    url = series.get_absolute_url()
    return search.Document("event", series.slug, title=series.title, body=body, url=url)


def materialize(series: Series, *, now: datetime, until: date) -> int:
    """Make rows of the dates up to `until` that are not yet; says how many.

    Rows that exist are left alone: the past is never rewritten, exceptions stay.
    """
    starts = starts_of(series, until=until, since=series.materialized_until)
    known = set(series.occurrences.values_list("original_start", flat=True))
    rows = [occurrence_of(series, start, now=now) for start in starts if start not in known]
    Occurrence.objects.bulk_create(rows, batch_size=50, ignore_conflicts=True)
    Series.objects.filter(pk=series.pk).update(materialized_until=until)
    series.materialized_until = until
    return len(rows)


def starts_of(series: Series, *, until: date, since: date | None) -> list[datetime]:
    """The local starts that rule, extra and excluded dates make, soonest first.

    Args:
        series: its schedule is read, its rows are not.
        until: the last day.
        since: where the rule is looked at from; none for its beginning. Extra dates, and the
            start of what happens once, are among the starts wherever they lie.
    """
    last = datetime.combine(until + timedelta(days=1), datetime.min.time())
    begin = series.local_start
    if since is not None:
        begin = max(begin, datetime.combine(since, datetime.min.time()))
    if series.rrule:
        # A rule that began long ago is looked at from where rows end, never all of it at once.
        begin = max(begin, last - timedelta(days=recurrence.MOST_DAYS))
        rule = recurrence.parse(series.rrule)
        starts = (
            recurrence.expand(rule, start=series.local_start, first=begin, last=last)
            if begin < last
            else []
        )
    else:
        starts = [series.local_start]
    starts = with_sessions(starts, series.more_times)
    extra = [datetime.fromisoformat(text) for text in series.extra_dates]
    excluded = {datetime.fromisoformat(text) for text in series.excluded_dates}
    return sorted({*starts, *extra} - excluded)


def with_sessions(starts: Iterable[datetime], more_times: Sequence[str]) -> list[datetime]:
    """Each day's first start, and the later ones of that day, soonest first."""
    if not more_times:
        return list(starts)
    clocks = [time.fromisoformat(text) for text in more_times]
    return [
        moment
        for start in starts
        for moment in (start, *(datetime.combine(start.date(), clock) for clock in clocks))
    ]


def occurrence_of(series: Series, start: datetime, *, now: datetime) -> Occurrence:
    """The unsaved row of a date that is as the series says."""
    end = start + series.duration
    starts_at, ends_at = instants(start, end, series.time_zone)
    return Occurrence(
        series=series,
        original_start=start,
        local_start=start,
        local_end=end,
        starts_at=starts_at,
        ends_at=ends_at,
        capacity=series.capacity,
        changed_at=now,
    )


def instants(start: datetime, end: datetime, time_zone: str) -> tuple[datetime, datetime]:
    """The instants of a local start and end; an end that the clocks swallowed is an hour later."""
    starts_at, ends_at = times.utc_of(start, time_zone), times.utc_of(end, time_zone)
    if ends_at <= starts_at:
        ends_at = starts_at + (end - start)
    return starts_at, ends_at
