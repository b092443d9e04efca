from datetime import datetime, timedelta
from itertools import product

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from newsletter.domain import digests, weeks
from newsletter.models import Digest, DigestItem
from organizations.models import Need
from pledges.models import Pledge
from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.events import OccurrenceFactory, SeriesFactory
from tests.factories.newsletter import DigestFactory, DigestItemFactory
from tests.factories.organizations import NeedFactory, OrganizationFactory
from tests.factories.pledges import PledgeFactory, PledgeLineFactory

pytestmark = pytest.mark.django_db
Status = Digest.Status
Choice = DigestItem.Choice


def build(now: datetime, week: int = 50) -> Digest:
    return digests.build(year=2026, week=week, edition="weekly", now=now)


def titles(digest: Digest, section: str = "needs") -> list[str]:
    chosen = digest.items.filter(section=section).exclude(choice=Choice.LEFT_OUT)
    return [item.title for item in chosen.order_by("position")]


def need(title: str, now: datetime, **more: object) -> Need:
    fields: dict[str, object] = {"opened_at": now - timedelta(days=1), **more}
    made: Need = NeedFactory(title=title, **fields)
    return made


def send_out(digest: Digest) -> None:
    Digest.objects.filter(pk=digest.pk).update(status=Status.SENT)


def test_an_issue_has_what_is_new_and_what_is_urgent(now: datetime) -> None:
    long_ago = now - timedelta(days=90)
    need("New", now)
    need("Old", now, opened_at=long_ago)
    need("Old and urgent", now, opened_at=long_ago, urgency=Need.Urgency.URGENT)
    need("Nearly met", now, opened_at=long_ago, quantity_wanted=20, quantity_pledged=15)
    need("Half met", now, opened_at=long_ago, quantity_wanted=20, quantity_pledged=14)
    need("Closed", now, status=Need.Status.WITHDRAWN)
    need("Too late", now, deadline_on=now.date() - timedelta(days=1))

    digest = build(now)
    assert titles(digest) == ["Old and urgent", "New", "Nearly met"]
    assert digest.status == Status.REVIEW


def test_what_an_issue_showed_is_not_shown_again(now: datetime) -> None:
    need("Seen", now, urgency=Need.Urgency.URGENT)
    send_out(build(now))
    need("Unseen", now + timedelta(days=7))

    assert titles(build(now + timedelta(days=7), week=51)) == ["Unseen"]


def test_a_section_has_a_cap(now: datetime) -> None:
    for number in range(12):
        need(f"Need {number}", now)
    assert len(titles(build(now))) == 8


def test_what_an_editor_decided_stays_when_it_is_built_again(now: datetime) -> None:
    editor = UserFactory(is_superuser=True)
    for number in range(10):
        need(f"Need {number}", now)
    digest = build(now)
    last, out = digest.items.get(title="Need 3"), digest.items.get(title="Need 9")
    digests.choose(item=last, choice=Choice.PINNED, by=editor, now=now)
    digests.choose(item=out, choice=Choice.LEFT_OUT, by=editor, now=now)

    digest = build(now + timedelta(hours=1))
    assert digest.items.get(title="Need 3").is_pinned
    assert digest.items.get(title="Need 9").is_left_out
    assert len(titles(digest)) == 8
    assert "Need 9" not in titles(digest)


def test_lines_change_places_within_their_section(now: datetime) -> None:
    editor = UserFactory(is_superuser=True)
    for number in range(3):
        need(f"Need {number}", now)
    digest = build(now)
    assert titles(digest) == ["Need 2", "Need 1", "Need 0"]
    digests.shift(item=digest.items.get(title="Need 0"), up=True, by=editor, now=now)
    digests.shift(item=digest.items.get(title="Need 2"), up=True, by=editor, now=now)
    assert titles(digest) == ["Need 2", "Need 0", "Need 1"]


def test_only_editors_edit(now: datetime) -> None:
    item = DigestItemFactory()
    stranger, editor = UserFactory(), UserFactory(is_superuser=True)
    with pytest.raises(PermissionDenied):
        digests.choose(item=item, choice=Choice.PINNED, by=stranger, now=now)
    with pytest.raises(PermissionDenied):
        digests.schedule(digest=item.digest, by=stranger, now=now)
    assert digests.schedule(digest=item.digest, by=editor, now=now).status == Status.SCHEDULED
    assert digests.schedule(digest=item.digest, by=editor, now=now).status == Status.SCHEDULED


