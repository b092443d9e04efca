"""As many organizations, events and people as a load test wants; the same ones for a seed.

Rows are written in bulk and not through the rules, which would take hours; what the rules keep
beside a row (search, calendar text, dates, versions) is made by the same functions.
"""

import random
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import batched
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Model

from accounts.models import User
from core import places, search, times, versions
from core.models import Area, FocusArea
from core.vocabulary import USUAL_UNIT, Kind
from events.calendars import vevents
from events.domain import catalogue as dates
from events.models import Occurrence, Series
from organizations.domain import catalogue
from organizations.models import Need, Organization

#: Told of each step: what, how many are done, how many there are.
type Progress = Callable[[str, int, int], None]

BATCH = 500
ZONE = "America/Los_Angeles"
ZIPS = ("90011", "90012", "90033", "90221", "90731", "91331", "91801", "93534", "90025")
WORDS = ("robots", "laptops", "Python", "bridges", "stars", "puzzles", "data", "gardens", "games")
WEEKS_OF_A_SERIES = 12


@dataclass(frozen=True, slots=True)
class Size:
    """How many of each."""

    organizations: int
    events: int
    people: int
    #: Events beside those, each of which repeats every week without an end.
    weekly: int = 0


class NotEmpty(Exception):
    """The database holds a crowd already; a second one would not be the same."""


def gather(size: Size, *, seed: int, now: datetime, progress: Progress) -> None:
    """Write the crowd in one transaction.

    Raises:
        NotEmpty: if there is one.
    """
    if Organization.objects.filter(slug__startswith="crowd-").exists():
        raise NotEmpty
    crowd = _Crowd(random.Random(seed), now, progress)  # noqa: S311  (repeatable, not secret)
    with transaction.atomic():
        crowd.people(size.people)
        crowd.organizations(size.organizations)
        crowd.events(size.events, size.weekly)


