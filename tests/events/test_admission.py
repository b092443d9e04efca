"""Who may come to a date, and why not."""

from datetime import datetime, timedelta

import pytest

from events.domain import admission, signups
from events.models import Occurrence, Series, SignUp
from tests.events.people import guest
from tests.factories.events import OccurrenceFactory, SignUpFactory

pytestmark = pytest.mark.django_db


def test_a_past_a_cancelled_a_closed_and_a_future_date_refuse(now: datetime) -> None:
    past = OccurrenceFactory(starts_at=now - timedelta(hours=1), ends_at=now)
    cancelled = OccurrenceFactory(status=Occurrence.Status.CANCELLED, cancelled_at=now)
    draft = OccurrenceFactory(series__status=Series.Status.DRAFT)
    closed = OccurrenceFactory(series__closes_minutes_before=60 * 24 * 30)
    early = OccurrenceFactory(series__opens_days_before=1)
    with pytest.raises(admission.OccurrencePast):
        guest(past, now)
    with pytest.raises(admission.OccurrenceCancelled):
        guest(cancelled, now)
    for occurrence in (draft, closed, early):
        with pytest.raises(admission.OccurrenceClosed):
            guest(occurrence, now)
    assert SignUp.objects.count() == 0


def test_a_full_date_refuses_and_says_how_many_are_left(now: datetime) -> None:
    occurrence = OccurrenceFactory(capacity=3)
    guest(occurrence, now, others=["Ben Ruiz"])
    with pytest.raises(admission.OccurrenceFull) as caught:
        guest(occurrence, now, name="Ben", others=["Dua"])
    assert caught.value.sentence == "Only 1 place is left, not 2."
    guest(occurrence, now, name="Ben", email="ben@example.com")
    with pytest.raises(admission.OccurrenceFull):
        guest(occurrence, now, name="Cem", email="cem@example.com")


def test_a_third_unconfirmed_signup_of_an_address_is_refused(now: datetime) -> None:
    occurrence = OccurrenceFactory()
    guest(occurrence, now, name="A")
    guest(occurrence, now, name="B")
    with pytest.raises(admission.TooManyPending):
        guest(occurrence, now, name="C")


def test_a_guest_is_refused_alike_whether_the_name_is_signed_up_or_not(now: datetime) -> None:
    occurrence = OccurrenceFactory(capacity=2, seats_taken=2)
    for name in ("Ana", "Ben"):
        SignUpFactory(occurrence=occurrence, name=name, email="ana@example.com")
    for name in ("Ana", "Cem"):
        with pytest.raises(admission.OccurrenceFull, match="is full"):
            guest(occurrence, now, name=name)
        with pytest.raises(admission.OccurrencePast):
            guest(occurrence, occurrence.starts_at, name=name)
    Occurrence.objects.filter(pk=occurrence.pk).update(seats_taken=1)
    for others in (["Ben"], ["Cem"]):
        with pytest.raises(admission.OccurrenceFull, match="Only 1 place is left, not 2"):
            guest(occurrence, now, name="Ana", others=others)
    ana = occurrence.signups.order_by("pk")[0]
    assert guest(occurrence, now, name="Ana") == ana
    # A second click on the last place has the answer of the first, while the place is held.
    dua = guest(occurrence, now, name="Dua")
    assert guest(occurrence, now, name="Dua") == dua
    with pytest.raises(admission.OccurrenceFull):
        guest(occurrence, now + signups.HOLD, name="Dua")
