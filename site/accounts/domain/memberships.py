"""Memberships of organizations and companies: invited, accepted, changed, ended.

The rules are the same for every kind of membership; the table that they work on is an argument.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.mail import INVITATION_SALT
from accounts.models import Membership, MembershipState, User
from core import audit, limits, outbox
from core.errors import DomainError

#: How long the link of an invitation opens it.
INVITATION_AGE = timedelta(days=14)


class InvitationClosed(DomainError):
    """The invitation was withdrawn, used by somebody else, or is too old."""

    status = 410


class AlreadyMember(DomainError):
    """They belong to it already."""


class LastAdministrator(DomainError):
    """Somebody must be left who manages the others."""


class NoSuchRole(DomainError):
    """A role that this kind of membership does not have."""

    status = 400


class Ended(DomainError):
    """The membership is over."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A place where a person works: its name, their role there, and the way to it."""

    name: str
    role: str
    url: str


def of(members: type[Membership], whole: Any) -> QuerySet[Membership]:
    """The members of one whole and the invitations to it, in the order in which they came."""
    rows = members.rows().filter(**{members.WHOLE: whole})
    current = rows.exclude(state=MembershipState.ENDED)
    return current.select_related("user", "invited_by").order_by("created_at", "pk")


def desks_of(user: User) -> list[Desk]:
    """Where the person may work now, by name: one query for each kind of membership."""
    rows = [
        row
        for members in permissions.kinds_of_membership()
        for row in members.rows()
        .filter(user=user, state=MembershipState.ACTIVE)
        .select_related(members.WHOLE)
    ]
    desks = [Desk(str(row.whole), _role_name(row), row.desk_url) for row in rows]
    return sorted(desks, key=lambda desk: desk.name.casefold())


def invite(
    *,
    members: type[Membership],
    whole: Any,
    email: str,
    role: str,
    by: User,
    now: datetime,
) -> Membership:
    """Invite whoever reads that address; asking again sends the mail again.

    Raises:
        PermissionDenied: unless `by` manages its people.
        NoSuchRole: for a role that there is not.
        AlreadyMember: if a member has that address.
        core.limits.TooOften: if the address has had its share of mails.
    """
    if not permissions.may_manage(by, members, whole):
        raise PermissionDenied
    _check_role(members, role)
    address = email.strip().lower()
    validate_email(address)
    with transaction.atomic():
        _lock(whole)
        if of(members, whole).filter(state=MembershipState.ACTIVE, user__email=address).exists():
            raise AlreadyMember(_("%s belongs to it already.") % address)
        limits.take_or_refuse(
            "mail",
            address,
            *limits.MAIL_TO_ONE_ADDRESS,
            now=now,
            sentence=_("%s has had several mails lately. Try again in a few hours.") % address,
        )
        row, created = members.rows().get_or_create(
            invited_email=address,
            state=MembershipState.INVITED,
            **{members.WHOLE: whole},
            defaults={"role": role, "invited_by": by},
        )
        if not created:
            row.role, row.invited_by = role, by
            row.save(update_fields=["role", "invited_by"])
        audit.record(whole, "accounts.member_invited", by=by, membership=str(row.uuid), role=role)
        outbox.promise(
            "accounts.tasks.send_invitation",
            now=now,
            rank=3,
            kind=members._meta.label_lower,
            membership_id=str(row.uuid),
        )
        return row


def invitation(token: str) -> Membership:
    """The membership that a mailed link stands for, whatever has become of it.

    Raises:
        InvitationClosed: if the link is forged, cut off or too old.
    """
    try:
        kind, uuid = signing.loads(token, salt=INVITATION_SALT, max_age=INVITATION_AGE)
        members = {one._meta.label_lower: one for one in permissions.kinds_of_membership()}[kind]
        return members.rows().select_related(members.WHOLE, "invited_by").get(uuid=uuid)
    except (signing.BadSignature, KeyError, ValueError, TypeError, ObjectDoesNotExist) as error:
        raise InvitationClosed(
            _("This invitation does not work any more. Ask whoever sent it for a new one.")
        ) from error


