from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from core.vocabulary import Kind
from pages.blocks import Figure
from pages.domain.numbers import Number, numbers
from tests.factories.companies import CompanyFactory
from tests.factories.events import OccurrenceFactory
from tests.factories.organizations import NeedFactory, OrganizationFactory

pytestmark = pytest.mark.django_db


def test_numbers_count_what_they_say_in_one_query(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    last_year = datetime(2025, 12, 31, 12, tzinfo=UTC)
    organization = OrganizationFactory(first_published_at=last_year)
    NeedFactory(organization=organization, opened_at=now, kind=Kind.HARDWARE)
    NeedFactory(organization=organization, opened_at=last_year, status="partly_met")
    NeedFactory(organization=organization, status="met")
    CompanyFactory(first_published_at=now)
    CompanyFactory(live=False)
    OccurrenceFactory(series__local_start=datetime(2026, 12, 17, 16, 30))  # noqa: DTZ001
    with django_assert_num_queries(1):
        found = {one.figure: one for one in numbers(list(Figure), now=now)}
    assert found == {
        Figure.OPEN_NEEDS: Number(Figure.OPEN_NEEDS, 2, 1),
        Figure.ORGANIZATIONS: Number(Figure.ORGANIZATIONS, 1, 0),
        Figure.COMPANIES: Number(Figure.COMPANIES, 1, 1),
        Figure.HOURS_SERVED: Number(Figure.HOURS_SERVED, 0, 0),
        Figure.DEVICES_CONFIRMED: Number(Figure.DEVICES_CONFIRMED, 0, 0),
        Figure.UPCOMING_DATES: Number(Figure.UPCOMING_DATES, 1, 0),
    }


def test_the_year_turns_at_midnight_in_los_angeles() -> None:
    eve = datetime(2027, 1, 1, 7, 59, tzinfo=UTC)
    OrganizationFactory(first_published_at=eve)
    (before,) = numbers([Figure.ORGANIZATIONS], now=eve)
    (after,) = numbers([Figure.ORGANIZATIONS], now=eve + timedelta(minutes=2))
    assert (before.this_year, after.this_year) == (1, 0)


@pytest.mark.parametrize(
    ("number", "words", "change"),
    [
        (Number(Figure.HOURS_SERVED, 90, 59), "1", ""),
        (Number(Figure.HOURS_SERVED, 74_040, 6000), "1,234", "+100 this year"),
        (Number(Figure.OPEN_NEEDS, 1234, 0), "1,234", ""),
    ],
)
def test_numbers_are_written_for_people(number: Number, words: str, change: str) -> None:
    assert (number.words, number.change) == (words, change)


def test_no_figure_asks_nothing(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert numbers([], now=now) == []
