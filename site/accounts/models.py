"""A person's account, and the shared part of every membership."""

import uuid
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person who can sign in.

    Identity is the account and not the address: families and offices share one e-mail address.
    """

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"), db_index=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    locale = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, default="en"
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="America/Los_Angeles")

    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self) -> str:
        return self.get_full_name()

    def get_full_name(self) -> str:
        """How the person is called here: the name given, or what stands before the @."""
        return self.name or self.email.partition("@")[0] or self.username

    def get_short_name(self) -> str:
        """The first word of the name."""
        return self.get_full_name().split(" ")[0]


class Letter(models.Model):
    """A finished mail about signing in, on its way out; deleted once it is sent.

    It may hold a code that opens an account, so it is kept apart from the record of effects,
    which stays.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    to = models.EmailField(max_length=254)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("letter")

    def __str__(self) -> str:
        return self.subject


class MembershipState(models.TextChoices):
    """The life of a membership: invited -> active -> ended."""

    INVITED = "invited", _("invited")
    ACTIVE = "active", _("active")
    ENDED = "ended", _("ended")


class Membership(models.Model):
    """A person's part in an organization or a company; each of those adds itself and its roles.

    While invited there may be no account yet, only the address that the invitation went to.
    """

    #: The name of the foreign key to what one is a member of, and the role that manages people.
    WHOLE: ClassVar[str]
    ADMIN: ClassVar[str]
    Role: ClassVar[type[models.TextChoices]]

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    #: Typed as always there: only an invitation has none, and nobody acts by an invitation.
    user: "models.ForeignKey[User, User]" = models.ForeignKey(  # type: ignore[misc]
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True
    )
    invited_email = models.EmailField(_("invited at"), max_length=254, blank=True)
    #: Each table of members says again which roles there are.
    role = models.CharField(_("role"), max_length=10)
    state = models.CharField(
        _("state"), max_length=8, choices=MembershipState, default=MembershipState.INVITED
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(
                condition=~models.Q(state="active") | models.Q(user__isnull=False),
                name="%(app_label)s_member_is_somebody",
            ),
        )

    #: The life of a membership: which state may follow which.
    MOVES: ClassVar[dict[str, frozenset[str]]] = {
        MembershipState.INVITED: frozenset({MembershipState.ACTIVE, MembershipState.ENDED}),
        MembershipState.ACTIVE: frozenset({MembershipState.ENDED}),
        MembershipState.ENDED: frozenset(),
    }

    @classmethod
    def rows(cls) -> models.QuerySet[Self]:
        """All rows of this kind of membership."""
        return cls._default_manager.all()

    @property
    def whole(self) -> Any:
        """The organization or company."""
        return getattr(self, self.WHOLE)

    @property
    def desk_url(self) -> str:
        """Where members of it work; the addresses are part of the site's contract."""
        return f"/desk/{self._meta.app_label}/{self.whole.slug}/"

    @property
    def who(self) -> str:
        """The member's name, or the address that was invited."""
        return str(self.user) if self.user_id else self.invited_email
