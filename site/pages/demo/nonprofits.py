"""The organizations: real ones as facts from the archive, and fictional ones with needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.utils.text import slugify

from accounts.models import User
from core import places
from core.models import Area, FocusArea, Skill
from core.vocabulary import Kind, Unit
from organizations.domain import imports, lifecycle, needs
from organizations.domain.imports import Manner
from organizations.models import Need, Organization

REAL = Path(__file__).parent / "real_organizations.csv"
CENTS = 100
MINUTES = 60


@dataclass(frozen=True, slots=True)
class Ask:
    """Something that a fictional organization asks for."""

    kind: Kind
    title: str
    why: str
    quantity: int
    unit: Unit
    skills: tuple[str, ...] = ()
    days_left: int | None = None
    urgency: int = Need.Urgency.WHENEVER
    is_remote: bool = False


@dataclass(frozen=True, slots=True)
class Fiction:
    """A fictional organization."""

    name: str
    mission: str
    areas: tuple[str, ...]
    focus: tuple[str, ...]
    zip_code: str
    asks: tuple[Ask, ...]
    kind: str = Organization.OrganizationKind.NONPROFIT

    @property
    def full_name(self) -> str:
        """The name as it shows: nobody shall take it for a real one."""
        return f"{self.name} (fictional)"

    @property
    def slug(self) -> str:
        """What stands in its address."""
        return slugify(self.full_name)


ROBOTICS = Fiction(
    "Sample Valley Robotics Club",
    "Middle schoolers who do not exist build robots after class and take them apart again.",
    ("san-fernando-valley",),
    ("robotics", "engineering", "stem-digital-literacy"),
    "91331",
    (
        Ask(
            Kind.HARDWARE,
            "20 laptops for an after-school robotics lab",
            "Two students share one screen today. With twenty laptops each team programs its own "
            "robot, and nobody waits.",
            20,
            Unit.ITEM,
            days_left=60,
            urgency=Need.Urgency.URGENT,
        ),
        Ask(
            Kind.MENTORS,
            "12 mentors for the spring season",
            "One evening a week for ten weeks, in pairs, with training on the first evening.",
            12,
            Unit.PERSON,
            skills=("mentoring", "robotics"),
            days_left=45,
        ),
    ),
)
CODING = Fiction(
    "Pretend Harbor Coding Lab",
    "Evening classes in Python by an imaginary pier, free for whoever turns up.",
    ("south-bay",),
    ("coding", "digital-access"),
    "90731",
    (
        Ask(
            Kind.INSTRUCTORS,
            "60 hours of Python lessons",
            "Six evenings of two hours for each of five groups.",
            60 * MINUTES,
            Unit.MINUTE,
            skills=("python", "teaching"),
        ),
        Ask(
            Kind.SOFTWARE,
            "30 licenses of a code editor",
            "One for each seat in the room.",
            30,
            Unit.LICENCE,
            is_remote=True,
        ),
    ),
)
MATH = Fiction(
    "Make-Believe Math Circle",
    "Saturday puzzles for children who have yet to be invented.",
    ("east-la", "lausd"),
    ("math", "education-youth"),
    "90033",
    (
        Ask(
            Kind.VOLUNTEERS,
            "15 people for Saturday puzzles",
            "Three hours a month; we bring the puzzles and the oranges.",
            15,
            Unit.PERSON,
            skills=("teaching",),
        ),
        Ask(
            Kind.FUNDING,
            "$12,000 for a year of puzzle boxes",
            "Sixty boxes at two hundred dollars.",
            12_000 * CENTS,
            Unit.CENT,
            is_remote=True,
        ),
    ),
)
VAN = Fiction(
    "Example Science Van",
    "A van that was never built carries experiments from school to school.",
    ("san-gabriel-valley", "east-la"),
    ("science", "education-youth"),
    "91801",
    (
        Ask(
            Kind.PROJECT_MANAGEMENT,
            "40 hours to plan the van's route",
            "Twenty schools, five weekdays, one van: somebody has to draw the line between them.",
            40 * MINUTES,
            Unit.MINUTE,
            skills=("project-management",),
            is_remote=True,
        ),
        Ask(
            Kind.HARDWARE,
            "10 microscopes",
            "Sturdy ones, for hands that are new to them.",
            10,
            Unit.ITEM,
            days_left=90,
        ),
    ),
)
GIRLS = Fiction(
    "Placeholder Girls Engineer",
    "Bridges of spaghetti, then bridges of steel; both are imagined.",
    ("south-la", "lausd"),
    ("engineering", "teaching-mentorship"),
    "90011",
    (
        Ask(
            Kind.MENTORS,
            "8 women engineers as mentors",
            "A conversation every other week during one school year.",
            8,
            Unit.PERSON,
            skills=("mentoring",),
            urgency=Need.Urgency.SOON,
        ),
        Ask(
            Kind.INTERNSHIPS,
            "4 summer internships",
            "Six weeks, paid, for students of the last year.",
            4,
            Unit.PERSON,
            days_left=120,
        ),
    ),
)
MAKERS = Fiction(
    "Imaginary Elementary Maker Room",
    "A room with a workbench in a school that stands nowhere.",
    ("gateway-cities",),
    ("stem-digital-literacy", "arts-media"),
    "90221",
    (
        Ask(
            Kind.HARDWARE,
            "3 3D printers for the maker room",
            "One for each grade that uses the room.",
            3,
            Unit.ITEM,
        ),
    ),
    Organization.OrganizationKind.SCHOOL,
)
COLLEGE = Fiction(
    "Fictitious College Access Center",
    "Help with applications for students of a story.",
    ("central-la", "city-of-los-angeles"),
    ("college-readiness", "career-pathways"),
    "90012",
    (
        Ask(
            Kind.VOLUNTEERS,
            "25 readers of application essays",
            "Two essays a week in the autumn, with a guide for readers.",
            25,
            Unit.PERSON,
            is_remote=True,
            days_left=30,
            urgency=Need.Urgency.SOON,
        ),
    ),
)
STARS = Fiction(
    "Invented Desert Star Party",
    "Telescopes on a hill that no map shows.",
    ("antelope-valley",),
    ("science", "community"),
    "93534",
    (
        Ask(
            Kind.SPACE,
            "2 rooms for a winter of talks",
            "For when the hill is too cold: eight evenings from seven to nine.",
            2,
            Unit.ITEM,
        ),
    ),
)
DEVICES = Fiction(
    "Storybook Device Coalition",
    "Five organizations of a picture book repair what others no longer use.",
    ("county-of-los-angeles", "westside"),
    ("digital-access", "stem-digital-literacy"),
    "90025",
    (
        Ask(
            Kind.HARDWARE,
            "40 tablets for homework at home",
            "Lent to families for a school year.",
            40,
            Unit.ITEM,
        ),
        Ask(
            Kind.MARKETING,
            "20 hours of design for a lending card",
            "A card that a child can read and a parent can sign.",
            20 * MINUTES,
            Unit.MINUTE,
            skills=("design",),
            is_remote=True,
        ),
    ),
    Organization.OrganizationKind.COALITION,
)
FICTIONS = (ROBOTICS, CODING, MATH, VAN, GIRLS, MAKERS, COLLEGE, STARS, DEVICES)


def load_real(*, now: datetime) -> None:
    """The real organizations with what they asked the archive for; known ones are left alone."""
    imports.import_organizations(
        path=REAL,
        by=None,
        now=now,
        manner=Manner(only_new=True),
        progress=lambda _step, _done, _total: None,
    )


def load_fictional(*, by: User, now: datetime) -> None:
    """The fictional organizations, sent in and approved as any other, with their needs."""
    for number, fiction in enumerate(FICTIONS):
        if not Organization.objects.filter(slug=fiction.slug).exists():
            # One after the other: an order that is the same each time, and no flood of one day.
            _found(fiction, by=by, now=now - timedelta(days=60 - number, hours=number))


def organization_of(fiction: Fiction) -> Organization:
    """The row of a fictional organization."""
    return Organization.objects.get(slug=fiction.slug)


def need_of(fiction: Fiction, number: int = 0) -> Need:
    """The row of one of its needs, in the order of the script."""
    return Need.objects.get(organization__slug=fiction.slug, title=fiction.asks[number].title)


def _found(fiction: Fiction, *, by: User, now: datetime) -> None:
    place = places.centroid(fiction.zip_code)
    organization = Organization(
        slug=fiction.slug,
        name=fiction.full_name,
        kind=fiction.kind,
        mission=fiction.mission,
        zip_code=fiction.zip_code,
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        accepts_cash=True,
        accepts_in_kind=True,
        accepts_volunteers=True,
        has_coordinator=True,
        lead_time_days=14,
        contact_email=f"hello@{fiction.slug[:40]}.example.org",
        is_demonstration=True,
        live=False,
    )
    organization.areas = _named(Area, fiction.areas)
    organization.focus_areas = _named(FocusArea, fiction.focus)
    organization.save()
    organization = lifecycle.submit(organization=organization, by=by, now=now)
    organization = lifecycle.approve(organization=organization, by=by, now=now)
    for number, ask in enumerate(fiction.asks):
        opened = now + timedelta(days=50 - 5 * number)
        _ask(ask, organization, fiction.areas, by=by, now=opened)


def _ask(
    ask: Ask, organization: Organization, areas: Sequence[str], *, by: User, now: datetime
) -> None:
    need = Need(
        organization=organization,
        kind=ask.kind,
        title=ask.title,
        why=ask.why,
        unit=ask.unit,
        quantity_wanted=ask.quantity,
        urgency=ask.urgency,
        is_remote=ask.is_remote,
        deadline_on=(now + timedelta(days=ask.days_left)).date() if ask.days_left else None,
    )
    need.areas = _named(Area, areas)
    need.skills = _named(Skill, ask.skills)
    need = needs.draft(need=need, by=by, now=now)
    need = needs.submit(need=need, by=by, now=now)
    needs.approve(need=need, by=by, now=now)


def _named[Row: (Area, FocusArea, Skill)](model: type[Row], slugs: Sequence[str]) -> list[Row]:
    return list(model.objects.filter(slug__in=slugs))
