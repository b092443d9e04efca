"""Accounts in the CMS: kept by superusers only, and never with somebody else's password."""

from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views import account
from wagtail.users.views import users
from wagtail.users.views.bulk_actions import DeleteBulkAction

from accounts.domain import people
from accounts.forms import AccountForm, NameForm
from accounts.models import User


class CreateAccount(users.CreateView):
    """Opens an account whose address the superuser vouches for."""

    def save_instance(self) -> User:
        """Open it; they sign in by a code to the address."""
        return people.open_by_hand(by=self.request.user, **_values(self.form))


class EditAccount(users.EditView):
    """Changes how somebody is called, reached and trusted."""

    def save_instance(self) -> User:
        """Change it, with the address that signs in."""
        return people.change_account(user=self.object, by=self.request.user, **_values(self.form))


class CloseAccount(users.DeleteView):
    """Closes an account: sums that counted the person stay."""

    page_title = _("Close account")
    success_message = _("The account is closed.")

    def delete_action(self) -> None:
        """Forget the person and keep the empty row."""
        people.close_account(user=self.object, by=self.request.user, now=timezone.now())


class CloseAccounts(DeleteBulkAction):
    """Closes several accounts at once, each in the same way as one."""

    def get_execution_context(self) -> dict[str, Any]:
        """Who does it."""
        return {**super().get_execution_context(), "by": self.request.user}

    @classmethod
    def execute_action(
        cls,
        objects: list[User],
        model: type[Model] | None = None,  # noqa: ARG003  (the CMS passes it)
        by: User | None = None,
        **_more: Any,
    ) -> tuple[int, int]:
        """Close each; a refusal for one leaves all as they were."""
        for user in objects:
            people.close_account(user=user, by=by or user, now=timezone.now())
        return len(objects), 0


class AccountViewSet(users.UserViewSet):
    """The rooms of `/cms/users/`."""

    add_view_class = CreateAccount
    edit_view_class = EditAccount
    delete_view_class = CloseAccount
    create_template_name = "wagtailadmin/generic/form.html"
    edit_template_name = "wagtailadmin/generic/edit.html"
    copy_view_enabled = False

    def get_form_class(self, for_update: bool = False) -> type[AccountForm]:  # noqa: ARG002, FBT001, FBT002  (Wagtail's own signature)
        """One form for both."""
        return AccountForm


class NamePanel(account.NameEmailSettingsPanel):
    """How the person is called."""

    form_class = NameForm


class MyAccount(account.AccountView):
    """One's own account in the CMS; pictures of people are not kept."""

    def get_panels(self) -> list[account.BaseSettingsPanel]:
        """Wagtail's panels, with our name."""
        name = NamePanel(self.request, self.request.user, None)
        left_out = account.NameEmailSettingsPanel | account.AvatarSettingsPanel
        return [name, *(one for one in super().get_panels() if not isinstance(one, left_out))]


def _values(form: AccountForm) -> dict[str, Any]:
    """What the form says; what it does not ask stays as it is."""
    groups: list[Group] = list(form.cleaned_data["groups"])
    rest = ("is_active", "is_staff", "is_superuser")
    return {
        "name": form.cleaned_data["name"],
        "email": form.cleaned_data["email"],
        "groups": groups,
        **{word: form.cleaned_data.get(word, getattr(form.instance, word)) for word in rest},
    }