def test_a_scheduled_issue_is_closed_until_it_is_taken_back(now: datetime) -> None:
    editor = UserFactory(is_superuser=True)
    item = DigestItemFactory(digest=DigestFactory(status=Status.SCHEDULED))
    with pytest.raises(digests.NotEditable):
        digests.write(digest=item.digest, subject="a", intro="", by=editor, now=now)
    with pytest.raises(digests.NotEditable):
        build(now)
    digests.take_back(digest=item.digest, by=editor, now=now)
    written = digests.write(digest=item.digest, subject="a", intro="b", by=editor, now=now)
    assert (written.subject, written.intro) == ("a", "b")


def test_a_line_keeps_for_whom_it_is(now: datetime) -> None:
    organization = OrganizationFactory(areas=["south-la"], focus_areas=["robotics"])
    need("Here", now, organization=organization, is_remote=False)
    need("Anywhere", now, organization=organization, is_remote=True)
    digest = build(now)
    here, anywhere = digest.items.get(title="Here"), digest.items.get(title="Anywhere")
    assert (here.areas, here.topics, here.organization) == (
        ["south-la"],
        ["robotics"],
        organization.slug,
    )
    assert anywhere.areas == []


def test_new_organizations_are_introduced_once(now: datetime) -> None:
    organization = OrganizationFactory(name="Fresh")
    type(organization).objects.update(created_at=now - timedelta(days=1))
    digest = build(now)
    assert titles(digest, "organizations") == ["Fresh"]
    send_out(digest)
    assert titles(build(now + timedelta(days=7), week=51), "organizations") == []


def test_a_week_that_no_year_has_is_refused(now: datetime) -> None:
    with pytest.raises(digests.NoSuchWeek):
        digests.build(year=2027, week=53, edition="weekly", now=now)
    assert digests.build(year=2026, week=53, edition="weekly", now=now).monday.day == 28


@pytest.mark.parametrize("many", [1, 3, 40])
def test_building_asks_the_same_number_of_questions(now: datetime, many: int) -> None:
    for number in range(many):
        need(f"Need {number}", now, organization=OrganizationFactory(areas=["south-la"]))
    weeks.due_at(2026, 50)
    with CaptureQueriesContext(connection) as queries:
        build(now)
    selects = [q for q in queries.captured_queries if q["sql"].startswith("SELECT")]
    assert len(selects) <= 24


@pytest.mark.parametrize(("was", "then"), list(product(Status, Status)))
def test_an_issue_moves_only_as_the_table_says(was: str, then: str) -> None:
    digest = DigestFactory(status=was)
    if then in Digest.MOVES[was]:
        digests.move(digest, then, by=None)
        digest.refresh_from_db()
        assert digest.status == then
    else:
        with pytest.raises(digests.ImpossibleMove):
            digests.move(digest, then, by=None)


def test_the_next_date_of_each_series_comes_with_its_places(now: datetime) -> None:
    series = SeriesFactory(title="Robot club", capacity=5, local_start=datetime(2026, 12, 10, 16))  # noqa: DTZ001
    first = OccurrenceFactory(series=series)
    OccurrenceFactory(series=series, original_start=datetime(2026, 12, 12, 16))  # noqa: DTZ001
    full = SeriesFactory(title="Full", capacity=5, local_start=datetime(2026, 12, 10, 16))  # noqa: DTZ001
    OccurrenceFactory(series=full, seats_taken=5)
    far = SeriesFactory(title="Far", local_start=datetime(2026, 12, 30, 16))  # noqa: DTZ001
    OccurrenceFactory(series=far)

    digest = build(now)
    assert titles(digest, "events") == ["Robot club"]
    line = digest.items.get(section="events")
    assert line.url == first.get_absolute_url()
    assert line.facts == "Thu, Dec 10, 4:00 – 5:30 PM PST · Central Library · 5 places left"
    send_out(digest)
    type(first).objects.exclude(pk=first.pk).update(status="cancelled", cancelled_at=now)
    assert titles(build(now, week=51), "events") == []


def test_a_company_is_thanked_when_its_pledge_is_accepted(now: datetime) -> None:
    accepted = PledgeFactory(
        company=CompanyFactory(name="Example Rockets"),
        organization=OrganizationFactory(name="Robot Lab"),
        status=Pledge.Status.ACCEPTED,
        accepted_at=now - timedelta(days=1),
    )
    PledgeLineFactory(pledge=accepted)
    PledgeFactory(status=Pledge.Status.ANNOUNCED)

    digest = build(now)
    assert titles(digest, "thanks") == ["Thank you, Example Rockets"]
    assert digest.items.get(section="thanks").facts == "5 items for Robot Lab"
