"""What fictional companies promised and gave: pledges in every state, deliveries, hours."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product

from accounts.models import User
from core import times
from organizations.models import Need
from pages.demo import cast, firms, nonprofits
from pages.demo.firms import Firm
from pledges.domain import deliveries, hours, lifecycle
from pledges.domain.deliveries import Handover
from pledges.domain.facts import Facts
from pledges.domain.lifecycle import Line, Terms
from pledges.models import Delivery, Pledge, PledgeLine

ZONE = "America/Los_Angeles"


@dataclass(frozen=True, slots=True)
class Stage:
    """Who acts, and when the story is told from."""

    people: dict[str, User]
    now: datetime

    def days_ago(self, days: int) -> datetime:
        """A moment of the story."""
        return self.now - timedelta(days=days)

    def day(self, ago: int) -> date:
        """The same as a local date."""
        return _day(self.days_ago(ago))

    @property
    def staff(self) -> User:
        """Whoever may act for both sides."""
        return self.people[cast.STAFF.key]


def load(*, people: dict[str, User], now: datetime) -> None:
    """The whole story; nothing happens if it has been told."""
    if Pledge.objects.filter(company__is_demonstration=True).exists():
        return
    stage = Stage(people, now)
    _join(stage)
    _laptops(stage)
    _tablets(stage)
    _lessons(stage)
    _printers(stage)
    _licenses(stage)
    _in_the_open(stage)


def _join(stage: Stage) -> None:
    people = stage.people
    robotics = nonprofits.organization_of(nonprofits.ROBOTICS)
    coding = nonprofits.organization_of(nonprofits.CODING)
    for organization in (robotics, coding):
        cast.join_organization(organization, people["admin"], "admin")
        cast.join_organization(organization, people["organizer"], "organizer")
    orbit, cloud = firms.company_of(firms.ORBIT), firms.company_of(firms.CLOUD)
    for company in (orbit, cloud):
        cast.join_company(company, people["csr"], "csr_lead")
    cast.join_company(cloud, people["volunteer"], "employee")
    for number, colleague in enumerate(cast.COLLEAGUES):
        company = orbit if number % 2 else cloud
        cast.join_company(company, people[colleague.key], "employee")


def _laptops(stage: Stage) -> None:
    """Partly given: 8 of 20 laptops confirmed, 4 more on their way."""
    need = nonprofits.need_of(nonprofits.ROBOTICS)
    pledge = _accepted(firms.ORBIT, need, 12, stage, since=30)
    for colleague in cast.COLLEAGUES[1::2]:
        lifecycle.commit(pledge=pledge, by=stage.people[colleague.key], now=stage.days_ago(25))
    line = pledge.lines.get()
    _deliver(line, 8, stage, ago=20, condition="Wiped, with chargers")
    deliveries.schedule(
        line=line,
        quantity=4,
        due_on=_day(stage.now + timedelta(days=10)),
        by=stage.staff,
        now=stage.days_ago(5),
    )


def _tablets(stage: Stage) -> None:
    """Finished: all 40 tablets came in two lots, and the need is met."""
    need = nonprofits.need_of(nonprofits.DEVICES)
    pledge = _accepted(firms.SCREEN, need, 40, stage, since=40)
    for quantity, ago in ((25, 30), (15, 18)):
        _deliver(pledge.lines.get(), quantity, stage, ago=ago)


def _lessons(stage: Stage) -> None:
    """Hours: given by employees, most of them confirmed, one declined, one waiting."""
    need = nonprofits.need_of(nonprofits.CODING)
    pledge = _accepted(firms.CLOUD, need, 40 * 60, stage, since=35)
    givers = [stage.people["volunteer"], *(stage.people[who.key] for who in cast.COLLEAGUES[::2])]
    for giver in givers:
        lifecycle.commit(pledge=pledge, by=giver, now=stage.days_ago(33))
    for giver, ago in product(givers, (28, 21, 14, 7)):
        entry = hours.log(
            facts=_lesson(need, served_on=stage.day(ago), minutes=120, what="Python lesson"),
            by=giver,
            now=stage.days_ago(ago - 1),
        )
        hours.approve(entry=entry, by=stage.people["organizer"], now=stage.days_ago(ago - 2))
    extra = hours.log(
        facts=_lesson(need, served_on=stage.day(10), minutes=600, what="Getting there"),
        by=givers[1],
        now=stage.days_ago(9),
    )
    hours.decline(
        entry=extra,
        reason="Travel is not counted here. Log the lesson itself, please.",
        by=stage.people["organizer"],
        now=stage.days_ago(8),
    )
    hours.log(
        facts=_lesson(need, served_on=stage.day(2), minutes=90, what="Final projects"),
        by=givers[0],
        now=stage.days_ago(1),
    )


def _printers(stage: Stage) -> None:
    """Disputed: three printers left, two arrived, and the company has still to agree."""
    need = nonprofits.need_of(nonprofits.MAKERS)
    pledge = _accepted(firms.PRINT, need, 3, stage, since=20)
    delivery = _hand_over(pledge.lines.get(), 3, stage, ago=9)
    deliveries.dispute(
        delivery=delivery,
        received=2,
        why="One box held paper.",
        by=stage.staff,
        now=stage.days_ago(8),
    )


def _licenses(stage: Stage) -> None:
    """Delivered, and waiting for the organization's word."""
    need = nonprofits.need_of(nonprofits.CODING, 1)
    pledge = _accepted(firms.CLOUD, need, 20, stage, since=12)
    _hand_over(pledge.lines.get(), 20, stage, ago=2)


