"""What people tell us about themselves and about each other."""

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.domain import memberships, people
from accounts.models import Membership, User


class SignUpName(forms.Form):
    """The part of every sign-up form that is ours: what to call the person."""

    field_order = ("name", "email", "password1")

    name = forms.CharField(
        label=_("Name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    def signup(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Do nothing more: the adapter has kept the name."""


class ProfileForm(forms.ModelForm[User]):
    """How a person is called, and in which language and zone they read."""

    name = forms.CharField(
        label=_("Name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [(name, name.replace("_", " ")) for name in sorted(available_timezones())],
    )

    class Meta:
        model = User
        fields = ("name", "locale", "time_zone")


class NameForm(forms.ModelForm[User]):
    """How a person is called, and nothing else."""

    name = forms.CharField(label=_("Name"), max_length=150)

    class Meta:
        model = User
        fields = ("name",)

    def save(self, commit: bool = True) -> User:  # noqa: ARG002, FBT001, FBT002  (Django's own signature)
        """Change the name of one's own account."""
        user = self.instance
        return people.change_profile(
            user=user,
            name=self.cleaned_data["name"],
            locale=user.locale,
            time_zone=user.time_zone,
            by=user,
            now=timezone.now(),
        )


class AccountForm(forms.ModelForm[User]):
    """An account as superusers keep it. There is no password: its owner signs in by a code."""

    name = forms.CharField(label=_("Name"), max_length=150)

    class Meta:
        model = User
        fields = ("name", "email", "is_active", "is_staff", "is_superuser", "groups")
        widgets: ClassVar = {"groups": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, editing_self: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if editing_self:
            # Nobody locks themselves out.
            for word in ("is_active", "is_staff", "is_superuser"):
                del self.fields[word]

    def clean_email(self) -> str:
        """Refuse an address that signs in to another account."""
        address: str = self.cleaned_data["email"].strip().lower()
        if people.signs_in_another(address, user=self.instance):
            raise forms.ValidationError(_("Another account signs in with this address."))
        return address


class InviteForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, members: type[Membership], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role = self.fields["role"]
        if isinstance(role, forms.ChoiceField):
            role.choices = members.Role.choices
        role.initial = members.Role.values[-1]


class RoleForm(forms.Form):
    """A member of this whole, and perhaps a role; another tenant's member is not found."""

    role = forms.CharField(required=False, max_length=20)

    def __init__(self, members: type[Membership], whole: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"] = forms.ModelChoiceField(
            memberships.of(members, whole), to_field_name="uuid"
        )
