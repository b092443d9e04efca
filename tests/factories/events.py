"""Series, dates and sign-ups for tests; the site is host unless a test names another."""

from datetime import UTC, datetime, timedelta

from factory.declarations import LazyAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from core import times
from events.models import DoorCode, Occurrence, SeatBlock, Series, SignUp
from tests.factories.companies import CompanyFactory

#: Ten days after the tests' present (`now` in conftest), a Thursday.
START = datetime(2026, 12, 17, 16, 30)  # noqa: DTZ001  (a time on the wall)
BEFORE = datetime(2026, 12, 1, tzinfo=UTC)
#: Zones that change their clocks in spring, in autumn, by half an hour, or never.
ZONES = (
    "America/Los_Angeles",
    "America/New_York",
    "America/St_Johns",
    "America/Phoenix",
    "America/Santiago",
    "America/Havana",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Dublin",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Asia/Jerusalem",
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "UTC",
)


class SeriesFactory(DjangoModelFactory[Series]):
    """A published series of one date, with no rows for its dates yet."""

    class Meta:
        model = Series

    slug = Sequence(lambda n: f"robot-club-{n}")
    title = Sequence(lambda n: f"Robot club {n}")
    summary = "Help ten students build and drive a robot."
    local_start = START
    duration_minutes = 90
    place_name = "Central Library"
    status = Series.Status.PUBLISHED
    published_at = BEFORE
    changed_at = BEFORE


class OccurrenceFactory(DjangoModelFactory[Occurrence]):
    """One date, by default the first of its own series."""

    class Meta:
        model = Occurrence

    series = SubFactory(SeriesFactory)
    original_start = LazyAttribute(lambda o: o.series.local_start)
    local_start = LazyAttribute(lambda o: o.original_start)
    local_end = LazyAttribute(
        lambda o: o.local_start + timedelta(minutes=o.series.duration_minutes)
    )
    starts_at = LazyAttribute(lambda o: times.utc_of(o.local_start, o.series.time_zone))
    ends_at = LazyAttribute(lambda o: times.utc_of(o.local_end, o.series.time_zone))
    capacity = LazyAttribute(lambda o: o.series.capacity)
    changed_at = BEFORE


class SignUpFactory(DjangoModelFactory[SignUp]):
    """A confirmed sign-up. It does not count itself in its date's `seats_taken`."""

    class Meta:
        model = SignUp

    occurrence = SubFactory(OccurrenceFactory)
    name = Sequence(lambda n: f"Volunteer {n}")
    email = Sequence(lambda n: f"volunteer{n}@example.com")
    status = SignUp.Status.CONFIRMED
    created_at = BEFORE
    changed_at = BEFORE


class DoorCodeFactory(DjangoModelFactory[DoorCode]):
    """The code of a date's door."""

    class Meta:
        model = DoorCode

    occurrence = SubFactory(OccurrenceFactory)
    code = Sequence(lambda n: f"{n:012}".translate(str.maketrans("01", "xy")))
    made_at = BEFORE


class SeatBlockFactory(DjangoModelFactory[SeatBlock]):
    """Three places held for a company. It does not count itself in its date's `seats_taken`."""

    class Meta:
        model = SeatBlock

    occurrence = SubFactory(OccurrenceFactory)
    company = SubFactory(CompanyFactory)
    places = 3
    unclaimed = LazyAttribute(lambda block: block.places)
    made_at = BEFORE
    changed_at = BEFORE
