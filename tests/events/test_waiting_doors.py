"""Waiting lists, through the doors: the form, the private page, and the roster."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from events import permissions
from events.models import WaitingEntry
from tests.events.people import full, give_back, person, statuses, wait
from tests.factories.events import OccurrenceFactory, SignUpFactory
from tests.factories.organizations import OrganizationMembershipFactory

pytestmark = pytest.mark.django_db

Status = WaitingEntry.Status


def test_a_guest_waits_gets_an_offer_and_takes_it(
    client: Client, now: datetime, work_later: Callable[[], int], time_machine: object
) -> None:
    time_machine.move_to(now, tick=False)  # type: ignore[attr-defined]
    occurrence = full()
    path = f"{occurrence.get_absolute_url()}sign-up/"
    assert "Join the waiting list" in client.get(path).text

    typed = {"name": "Ana Ruiz", "email": "ana@example.com", "wait": "1"}
    answer = client.post(path, typed, follow=True)
    assert "You are on the waiting list" in answer.text
    work_later()
    link = re.search(r"/waiting/\S+/", str(mail.outbox[-1].body))
    assert link is not None
    assert "Leave the list" in client.get(link[0]).text

    give_back(occurrence, now)
    page = client.get(link[0]).text
    assert "Take the place" in page
    assert statuses(occurrence) == [Status.OFFERED]  # looking changed nothing
    done = client.post(link[0], {"act": "accept"}, follow=True)
    assert "Confirmed" in done.text
    assert "Took the place" in client.get(link[0]).text


def test_a_guest_who_is_signed_up_is_answered_as_a_stranger_is_and_told_by_mail(
    client: Client, now: datetime, work_later: Callable[[], int], time_machine: Any
) -> None:
    time_machine.move_to(now, tick=False)
    occurrence = full(series__title="Robots")
    SignUpFactory(occurrence=occurrence, name="Ana Ruiz", email="ana@example.com")
    path = f"{occurrence.get_absolute_url()}sign-up/"
    for headers in ({}, {"HX-Request": "true"}):
        answers = []
        for name in ("Ana Ruiz", "Ben Ruiz"):
            typed = {"name": name, "email": "ana@example.com", "wait": "1"}
            answer = client.post(path, typed, headers=headers, follow=True)
            answers.append((answer.status_code, answer.redirect_chain, answer.text))
        assert answers[0] == answers[1]
        assert "You are on the waiting list" in answers[0][2]
    assert [entry.name for entry in occurrence.line.all()] == ["Ben Ruiz"]
    work_later()
    assert sorted(str(letter.subject) for letter in mail.outbox) == [
        "On the waiting list: Robots",
        "You have a place already: Robots",
    ]
    letter = next(one for one in mail.outbox if "already" in str(one.subject))
    assert "Ana Ruiz is signed up." in str(letter.body)
    assert "/sign-ups/" in str(letter.body)


def test_what_cannot_be_done_on_the_private_page_says_why(client: Client, now: datetime) -> None:
    entry = wait(full(), now)
    path = f"/waiting/{permissions.waiting_token(entry)}/"
    refused = client.post(path, {"act": "accept"})
    assert (refused.status_code, "next in line" in refused.text) == (409, True)
    assert client.post(path, {"act": "dance"}).status_code == 404
    assert client.get("/waiting/forged/").status_code == 404
    assert client.post(path, {"act": "leave"}, follow=True).status_code == 200
    entry.refresh_from_db()
    assert entry.status == Status.WITHDRAWN


def test_a_place_that_came_free_meanwhile_is_offered_on_the_form(
    client: Client, now: datetime, time_machine: object
) -> None:
    time_machine.move_to(now, tick=False)  # type: ignore[attr-defined]
    occurrence = OccurrenceFactory(capacity=1)
    path = f"{occurrence.get_absolute_url()}sign-up/"
    typed = {"name": "Ana Ruiz", "email": "ana@example.com", "wait": "1"}
    answer = client.post(path, typed)
    assert answer.status_code == 409
    assert "A place is free right now" in answer.text
    assert "Ana Ruiz" in answer.text
    assert "Take a place" in answer.text


def test_the_roster_shows_who_waits_and_what_was_offered(client: Client, now: datetime) -> None:
    membership = OrganizationMembershipFactory(user=person())
    occurrence = full(series__organization=membership.organization)
    wait(occurrence, now)
    give_back(occurrence, now)
    client.force_login(membership.user)
    slug, start = occurrence.series.slug, occurrence.address_start
    desk = f"/desk/organizations/{membership.organization.slug}/events/{slug}/{start}/"
    page = client.get(desk).text
    assert "Waiting list" in page
    assert "Offered a place" in page
