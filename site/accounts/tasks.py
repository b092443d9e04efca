"""What is delivered outside the request: the mails about accounts."""

from django.apps import apps

from accounts import mail
from accounts.models import Letter, Membership, MembershipState
from core import outbox


@outbox.effect
def send_letter(letter_id: str) -> None:
    """Send a letter and delete it: with it goes the code that it may hold."""
    row = Letter.objects.filter(pk=letter_id).first()
    if row is None:
        return
    mail.letter(row).send()
    row.delete()


@outbox.effect
def send_invitation(kind: str, membership_id: str) -> None:
    """Send the link of an invitation that is still open."""
    members = apps.get_model(kind)
    row: Membership | None = (
        members.rows().filter(uuid=membership_id, state=MembershipState.INVITED).first()
    )
    if row is not None:
        mail.invitation(row).send()