class _Crowd:
    """Draws everything from one source of chance, in one order."""

    def __init__(self, chance: random.Random, now: datetime, progress: Progress) -> None:
        self.chance = chance
        self.now = now
        self.until = dates.window_end(now, ZONE)
        self.progress = progress
        self.areas = list(Area.objects.order_by("slug"))
        self.focus = list(FocusArea.objects.order_by("slug").values_list("slug", flat=True))
        self.hosts: list[Organization] = []

    def people(self, number: int) -> None:
        password = make_password(None)
        self._write(
            "People",
            number,
            (
                User(
                    username=f"crowd-{count}",
                    email=f"crowd-{count}@demo.example.org",
                    name=f"Person {count} of a crowd",
                    password=password,
                    uuid=self._uuid(),
                )
                for count in range(number)
            ),
        )

    def organizations(self, number: int) -> None:
        rows = (self._organization(count) for count in range(number))
        self.hosts = self._write("Organizations", number, rows)
        needs = (self._need(host, count) for count, host in enumerate(self.hosts))
        asked = self._write("Needs", number, needs)
        self._link(Organization.areas.through, "organization_id", "area_id", self.hosts, 2)
        self._link(
            Organization.focus_areas.through, "organization_id", "focusarea_id", self.hosts, 2
        )
        self._link(Need.areas.through, "need_id", "area_id", asked, 1)
        done = 0
        for some in batched(self.hosts, BATCH, strict=False):
            catalogue.refresh_many(some)
            done += len(some)
            self.progress("Searchable", done, number)

    def events(self, number: int, weekly: int) -> None:
        hosts = self.hosts or list(Organization.objects.public()[:BATCH])
        drawn = [self._series(count, hosts) for count in range(number)]
        endless = (self._series(count, hosts) for count in range(number, number + weekly))
        drawn += [self._endless(series) for series in endless]
        drawn = self._write("Events", number + weekly, drawn)
        self._link(Series.focus_areas.through, "series_id", "focusarea_id", drawn, 1)
        coming = [row for series in drawn for row in self._dates(series)]
        self._write("Dates", len(coming), coming)
        search.index_many(
            [
                search.Document(
                    kind="event",
                    slug=series.slug,
                    title=series.title,
                    body=f"{series.summary} {series.host_name} {series.place_name}",
                    url=series.get_absolute_url(),
                )
                for series in drawn
            ]
        )
        versions.bump("event-dates", "events")

    def _organization(self, count: int) -> Organization:
        zip_code = self.chance.choice(ZIPS)
        place = places.centroid(zip_code)
        word = self.chance.choice(WORDS)
        return Organization(
            uuid=self._uuid(),
            slug=f"crowd-{count}",
            name=f"Crowd {count} for {word} (fictional)",
            mission=f"One of many, made up to see how {word} and pages bear a crowd.",
            zip_code=zip_code,
            latitude=place.latitude if place else None,
            longitude=place.longitude if place else None,
            status=Organization.Status.APPROVED,
            live=True,
            is_demonstration=True,
        )

    def _need(self, host: Organization, count: int) -> Need:
        kind = self.chance.choice(list(Kind))
        return Need(
            uuid=self._uuid(),
            slug=f"crowd-need-{count}",
            organization=host,
            kind=kind,
            title=f"{kind.label} for {self.chance.choice(WORDS)}",
            why="To see how pages bear a crowd.",
            unit=USUAL_UNIT[kind],
            quantity_wanted=self.chance.randint(1, 60),
            is_remote=self.chance.random() < 0.2,
            status=Need.Status.OPEN,
            live=True,
            opened_at=self.now - timedelta(days=self.chance.randint(1, 200)),
            is_demonstration=True,
        )

    def _series(self, count: int, hosts: list[Organization]) -> Series:
        today = times.local_of(self.now, ZONE).date()
        word = self.chance.choice(WORDS)
        area = self.chance.choice(self.areas)
        series = Series(
            uuid=self._uuid(),
            slug=f"crowd-event-{count}",
            title=f"An evening of {word}, {count}",
            summary=f"Made up: {word} for whoever comes.",
            kind=self.chance.choice(Series.SeriesKind.values),
            organization=self.chance.choice(hosts) if hosts else None,
            place_name="A made-up hall",
            zip_code=self.chance.choice(ZIPS),
            area=area,
            local_start=datetime.combine(
                today + timedelta(days=self.chance.randint(1, 120)),
                time(self.chance.randint(9, 19), 30),
            ),
            duration_minutes=90,
            rrule=f"FREQ=WEEKLY;COUNT={WEEKS_OF_A_SERIES}" if self.chance.random() < 0.1 else "",
            capacity=self.chance.choice((None, 10, 30, 60)),
            status=Series.Status.PUBLISHED,
            live=True,
            is_demonstration=True,
            published_at=self.now,
            created_at=self.now,
            changed_at=self.now.replace(microsecond=0),
            materialized_until=self.until,
        )
        place = places.centroid(series.zip_code)
        series.latitude = place.latitude if place else None
        series.longitude = place.longitude if place else None
        series.vevents = vevents.text_of(series, (), now=self.now)
        return series

    def _endless(self, series: Series) -> Series:
        series.rrule = "FREQ=WEEKLY"
        series.vevents = vevents.text_of(series, (), now=self.now)
        return series

    def _dates(self, series: Series) -> Iterator[Occurrence]:
        for start in dates.starts_of(series, until=self.until, since=None):
            end = start + timedelta(minutes=series.duration_minutes)
            starts_at, ends_at = dates.instants(start, end, series.time_zone)
            yield Occurrence(
                uuid=self._uuid(),
                series=series,
                original_start=start,
                local_start=start,
                local_end=end,
                starts_at=starts_at,
                ends_at=ends_at,
                capacity=series.capacity,
                changed_at=self.now,
            )

    def _uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self.chance.getrandbits(128), version=4)

    def _write[Row: Model](self, step: str, number: int, rows: Iterable[Row]) -> list[Row]:
        written: list[Row] = []
        for some in batched(rows, BATCH, strict=False):
            manager: Any = type(some[0])._default_manager  # noqa: SLF001
            written += manager.bulk_create(some, batch_size=BATCH)
            self.progress(step, len(written), number)
        return written

    def _link(self, through: Any, one: str, other: str, rows: Iterable[Model], most: int) -> None:
        slugs = self.focus if other == "focusarea_id" else [area.slug for area in self.areas]
        links = (
            through(**{one: row.pk, other: slug})
            for row in rows
            for slug in self.chance.sample(slugs, self.chance.randint(1, most))
        )
        for some in batched(links, BATCH, strict=False):
            through._default_manager.bulk_create(some)  # noqa: SLF001
