"""Fictional companies and what they can give."""

from dataclasses import dataclass

from django.utils.text import slugify

from companies.domain import catalogue
from companies.models import Capability, Company
from core.models import Area, Skill
from core.vocabulary import Kind, Unit


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that a fictional company can give."""

    kind: Kind
    title: str
    quantity: int
    unit: Unit
    skills: tuple[str, ...] = ()
    is_remote: bool = False


@dataclass(frozen=True, slots=True)
class Firm:
    """A fictional company."""

    name: str
    sector: str
    size: str
    about: str
    areas: tuple[str, ...]
    paid_hours: int
    offers: tuple[Offer, ...]

    @property
    def full_name(self) -> str:
        """The name as it shows: nobody shall take it for a real one."""
        return f"{self.name} (fictional)"

    @property
    def slug(self) -> str:
        """What stands in its address."""
        return slugify(self.full_name)


ORBIT = Firm(
    "Sample Orbit Systems",
    "Aerospace",
    Company.Size.LARGE,
    "Builds satellites that stay on paper, and lends its engineers to classrooms.",
    ("south-bay", "westside"),
    16,
    (
        Offer(Kind.HARDWARE, "Laptops, three years old", 60, Unit.ITEM),
        Offer(Kind.MENTORS, "Engineers who mentor", 25, Unit.PERSON, ("mentoring", "robotics")),
    ),
)
CLOUD = Firm(
    "Pretend Cloud Company",
    "Software",
    Company.Size.GIANT,
    "Rents out computers that nobody has seen.",
    ("westside", "central-la"),
    24,
    (
        Offer(Kind.SOFTWARE, "Licenses for classrooms", 500, Unit.LICENCE, (), is_remote=True),
        Offer(
            Kind.INSTRUCTORS,
            "Hours of Python lessons",
            12_000,
            Unit.MINUTE,
            ("python", "teaching"),
        ),
    ),
)
GAMES = Firm(
    "Imaginary Game Works",
    "Games",
    Company.Size.MEDIUM,
    "Has been about to publish its first game for years.",
    ("central-la", "san-fernando-valley"),
    8,
    (Offer(Kind.MARKETING, "Hours of design", 6_000, Unit.MINUTE, ("design", "video")),),
)
BIO = Firm(
    "Make-Believe Biosciences",
    "Life sciences",
    Company.Size.MEDIUM,
    "Grows nothing, in very clean rooms.",
    ("san-gabriel-valley", "east-la"),
    16,
    (Offer(Kind.HARDWARE, "Microscopes", 12, Unit.ITEM),),
)
BANK = Firm(
    "Example Payments",
    "Finance",
    Company.Size.LARGE,
    "Moves money between accounts that do not exist.",
    ("city-of-los-angeles",),
    16,
    (
        Offer(Kind.FUNDING, "Small grants", 5_000_000, Unit.CENT, (), is_remote=True),
        Offer(Kind.VOLUNTEERS, "Readers and tutors", 40, Unit.PERSON, ("teaching", "finance")),
    ),
)
SOLAR = Firm(
    "Placeholder Solar",
    "Energy",
    Company.Size.SMALL,
    "Sells sunshine by the yard.",
    ("antelope-valley", "san-fernando-valley"),
    8,
    (Offer(Kind.SPACE, "Meeting rooms on evenings", 2, Unit.ITEM),),
)
PORT = Firm(
    "Fictitious Harbor Logistics",
    "Logistics",
    Company.Size.LARGE,
    "Knows where every container is, since there are none.",
    ("south-bay", "gateway-cities"),
    8,
    (
        Offer(
            Kind.PROJECT_MANAGEMENT,
            "Hours of planning",
            3_000,
            Unit.MINUTE,
            ("project-management",),
            is_remote=True,
        ),
    ),
)
PRINT = Firm(
    "Storybook 3D Printing",
    "Manufacturing",
    Company.Size.SMALL,
    "Prints castles for the air.",
    ("gateway-cities",),
    8,
    (Offer(Kind.HARDWARE, "3D printers", 4, Unit.ITEM),),
)
SCREEN = Firm(
    "Invented Screens",
    "Devices",
    Company.Size.MEDIUM,
    "Makes tablets of wax and a stylus to go with them.",
    ("east-la", "south-la"),
    16,
    (Offer(Kind.HARDWARE, "Tablets", 100, Unit.ITEM),),
)
JOBS = Firm(
    "Daydream Careers",
    "Staffing",
    Company.Size.SMALL,
    "Finds the right person for a position that nobody offers.",
    ("county-of-los-angeles",),
    24,
    (
        Offer(Kind.INTERNSHIPS, "Summer internships", 6, Unit.PERSON),
        Offer(Kind.BOARD, "Board members", 3, Unit.PERSON, ("finance", "law"), is_remote=True),
    ),
)
FIRMS = (ORBIT, CLOUD, GAMES, BIO, BANK, SOLAR, PORT, PRINT, SCREEN, JOBS)


def load() -> None:
    """The fictional companies with what they offer; known ones are left alone."""
    for firm in FIRMS:
        if not Company.objects.filter(slug=firm.slug).exists():
            _found(firm)


def company_of(firm: Firm) -> Company:
    """The row of a fictional company."""
    company: Company = Company.objects.get(slug=firm.slug)
    return company


def _found(firm: Firm) -> None:
    company = Company(
        slug=firm.slug,
        name=firm.full_name,
        sector=firm.sector,
        size=firm.size,
        about=firm.about,
        contact_email=f"csr@{firm.slug[:40]}.example.org",
        has_csr_team=firm.size in {Company.Size.LARGE, Company.Size.GIANT},
        has_volunteering_framework=True,
        paid_minutes_per_year=firm.paid_hours * 60,
        is_demonstration=True,
    )
    company.areas = list(Area.objects.filter(slug__in=firm.areas))
    company.save()
    for offer in firm.offers:
        capability = Capability.objects.create(
            company=company,
            kind=offer.kind,
            title=offer.title,
            unit=offer.unit,
            quantity=offer.quantity,
            is_remote=offer.is_remote,
            status=Capability.Status.ACTIVE,
        )
        capability.skills.set(Skill.objects.filter(slug__in=offer.skills))
        capability.areas.set(Area.objects.filter(slug__in=firm.areas))
    catalogue.refresh(company=company)
