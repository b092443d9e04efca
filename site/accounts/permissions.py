"""Who may manage people, and who must sign in with a second factor."""

from collections.abc import Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Model

from accounts.models import Membership, MembershipState, User

#: Whoever may touch these can give themselves every other right.
KEPT_BY_SUPERUSERS = frozenset(
    f"{right}_{model}"
    for right in ("add", "change", "delete", "view")
    for model in ("user", "group", "permission")
)


class AccountsBySuperusers(ModelBackend):
    """Django's own rights, but no grant makes anybody else than a superuser keep accounts.

    Every room asks `has_perm`, and superusers are answered before any backend is: so this holds
    for the CMS's forms, its actions on many rows and whatever comes later.
    """

    def has_perm(self, user_obj: Any, perm: str, obj: Model | None = None) -> bool:
        """Refuse for all backends at once what groups can give and must not."""
        app, _dot, codename = perm.partition(".")
        if app in {"accounts", "auth"} and codename in KEPT_BY_SUPERUSERS:
            raise PermissionDenied
        return super().has_perm(user_obj, perm, obj)


def kinds_of_membership() -> Iterator[type[Membership]]:
    """Every table of members that the apps above have made."""
    return (model for model in apps.get_models() if issubclass(model, Membership))


def may_manage(user: User | AnonymousUser, members: type[Membership], whole: Model) -> bool:
    """Whether they may invite people to it, change roles and end memberships."""
    if not isinstance(user, User) or not user.is_active:
        return False
    if user.is_staff:
        return True
    return (
        members.rows()
        .filter(
            user=user, state=MembershipState.ACTIVE, role=members.ADMIN, **{members.WHOLE: whole}
        )
        .exists()
    )


def needs_second_factor(user: User | AnonymousUser) -> bool:
    """Whether they have to set up a passkey or an authenticator app before they go on.

    Staff and whoever manages people of an organization or a company, where the installation
    asks for it (`REQUIRE_MFA`).
    """
    if not settings.REQUIRE_MFA or not isinstance(user, User):
        return False
    if Authenticator.objects.filter(
        user=user, type__in=[Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    ).exists():
        return False
    return (
        user.is_staff
        or user.is_superuser
        or any(
            members.rows()
            .filter(user=user, state=MembershipState.ACTIVE, role=members.ADMIN)
            .exists()
            for members in kinds_of_membership()
        )
    )
