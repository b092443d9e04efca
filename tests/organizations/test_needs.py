from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from core import search, versions
from organizations.domain import needs
from organizations.models import Need, Organization, OrganizationMembership
from tests.factories.accounts import UserFactory
from tests.factories.organizations import (
    NeedFactory,
    OrganizationFactory,
    OrganizationMembershipFactory,
)

pytestmark = pytest.mark.django_db

Status = Need.Status


@pytest.mark.parametrize("was", list(Status))
@pytest.mark.parametrize("to", list(Status))
def test_every_move_is_in_the_table_or_refused(was: str, to: str, now: datetime) -> None:
    need = NeedFactory(status=was)

    move = needs._move

    if to == was or to in Need.MOVES[was]:
        assert move(need, to, by=None, now=now).status == to
    else:
        with pytest.raises(needs.NoSuchMove):
            move(need, to, by=None, now=now)
        assert Need.objects.get().status == was


@pytest.mark.parametrize(
    ("was", "wanted", "met", "becomes"),
    [
        (Status.OPEN, 20, 0, Status.OPEN),
        (Status.OPEN, 20, 5, Status.PARTLY_MET),
        (Status.OPEN, 20, 20, Status.MET),
        (Status.PARTLY_MET, 20, 25, Status.MET),
        (Status.PARTLY_MET, 20, 0, Status.OPEN),
        (Status.MET, 20, 19, Status.PARTLY_MET),
        (Status.MET, 20, 0, Status.OPEN),
        (Status.OPEN, None, 7, Status.PARTLY_MET),
        (Status.PAUSED, 20, 20, Status.PAUSED),
        (Status.EXPIRED, 20, 5, Status.EXPIRED),
    ],
)
def test_refresh_progress_moves_what_follows_the_ledger(
    was: str, wanted: int | None, met: int, becomes: str, now: datetime
) -> None:
    need = NeedFactory(status=was, quantity_wanted=wanted)
    before = versions.current("needs")

    needs.refresh_progress(need, pledged=met + 2, met=met, now=now, by=None)

    row = Need.objects.get()
    assert (row.quantity_pledged, row.quantity_met, row.status) == (met + 2, met, becomes)
    assert (need.quantity_pledged, need.quantity_met, need.status) == (met + 2, met, becomes)
    assert versions.current("needs") != before


def _member(organization: Organization, role: str = "organizer") -> OrganizationMembership:
    member: OrganizationMembership = OrganizationMembershipFactory(
        organization=organization, role=role
    )
    return member


def test_a_need_goes_from_draft_to_open_through_a_moderator(now: datetime) -> None:
    organization = OrganizationFactory(slug="robots")
    member = _member(organization).user
    moderator = UserFactory(is_superuser=True)
    need = Need(organization=organization, title="Twenty laptops", kind="hardware")

    need = needs.draft(need=need, by=member, now=now)
    assert (need.slug, need.status, need.live) == ("robots-twenty-laptops", Status.DRAFT, False)
    need = needs.submit(need=need, by=member, now=now)
    assert need.status == Status.IN_REVIEW
    with pytest.raises(PermissionDenied):
        needs.approve(need=need, by=member, now=now)
    assert list(search.slugs("need", "laptops")) == []

    need = needs.approve(need=need, by=moderator, now=now)
    assert (need.status, need.live, need.opened_at) == (Status.OPEN, True, now)
    assert list(search.slugs("need", "laptops")) == ["robots-twenty-laptops"]
    assert needs.approve(need=need, by=moderator, now=now).status == Status.OPEN


def test_send_back_makes_it_a_draft_that_can_be_sent_again(now: datetime) -> None:
    organization = OrganizationFactory()
    member = _member(organization).user
    moderator = UserFactory(is_superuser=True)
    need = Need(organization=organization, title="A van", kind="space")
    need = needs.submit(need=needs.draft(need=need, by=member, now=now), by=member, now=now)

    need = needs.send_back(need=need, reason="Which size?", by=moderator, now=now)
    assert need.status == Status.DRAFT
    need = needs.submit(need=need, by=member, now=now)
    assert (need.status, need.workflow_in_progress) == (Status.IN_REVIEW, True)


def test_only_editors_act_on_a_need(now: datetime) -> None:
    need = NeedFactory()
    viewer = _member(need.organization, "viewer").user
    stranger = _member(OrganizationFactory(), "admin").user
    editor = _member(need.organization).user

    for outsider in (viewer, stranger):
        for act in (needs.pause, needs.reopen, needs.withdraw, needs.submit, needs.edit):
            with pytest.raises(PermissionDenied):
                act(need=need, by=outsider, now=now)
    assert needs.pause(need=need, by=editor, now=now).status == Status.PAUSED
    assert needs.pause(need=need, by=editor, now=now).status == Status.PAUSED
    assert needs.reopen(need=need, by=editor, now=now).status == Status.OPEN
    assert needs.withdraw(need=need, by=editor, now=now).status == Status.WITHDRAWN
    assert not Need.objects.public().exists()
    with pytest.raises(needs.NoSuchMove):
        needs.edit(need=need, by=editor, now=now)


def test_reopen_finds_the_status_that_the_ledger_gives(now: datetime) -> None:
    need = NeedFactory(status=Status.PAUSED, quantity_wanted=20, quantity_met=5)
    editor = _member(need.organization).user

    assert needs.reopen(need=need, by=editor, now=now).status == Status.PARTLY_MET

    met = NeedFactory(
        organization=need.organization, status=Status.MET, quantity_wanted=2, quantity_met=2
    )
    with pytest.raises(needs.NothingLeftToMeet):
        needs.reopen(need=met, by=editor, now=now)
    met.quantity_wanted = 4
    assert needs.edit(need=met, by=editor, now=now).status == Status.PARTLY_MET


def test_edit_shows_new_words_at_once_and_keeps_what_the_ledger_wrote(now: datetime) -> None:
    need = NeedFactory(title="Twenty laptops", quantity_wanted=20)
    editor = _member(need.organization).user
    stale = Need.objects.get()
    needs.refresh_progress(need, pledged=12, met=9, now=now, by=None)
    stale.title = "Thirty laptops"
    stale.quantity_wanted = 30

    row = needs.edit(need=stale, by=editor, now=now)

    assert (row.title, row.quantity_met, row.status) == ("Thirty laptops", 9, Status.PARTLY_MET)
    assert list(search.slugs("need", "thirty")) == [need.slug]


def test_publishing_an_old_version_moves_no_status_and_no_quantity(now: datetime) -> None:
    need = NeedFactory()
    revision = need.save_revision()
    needs.refresh_progress(need, pledged=20, met=20, now=now, by=None)

    revision.publish()

    row = Need.objects.get()
    assert (row.status, row.quantity_met, row.live) == (Status.MET, 20, True)


def test_expire_due_closes_yesterdays_needs_and_no_others(now: datetime) -> None:
    today = date(2026, 12, 7)
    late = NeedFactory(deadline_on=today - timedelta(days=1))
    ended = NeedFactory(ends_on=today - timedelta(days=1), status=Status.PAUSED)
    for day in (today, None):
        NeedFactory(deadline_on=day)
    NeedFactory(deadline_on=today - timedelta(days=1), status=Status.MET)

    assert needs.expire_due(now=now) == 2
    assert set(Need.objects.filter(status=Status.EXPIRED)) == {late, ended}
    assert needs.expire_due(now=now) == 0
