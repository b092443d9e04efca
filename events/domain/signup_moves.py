"""How a sign-up moves from one status to the next: counted, audited, and told."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from core import audit, outbox, versions
from core.errors import DomainError
from events import permissions
from events.domain import seats
from events.models import Occurrence, SignUp

Status = SignUp.Status


class NoSuchMove(DomainError):
    """The sign-up's status does not lead there."""


def move(signup: SignUp, to: SignUp.Status, *, by: User | None, now: datetime) -> None:
    """Change the status and the place it takes; the caller holds the date."""
    move_all([signup], to, by=by, now=now)


def move_all(
    signups: Sequence[SignUp], to: SignUp.Status, *, by: User | None, now: datetime
) -> None:
    """Change the status of people of one date; what comes free is offered on once, altogether."""
    changes: Counter[int | None] = Counter()
    for signup in signups:
        if to not in SignUp.MOVES[signup.status]:
            raise NoSuchMove(
                _("A sign-up that is “%(was)s” cannot become “%(to)s”.")
                % {"was": signup.get_status_display(), "to": to.label}
            )
        was, held_before = signup.status, signup.holds_place
        signup.status, signup.changed_at = to, now
        signup.sequence += signup.holds_place != held_before
        if to == Status.CHECKED_IN:
            # Who left and is back was here all the time, as far as anybody wrote down.
            signup.checked_in_at, signup.checked_out_at = signup.checked_in_at or now, None
        elif to == Status.CONFIRMED:
            signup.checked_in_at = None
        signup.save(
            update_fields=["status", "sequence", "changed_at", "checked_in_at", "checked_out_at"]
        )
        changes[signup.seat_block_id] += signup.holds_place - held_before
        audit.record(signup, "events.signup_moved", by=by, was=str(was), to=str(to))
    if any(changes.values()):
        seats.settle(signups[0].occurrence, changes, now=now)
        places_changed()


def tell(signup: SignUp, *, now: datetime) -> None:
    """Promise the mail that belongs to the status; the same one is never promised twice."""
    outbox.promise(
        "events.tasks.send_signup",
        now=now,
        key=f"events.signup:{signup.uuid.hex}:{signup.status}",
        rank=3,
        signup_id=signup.pk,
        status=str(signup.status),
    )


def places_changed() -> None:
    """Let every page go that says how many places are left."""
    versions.bump("events")


def is_host(by: User, signup: SignUp) -> bool:
    """Whether they keep the roster that it stands on."""
    return permissions.can_edit(by, signup.occurrence.series)


def party_held(signup: SignUp, row: Occurrence) -> list[SignUp]:
    """Who was signed up together with one, as they stand now that their date is held."""
    rows = SignUp.objects.party_of(signup).select_related("user", "seat_block").order_by("pk")
    party = list(rows)
    for one in party:
        one.occurrence = row
    return party


def again(signup: SignUp, row: Occurrence) -> SignUp:
    """The sign-up as it stands now that its date is held."""
    found = SignUp.objects.select_related("user").get(pk=signup.pk)
    found.occurrence = row
    return found
