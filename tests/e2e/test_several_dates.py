"""Several dates in a real browser: ticking all or none keeps what was typed."""

from datetime import datetime, time, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.stage import next_tuesday
from tests.factories.events import OccurrenceFactory, SeriesFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


def test_all_dates_are_ticked_in_place(page: Page) -> None:
    first = datetime.combine(next_tuesday(), time(16, 30))
    series = SeriesFactory(local_start=first)
    for week in range(3):
        OccurrenceFactory(series=series, original_start=first + timedelta(weeks=week))
    page.goto(f"{series.get_absolute_url()}sign-up/")
    page.get_by_label("Your name").fill("Ana Ruiz")
    ticked = page.locator("input[name=dates]:checked")

    page.get_by_role("link", name="Tick all dates").click()
    expect(ticked).to_have_count(3)
    page.get_by_role("link", name="Tick no date").click()
    expect(ticked).to_have_count(0)
    expect(page.get_by_label("Your name")).to_have_value("Ana Ruiz")
