"""Fictional events over the coming weeks, with people who come."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from accounts.models import User
from core import times
from core.models import Area, FocusArea
from events.domain import series as rules
from events.domain import signups, slots, timers
from events.domain.details import Details
from events.domain.questions import Said
from events.models import Host, Occurrence, Series, Slot
from pages.demo import cast, firms, nonprofits
from pages.demo.firms import Firm
from pages.demo.nonprofits import Fiction

ZONE = "America/Los_Angeles"
Kind = Series.SeriesKind
Mode = Series.Mode
OLD_ENOUGH = Said(is_old_enough=True)


@dataclass(frozen=True, slots=True)
class Gathering:
    """A fictional event."""

    #: None is the site itself.
    host: Fiction | Firm | None
    title: str
    summary: str
    kind: str
    #: Monday is 0.
    weekday: int
    starts: time
    minutes: int
    #: The first date is this many weeks from now; a negative one has begun already.
    weeks: int = 0
    rrule: str = ""
    capacity: int | None = None
    area: str = ""
    zip_code: str = ""
    place: str = ""
    mode: str = Mode.IN_PERSON
    #: How many people come to the next date.
    coming: int = 0
    minimum_age: int | None = None
    #: Which of the host's needs it helps.
    need: int | None = None
    focus: tuple[str, ...] = ()
    #: What people come as: name, places, and whom it is for.
    roles: tuple[tuple[str, int, str], ...] = ()


GATHERINGS = (
    Gathering(
        nonprofits.ROBOTICS, "Robot build night", "Help a team wire its first robot.",
        Kind.VOLUNTEERING, 1, time(16, 30), 90, weeks=-4, rrule="FREQ=WEEKLY", capacity=12,
        area="san-fernando-valley", zip_code="91331", place="The workshop that is not there",
        coming=10, minimum_age=16, need=1, focus=("robotics",),
    ),
    Gathering(
        nonprofits.CODING, "Python by the pier", "Sit beside a beginner for one evening.",
        Kind.VOLUNTEERING, 2, time(18, 0), 120, weeks=-3, rrule="FREQ=WEEKLY", capacity=20,
        area="south-bay", zip_code="90731", place="Pretend Pier, second floor", coming=6,
        need=0, focus=("coding",),
    ),
    Gathering(
        nonprofits.MATH, "Saturday puzzles", "Bring your favorite puzzle, or try one of ours.",
        Kind.VOLUNTEERING, 5, time(10, 0), 180, weeks=0, rrule="FREQ=MONTHLY;BYDAY=1SA",
        capacity=15, area="east-la", zip_code="90033", place="A library in a story", coming=4,
        need=0, focus=("math",),
    ),
    Gathering(
        nonprofits.VAN, "Load the science van", "Two hours of boxes, labels and lemonade.",
        Kind.VOLUNTEERING, 4, time(14, 0), 120, weeks=1, capacity=8,
        area="san-gabriel-valley", zip_code="91801", place="Behind the imaginary garage",
        coming=7, focus=("science",),
    ),
    Gathering(
        nonprofits.GIRLS, "Lunch with an engineer", "Six girls, one engineer, many questions.",
        Kind.MENTORING, 3, time(12, 0), 60, weeks=0, rrule="FREQ=WEEKLY;INTERVAL=2",
        capacity=6, mode=Mode.ONLINE, coming=5, need=0, focus=("engineering",),
    ),
    Gathering(
        nonprofits.MAKERS, "Open maker room", "The workbench is yours; so is the sweeping up.",
        Kind.WORKSHOP, 5, time(13, 0), 180, weeks=2, capacity=25, area="gateway-cities",
        zip_code="90221", place="Room 0, Imaginary Elementary", coming=3,
        focus=("stem-digital-literacy",),
    ),
    Gathering(
        nonprofits.COLLEGE, "Essay readers' evening", "How to read an essay and say so kindly.",
        Kind.INFO_SESSION, 0, time(19, 0), 60, weeks=1, mode=Mode.ONLINE, coming=2,
        focus=("college-readiness",),
    ),
    Gathering(
        nonprofits.STARS, "Winter star party", "Telescopes are set up; bring a coat.",
        Kind.WORKSHOP, 5, time(18, 30), 150, weeks=0, rrule="FREQ=MONTHLY;BYDAY=3SA",
        capacity=60, area="antelope-valley", zip_code="93534", place="The hill on no map",
        coming=8, focus=("science",),
    ),
    Gathering(
        nonprofits.DEVICES, "Repair afternoon", "Bring a dead tablet, leave with a live one.",
        Kind.VOLUNTEERING, 6, time(13, 0), 240, weeks=1, area="westside",
        zip_code="90025", place="Storybook Hall", coming=9, focus=("digital-access",),
        roles=(
            ("Repair lead", 3, "has opened a laptop before"),
            ("Welcome desk", 4, ""),
            ("Set-up crew", 6, "can lift a folding table"),
        ),
    ),
    Gathering(
        firms.ORBIT, "Mentors' roundtable", "What worked with your team this year?",
        Kind.ROUNDTABLE, 2, time(12, 0), 90, weeks=2, capacity=24, mode=Mode.BOTH,
        area="south-bay", zip_code="90245", place="Sample Orbit, building nine of none",
        coming=5,
    ),
    Gathering(
        firms.CLOUD, "How to ask for licenses", "For organizations: what we give, and to whom.",
        Kind.INFO_SESSION, 1, time(11, 0), 45, weeks=1, mode=Mode.ONLINE, coming=4,
    ),
    Gathering(
        firms.BANK, "Budget clinic for small nonprofits", "Bring your numbers; we bring coffee.",
        Kind.WORKSHOP, 4, time(9, 0), 180, weeks=3, capacity=3, area="city-of-los-angeles",
        zip_code="90071", place="Example Payments, the vault", coming=3,
    ),
    Gathering(
        None, "New here? An evening for newcomers", "How volunteering works here, in 45 minutes.",
        Kind.INFO_SESSION, 2, time(18, 30), 45, weeks=1, mode=Mode.ONLINE, capacity=40, coming=5,
    ),
)  # fmt: skip


def load(*, people: dict[str, User], now: datetime) -> None:
    """The fictional events; nothing happens if there are some."""
    if Series.objects.filter(is_demonstration=True).exists():
        return
    for gathering in GATHERINGS:
        _hold(gathering, people=people, now=now)
    # What has taken place says so.
    timers.run(now=now)


def _hold(gathering: Gathering, *, people: dict[str, User], now: datetime) -> None:
    staff = people[cast.STAFF.key]
    host = _host(gathering)
    announced = now - timedelta(days=45)
    need = None
    if isinstance(gathering.host, Fiction) and gathering.need is not None:
        need = nonprofits.need_of(gathering.host, gathering.need)
    details = Details(
        title=gathering.title,
        summary=gathering.summary,
        kind=gathering.kind,
        mode=gathering.mode,
        place_name=gathering.place,
        zip_code=gathering.zip_code,
        area=Area.objects.filter(slug=gathering.area).first(),
        online_url="https://meet.example.org/demo" if gathering.mode != Mode.IN_PERSON else "",
        time_zone=ZONE,
        local_start=_first_start(gathering, now),
        duration_minutes=gathering.minutes,
        rrule=gathering.rrule,
        capacity=gathering.capacity,
        minimum_age=gathering.minimum_age,
        need=need,
        focus_areas=tuple(FocusArea.objects.filter(slug__in=gathering.focus)),
    )
    series = rules.draft(details=details, host=host, by=staff, now=announced, is_demonstration=True)
    roles = [Slot(id="", name=name, capacity=n, qualification=q) for name, n, q in gathering.roles]
    series = slots.offer(series=series, slots=roles, by=staff, now=announced)
    series = rules.publish(series=series, by=staff, now=announced)
    following = series.occurrences.filter(starts_at__gt=now + timedelta(hours=1))
    date_to_come = following.order_by("starts_at").first()
    if date_to_come is not None:
        _come(date_to_come, gathering.coming, people=people, now=now)


def _host(gathering: Gathering) -> Host:
    match gathering.host:
        case Fiction():
            return nonprofits.organization_of(gathering.host)
        case Firm():
            return firms.company_of(gathering.host)
        case None:
            return None


def _first_start(gathering: Gathering, now: datetime) -> datetime:
    """The first date that fits the weekday, and the rule where it names one of a month."""
    today = times.local_of(now, ZONE).date()
    if "BYDAY=" in gathering.rrule:
        # Such as 1SA: its weekday and which one of the month it is.
        which = int(gathering.rrule.rpartition("BYDAY=")[2][0])
        return datetime.combine(_of_month(today, gathering.weekday, which), gathering.starts)
    ahead = (gathering.weekday - today.weekday() - 1) % 7 + 1
    day = today + timedelta(days=ahead, weeks=gathering.weeks)
    return datetime.combine(day, gathering.starts)


def _of_month(today: date, weekday: int, which: int) -> date:
    """The first such day of a month, such as the third Saturday, that lies ahead."""
    day = today + timedelta(days=1)
    while day.weekday() != weekday or (day.day - 1) // 7 + 1 != which:
        day += timedelta(days=1)
    return day


def _come(occurrence: Occurrence, number: int, *, people: dict[str, User], now: datetime) -> None:
    # One after the other, as long as each has places.
    roles = [slot.id for slot in occurrence.series.named_slots for _place in range(slot.capacity)]
    known = [people["volunteer"], *(people[who.key] for who in cast.COLLEAGUES)]
    for count in range(number):
        role = roles[count] if roles else ""
        if count < len(known):
            user = known[count]
            signups.sign_up(
                occurrence=occurrence,
                name=user.name,
                email=user.email,
                by=user,
                now=now,
                said=OLD_ENOUGH,
                slot=role,
            )
        else:
            guest = signups.sign_up(
                occurrence=occurrence,
                name=f"Demo Guest {count}",
                email=f"guest-{count}@demo.example.org",
                by=None,
                now=now,
                said=OLD_ENOUGH,
                slot=role,
            )
            signups.confirm(signup=guest, now=now)