def accept(*, membership: Membership, by: User, now: datetime) -> Membership:
    """Become a member by an invitation; doing it twice gives the same membership.

    Raises:
        InvitationClosed: if it was withdrawn or somebody else has accepted it.
        AlreadyMember: if `by` belongs to it already in another way.
    """
    members = type(membership)
    with transaction.atomic():
        whole = _lock(membership.whole)
        row = members.rows().select_for_update(no_key=True).get(pk=membership.pk)
        if row.state == MembershipState.ACTIVE and row.user_id == by.pk:
            return row
        if row.state != MembershipState.INVITED:
            raise InvitationClosed(
                _("This invitation was withdrawn or accepted already. Ask for a new one.")
            )
        if of(members, whole).filter(user=by).exclude(pk=row.pk).exists():
            raise AlreadyMember(_("You belong to %s already.") % whole)
        row.user = by
        return _move(row, MembershipState.ACTIVE, by=by, now=now)


def change_role(*, membership: Membership, role: str, by: User, now: datetime) -> Membership:
    """Give a member another role.

    Raises:
        PermissionDenied: unless `by` manages its people.
        NoSuchRole: for a role that there is not.
        Ended: if they are no member any more.
        LastAdministrator: if nobody would be left who manages the others.
    """
    del now
    members = type(membership)
    if not permissions.may_manage(by, members, membership.whole):
        raise PermissionDenied
    _check_role(members, role)
    with transaction.atomic():
        whole = _lock(membership.whole)
        row = members.rows().select_for_update(no_key=True).get(pk=membership.pk)
        if row.state == MembershipState.ENDED:
            raise Ended(_("This membership has ended."))
        if row.role == role:
            return row
        _keep_an_administrator(row, whole)
        was, row.role = row.role, role
        row.save(update_fields=["role"])
        audit.record(
            whole, "accounts.role_changed", by=by, membership=str(row.uuid), was=was, role=role
        )
        return row


def end(*, membership: Membership, by: User, now: datetime) -> Membership:
    """Leave, remove a member, or withdraw an invitation; doing it twice changes nothing.

    Raises:
        PermissionDenied: unless it is one's own or `by` manages its people.
        LastAdministrator: if nobody would be left who manages the others.
    """
    members = type(membership)
    own = membership.user_id is not None and membership.user_id == by.pk
    if not own and not permissions.may_manage(by, members, membership.whole):
        raise PermissionDenied
    with transaction.atomic():
        whole = _lock(membership.whole)
        row = members.rows().select_for_update(no_key=True).get(pk=membership.pk)
        if row.state == MembershipState.ENDED:
            return row
        _keep_an_administrator(row, whole)
        return _move(row, MembershipState.ENDED, by=by, now=now)


def _move(row: Membership, state: str, *, by: User, now: datetime) -> Membership:
    if state not in row.MOVES[row.state]:
        raise Ended(_("This membership has ended."))
    was, row.state = row.state, state
    if state == MembershipState.ENDED:
        row.ended_at = now
    row.save(update_fields=["user", "state", "ended_at"])
    audit.record(
        row.whole, "accounts.member_moved", by=by, membership=str(row.uuid), was=was, now=state
    )
    return row


def _lock(whole: Any) -> Any:
    """Let one change of the people of a whole wait for another: who is the last one is a fact."""
    return type(whole).objects.select_for_update(no_key=True).get(pk=whole.pk)


def _keep_an_administrator(row: Membership, whole: Any) -> None:
    if row.state != MembershipState.ACTIVE or row.role != row.ADMIN:
        return
    others = of(type(row), whole).filter(state=MembershipState.ACTIVE, role=row.ADMIN)
    if not others.exclude(pk=row.pk).exists():
        raise LastAdministrator(
            _("Somebody must be left who manages the people here: give the role to another first.")
        )


def _check_role(members: type[Membership], role: str) -> None:
    if role not in members.Role.values:
        raise NoSuchRole(_("There is no role called “%s” here.") % role)


def _role_name(row: Membership) -> str:
    return str(row.Role(row.role).label)
