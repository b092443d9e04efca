"""What the outbox does for pledges and hours: load by id, compose, send."""

from django.core.mail import EmailMultiAlternatives

from core import outbox
from pledges import mail
from pledges.models import Delivery, HoursEntry, Pledge


@outbox.effect
def tell_organization_of_pledge(pledge_id: int) -> None:
    """Ask the organization for its yes or no."""
    _send(mail.pledge_announced(_pledge(pledge_id)))


@outbox.effect
def tell_company_of_acceptance(pledge_id: int) -> None:
    """Tell the company that its pledge is wanted."""
    _send(mail.pledge_accepted(_pledge(pledge_id)))


@outbox.effect
def tell_other_side_of_withdrawal(pledge_id: int, *, by_company: bool) -> None:
    """Tell whoever did not decide it that the pledge is off."""
    _send(mail.pledge_withdrawn(_pledge(pledge_id), by_company=by_company))


@outbox.effect
def ask_organization_to_confirm(delivery_id: int) -> None:
    """Ask the organization whether it arrived."""
    _send(mail.delivery_made(_delivery(delivery_id)))


@outbox.effect
def tell_company_of_dispute(delivery_id: int) -> None:
    """Tell the company what is missing."""
    _send(mail.delivery_disputed(_delivery(delivery_id)))


@outbox.effect
def tell_organization_of_hours(entry_id: int) -> None:
    """Ask the organization to decide on hours."""
    _send(mail.hours_submitted(_entry(entry_id)))


@outbox.effect
def tell_volunteer_of_decision(entry_id: int) -> None:
    """Tell the volunteer what came of their hours."""
    _send(mail.hours_decided(_entry(entry_id)))


def _send(letters: list[EmailMultiAlternatives]) -> None:
    for letter in letters:
        letter.send()


def _pledge(pk: int) -> Pledge:
    rows = Pledge.objects.with_lines()
    return rows.select_related("company", "organization", "created_by").get(pk=pk)


def _delivery(pk: int) -> Delivery:
    rows = Delivery.objects.select_related(
        "line__pledge__company", "line__pledge__organization", "line__pledge__created_by"
    )
    return rows.get(pk=pk)


def _entry(pk: int) -> HoursEntry:
    return HoursEntry.objects.with_names().get(pk=pk)
