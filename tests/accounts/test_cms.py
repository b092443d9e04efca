import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.test import Client

from accounts.models import User
from tests.factories.accounts import UserFactory
from tests.factories.pledges import HoursEntryFactory

pytestmark = pytest.mark.django_db

VALUES = {"name": "Ana Ruiz", "email": "Ana@Example.org", "is_active": "on"}


@pytest.fixture
def everything_but_superuser(client: Client) -> Client:
    """Somebody with every right there is in the database."""
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    client.force_login(user)
    return client


def test_a_superuser_opens_an_account_that_signs_in_by_code(admin_client: Client) -> None:
    assert admin_client.get("/cms/users/").status_code == 200
    assert admin_client.get("/cms/users/new/").status_code == 200

    group = Group.objects.get(name="Editors")
    answer = admin_client.post("/cms/users/new/", {**VALUES, "groups": [group.pk]})

    user = User.objects.get(name="Ana Ruiz")
    assert answer.status_code == 302
    assert (user.email, user.is_active, user.is_superuser) == ("ana@example.org", True, False)
    assert user.has_usable_password() is False
    assert list(user.groups.all()) == [group]
    assert EmailAddress.objects.get(user=user, verified=True, primary=True).email == user.email


def test_a_superuser_changes_the_address_that_signs_in(admin_client: Client) -> None:
    admin_client.post("/cms/users/new/", VALUES)
    user = User.objects.get(name="Ana Ruiz")
    page = f"/cms/users/edit/{user.pk}/"
    assert admin_client.get(page).status_code == 200

    admin_client.post(page, {"name": "Ana R", "email": "new@example.org", "is_staff": "on"})

    user.refresh_from_db()
    assert (user.name, user.email) == ("Ana R", "new@example.org")
    assert (user.is_active, user.is_staff) == (False, True)
    assert [row.email for row in EmailAddress.objects.filter(user=user)] == ["new@example.org"]


def test_an_address_that_signs_in_elsewhere_is_refused(admin_client: Client) -> None:
    admin_client.post("/cms/users/new/", VALUES)
    other = UserFactory()

    for page in ("/cms/users/new/", f"/cms/users/edit/{other.pk}/"):
        answer = admin_client.post(page, {**VALUES, "name": "Thief"})
        assert "Another account signs in with this address." in answer.content.decode()

    assert User.objects.filter(name="Thief").count() == 0


def test_a_superuser_cannot_lock_themselves_out(admin_client: Client, admin_user: User) -> None:
    page = f"/cms/users/edit/{admin_user.pk}/"
    admin_client.post(page, {"name": "Root", "email": "root@example.org"})
    admin_user.refresh_from_db()
    assert (admin_user.name, admin_user.is_active, admin_user.is_superuser) == ("Root", True, True)


def test_deleting_an_account_closes_it_and_keeps_what_it_served(admin_client: Client) -> None:
    first, second = HoursEntryFactory(), HoursEntryFactory()
    page = f"/cms/users/delete/{first.user.pk}/"
    assert admin_client.get(page).status_code == 200

    admin_client.post(page)
    admin_client.post(f"/cms/bulk/accounts/user/delete/?id={second.user.pk}")

    for entry in (first, second):
        entry.refresh_from_db()
        assert (entry.user.is_active, entry.user.name, entry.minutes) == (False, "", 120)


def test_no_grant_of_rights_lets_others_keep_accounts_or_groups(
    everything_but_superuser: Client,
) -> None:
    client, person = everything_but_superuser, UserFactory()
    group = Group.objects.get(name="Moderators")
    assert client.get("/cms/").status_code == 200

    for path in (
        "users/",
        "users/new/",
        f"users/edit/{person.pk}/",
        f"users/delete/{person.pk}/",
        "groups/",
        "groups/new/",
        f"groups/edit/{group.pk}/",
        f"groups/delete/{group.pk}/",
        f"bulk/accounts/user/delete/?id={person.pk}",
    ):
        assert client.get(f"/cms/{path}")["Location"] == "/cms/", path
    client.post("/cms/users/new/", VALUES)
    client.post(f"/cms/users/edit/{person.pk}/", {**VALUES, "is_superuser": "on"})
    client.post(f"/cms/bulk/accounts/user/assign_role/?id={person.pk}", {"role": group.pk})
    client.post(
        f"/cms/bulk/accounts/user/set_active_state/?id={person.pk}", {"mark_as_active": "False"}
    )
    client.post(f"/cms/bulk/accounts/user/delete/?id={person.pk}")

    before = (person.name, person.email, True, False)
    person.refresh_from_db()
    assert (person.name, person.email, person.is_active, person.is_superuser) == before
    assert person.groups.count() == 0
    assert User.objects.filter(name="Ana Ruiz").count() == 0


def test_ones_own_account_in_the_cms_asks_one_name(everything_but_superuser: Client) -> None:
    page = everything_but_superuser.get("/cms/account/")
    assert ("last_name" in page.content.decode(), page.status_code) == (False, 200)

    answer = everything_but_superuser.post(
        "/cms/account/",
        {
            "name_email-name": "Kim Lee",
            "theme-theme": "dark",
            "theme-contrast": "system",
            "theme-density": "default",
        },
    )

    assert answer.status_code == 302
    assert User.objects.filter(name="Kim Lee").count() == 1


def test_the_account_in_the_cms_is_for_its_editors(client: Client) -> None:
    client.force_login(UserFactory())
    assert client.get("/cms/account/").status_code == 302
