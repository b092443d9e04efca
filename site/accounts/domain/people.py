"""Accounts: opened, changed, handed out as data, closed."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.domain import memberships
from accounts.models import MembershipState, User
from core import audit
from core.errors import DomainError


class UnknownChoice(DomainError):
    """A language or time zone that there is not."""

    status = 400


class AddressInUse(DomainError):
    """Another account already signs in with the address."""


def username_for(name: str) -> str:
    """A user name that nobody has: readable for staff, telling nothing that the name does not."""
    return f"{slugify(name)[:100] or 'person'}-{uuid.uuid4().hex[:10]}"


def open_account(
    *,
    name: str,
    email: str,
    password: str | None = None,
    is_staff: bool = False,
    is_superuser: bool = False,
) -> User:
    """Open an account whose address is known to be the person's: they can sign in at once.

    People who sign up by themselves prove their address first (allauth); this is for commands
    and demonstration data. Asking twice gives the same account.

    Raises:
        AddressInUse: if the address signs in to an account with another name.
    """
    address = email.strip().lower()
    with transaction.atomic():
        known = EmailAddress.objects.filter(email=address, verified=True).first()
        if known is not None:
            found: User = known.user
            if found.name != name:
                raise AddressInUse(_("Another account signs in with %s.") % address)
            return found
        user = User(
            username=username_for(name),
            name=name,
            email=address,
            is_staff=is_staff,
            is_superuser=is_superuser,
        )
        user.set_password(password)  # none given: unusable, they sign in by code
        user.save()
        EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
        return user


def signs_in_another(email: str, *, user: User) -> bool:
    """Whether the address already signs in to an account other than this one."""
    others = EmailAddress.objects.filter(email=email, verified=True).exclude(user=user.pk)
    return bool(others.exists())


def open_by_hand(*, by: User, name: str, email: str, **trust: Any) -> User:
    """Open an account for somebody, with what `change_account` may give.

    Raises:
        PermissionDenied: unless `by` is a superuser.
        AddressInUse: if the address signs in to an account.
    """
    if not by.is_superuser:
        raise PermissionDenied
    with transaction.atomic():
        if signs_in_another(email, user=User()):
            raise AddressInUse(_("Another account signs in with %s.") % email)
        user = open_account(name=name, email=email)
        audit.record(user, "accounts.account_opened", by=by)
        return change_account(user=user, by=by, name=name, email=email, **trust)


def change_account(
    *,
    user: User,
    by: User,
    name: str,
    email: str,
    groups: Iterable[Group],
    is_active: bool,
    is_staff: bool,
    is_superuser: bool,
) -> User:
    """Change how somebody is called, reached and trusted. A new address signs in from now on.

    Raises:
        PermissionDenied: unless `by` is a superuser; nobody takes that right from themselves.
        AddressInUse: if the address signs in to another account.
    """
    if not by.is_superuser or (by.pk == user.pk and not (is_active and is_superuser)):
        raise PermissionDenied
    with transaction.atomic():
        row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if email != row.email:
            if signs_in_another(email, user=row):
                raise AddressInUse(_("Another account signs in with %s.") % email)
            EmailAddress.objects.filter(user=row, email__in=(row.email, email)).delete()
            EmailAddress.objects.filter(user=row).update(primary=False)
            EmailAddress.objects.create(user=row, email=email, verified=True, primary=True)
        row.name, row.email, row.is_active = name, email, is_active
        row.is_staff, row.is_superuser = is_staff, is_superuser
        row.save(update_fields=["name", "email", "is_active", "is_staff", "is_superuser"])
        row.groups.set(groups)
        audit.record(row, "accounts.rights_changed", by=by)
        return row


def change_profile(
    *, user: User, name: str, locale: str, time_zone: str, by: User, now: datetime
) -> User:
    """Change how a person is called and in which language and zone they read.

    Raises:
        PermissionDenied: unless it is one's own account or `by` is a superuser.
        UnknownChoice: for a language or a zone that there is not.
    """
    del now
    if by.pk != user.pk and not by.is_superuser:
        raise PermissionDenied
    if locale not in dict(settings.LANGUAGES):
        raise UnknownChoice(_("We do not speak that language yet."))
    if time_zone not in available_timezones():
        raise UnknownChoice(
            _("“%s” is not a time zone. One looks like America/Los_Angeles.") % time_zone
        )
    with transaction.atomic():
        row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        row.name, row.locale, row.time_zone = name, locale, time_zone
        row.save(update_fields=["name", "locale", "time_zone"])
        audit.record(row, "accounts.profile_changed", by=by)
        return row


def close_account(*, user: User, by: User, now: datetime) -> None:
    """Forget a person: nothing that tells who it was is left, while sums that counted them stay.

    The row itself stays, empty and closed, for what others were told about it (approved hours,
    badges given). Doing it twice changes nothing.

    Raises:
        PermissionDenied: unless it is one's own account or `by` is a superuser.
        accounts.domain.memberships.LastAdministrator: if an organization or a company would be
            left with nobody who manages its people.
    """
    if by.pk != user.pk and not by.is_superuser:
        raise PermissionDenied
    with transaction.atomic():
        row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if not row.is_active:
            return
        for members in permissions.kinds_of_membership():
            current = members.rows().filter(user=row)
            for membership in current.exclude(state=MembershipState.ENDED):
                memberships.end(membership=membership, by=row, now=now)
            current.update(invited_email="")
        EmailAddress.objects.filter(user=row).delete()
        Authenticator.objects.filter(user=row).delete()
        row.groups.clear()
        row.user_permissions.clear()
        row.username = f"closed-{row.uuid.hex}"
        row.name = row.email = ""
        row.is_active = row.is_staff = row.is_superuser = False
        row.set_unusable_password()  # which ends every session, too
        row.save()
        audit.record(row, "accounts.account_closed", by=None)


def data_of(user: User) -> dict[str, Any]:
    """Everything that this app holds about a person, ready for JSON. Other apps add theirs."""
    addresses = EmailAddress.objects.filter(user=user).order_by("email")
    return {
        "account": {
            "id": str(user.uuid),
            "name": user.name,
            "email": user.email,
            "language": user.locale,
            "time_zone": user.time_zone,
            "joined_at": user.date_joined.isoformat(),
            "last_signed_in_at": user.last_login.isoformat() if user.last_login else None,
        },
        "addresses": [
            {"email": row.email, "verified": row.verified, "primary": row.primary}
            for row in addresses
        ],
        "memberships": [
            {
                "of": str(membership.whole),
                "role": membership.role,
                "state": membership.state,
                "since": membership.created_at.isoformat(),
            }
            for members in permissions.kinds_of_membership()
            for membership in members.rows().filter(user=user).select_related(members.WHOLE)
        ],
    }