def _in_the_open(stage: Stage) -> None:
    """Announced, withdrawn, accepted with nothing given yet, and a draft."""
    _announced(firms.ORBIT, nonprofits.need_of(nonprofits.ROBOTICS, 1), 5, stage, since=3)
    _announced(firms.BANK, nonprofits.need_of(nonprofits.COLLEGE), 10, stage, since=2)
    lifecycle.withdraw(
        pledge=_announced(firms.BIO, nonprofits.need_of(nonprofits.VAN, 1), 4, stage, since=15),
        reason="The microscopes are needed here for another year.",
        by=stage.staff,
        now=stage.days_ago(10),
    )
    _accepted(firms.BANK, nonprofits.need_of(nonprofits.MATH, 1), 500_000, stage, since=14)
    _accepted(firms.JOBS, nonprofits.need_of(nonprofits.GIRLS, 1), 2, stage, since=6)
    _drafted(firms.PORT, nonprofits.need_of(nonprofits.VAN), 20 * 60, stage, since=1)


def _drafted(firm: Firm, need: Need, quantity: int, stage: Stage, *, since: int) -> Pledge:
    terms = Terms(
        company=firms.company_of(firm),
        organization=need.organization,
        ends_on=_day(stage.now + timedelta(days=180)),
        message="With greetings from a story.",
    )
    return lifecycle.draft(
        terms=terms, lines=[Line.toward(need, quantity)], by=stage.staff, now=stage.days_ago(since)
    )


def _announced(firm: Firm, need: Need, quantity: int, stage: Stage, *, since: int) -> Pledge:
    pledge = _drafted(firm, need, quantity, stage, since=since)
    return lifecycle.announce(pledge=pledge, by=stage.staff, now=stage.days_ago(since))


def _accepted(firm: Firm, need: Need, quantity: int, stage: Stage, *, since: int) -> Pledge:
    pledge = _announced(firm, need, quantity, stage, since=since)
    return lifecycle.accept(pledge=pledge, by=stage.staff, now=stage.days_ago(since - 1))


def _hand_over(
    line: PledgeLine, quantity: int, stage: Stage, *, ago: int, condition: str = ""
) -> Delivery:
    when = stage.days_ago(ago)
    delivery = deliveries.schedule(
        line=line, quantity=quantity, due_on=_day(when), by=stage.staff, now=when
    )
    return deliveries.mark_delivered(
        delivery=delivery,
        handover=Handover(delivered_on=_day(when), condition=condition),
        by=stage.staff,
        now=when,
    )


def _deliver(
    line: PledgeLine, quantity: int, stage: Stage, *, ago: int, condition: str = ""
) -> None:
    delivery = _hand_over(line, quantity, stage, ago=ago, condition=condition)
    deliveries.confirm(delivery=delivery, by=stage.staff, now=stage.days_ago(ago - 1))


def _lesson(need: Need, *, served_on: date, minutes: int, what: str) -> Facts:
    return Facts(
        organization=need.organization,
        served_on=served_on,
        minutes=minutes,
        company=firms.company_of(firms.CLOUD),
        need=need,
        what=what,
    )


def _day(moment: datetime) -> date:
    return times.local_of(moment, ZONE).date()
