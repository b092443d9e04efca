from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core import mail, signing
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text

from accounts.models import User
from organizations.forms import OPENED_SALT
from organizations.mail import status_path
from organizations.models import Need, Organization, OrganizationMembership, Submission
from tests.factories.accounts import UserFactory
from tests.factories.organizations import OrganizationFactory

pytestmark = pytest.mark.django_db

SUBMIT = "/organizations/submit/"


def _opened(seconds_ago: float = 60) -> str:
    moment = timezone.now() - timedelta(seconds=seconds_ago)
    return signing.dumps(moment.timestamp(), salt=OPENED_SALT)


def _typed(**others: Any) -> dict[str, Any]:
    return {
        "name": "Robots of Compton",
        "kind": "nonprofit",
        "mission": "We build robots after school.",
        "website": "https://www.robots.example.org/",
        "ein": "12-3456789",
        "areas": ["south-la"],
        "zip_code": "90220",
        "sender_name": "Ana",
        "sender_email": "Ana@example.org",
        "need_title": "20 laptops",
        "need_kind": "hardware",
        "need_quantity": "20",
        "opened": _opened(),
        **others,
    }


@pytest.fixture
def moderator() -> User:
    user: User = UserFactory(email="moderator@example.org")
    user.groups.add(Group.objects.get(name="Moderators"))
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    return user


def _cms(organization: Organization, **others: Any) -> tuple[str, dict[str, Any]]:
    """The CMS's edit view and its form as a moderator would send it."""
    address = f"/cms/snippets/organizations/organization/edit/{organization.pk}/"
    words = {
        "name": organization.name,
        "kind": organization.kind,
        "mission": organization.mission,
        "story": rich_text(""),
        "website": organization.website,
        "ein": organization.ein,
        "zip_code": organization.zip_code,
        "areas": [area.pk for area in organization.areas.all()],
        "badges": inline_formset([]),
        "accepts_volunteers": "unknown",
        "accepts_in_kind": "unknown",
        "accepts_cash": "unknown",
        "has_coordinator": "unknown",
        **others,
    }
    return address, nested_form_data(words)


def test_a_guest_sends_in_an_organization_and_a_moderator_approves_it_in_the_cms(
    client: Client, moderator: User, work: Callable[[], int]
) -> None:
    assert client.get(SUBMIT).status_code == 200
    response = client.post(SUBMIT, _typed())

    submission = Submission.objects.get()
    organization = submission.organization
    assert response.headers["Location"] == status_path(submission)
    assert (organization.status, organization.live, organization.ein, organization.site_host) == (
        "submitted",
        False,
        "123456789",
        "robots.example.org",
    )
    assert organization.workflow_in_progress
    assert Need.objects.get().status == "in_review"
    assert client.get(organization.get_absolute_url()).status_code == 404
    assert "A moderator reads it" in client.get(status_path(submission)).content.decode()
    work()
    assert {tuple(sent.recipients()) for sent in mail.outbox} == {
        ("ana@example.org",),
        ("moderator@example.org",),
    }
    mail.outbox.clear()

    client.force_login(moderator)
    address, form = _cms(organization)
    assert client.get(address).status_code == 200
    approve = {"action-workflow-action": "1", "workflow-action-name": "approve"}
    response = client.post(address, {**form, **approve})
    assert response.status_code == 302

    organization.refresh_from_db()
    assert (organization.status, organization.live) == ("approved", True)
    need = Need.objects.get()
    assert (need.status, need.live, need.quantity_wanted) == ("open", True, 20)
    client.logout()
    page = client.get(organization.get_absolute_url()).content.decode()
    assert "20 laptops" in page
    assert "Robots of Compton" in client.get("/organizations/?q=compton").content.decode()
    invited = OrganizationMembership.objects.get()
    assert (invited.invited_email, invited.role, invited.state) == (
        "ana@example.org",
        "admin",
        "invited",
    )
    work()
    assert {tuple(sent.to) for sent in mail.outbox} == {("ana@example.org",)}
    assert len(mail.outbox) == 2


def test_an_account_that_sent_it_in_becomes_its_administrator(
    client: Client, moderator: User
) -> None:
    sender = UserFactory(email="ana@example.org", name="Ana")
    client.force_login(sender)
    page = client.get(SUBMIT).content.decode()
    assert 'value="ana@example.org"' in page
    client.post(SUBMIT, _typed())

    organization = Organization.objects.get()
    client.force_login(moderator)
    address, form = _cms(organization)
    client.post(address, {**form, "action-publish": "1"})

    organization.refresh_from_db()
    assert organization.status == "approved"
    member = OrganizationMembership.objects.get()
    assert (member.user, member.role, member.state) == (sender, "admin", "active")
    client.force_login(sender)
    assert client.get(f"/desk/organizations/{organization.slug}/").status_code == 200


def test_a_question_is_asked_in_the_cms_and_answered_by_the_private_link(
    client: Client, moderator: User, work: Callable[[], int]
) -> None:
    client.post(SUBMIT, _typed())
    organization = Organization.objects.get()
    link = status_path(Submission.objects.get())
    client.force_login(moderator)
    address, form = _cms(organization)
    client.post(
        address,
        {
            **form,
            "action-workflow-action": "1",
            "workflow-action-name": "reject",
            "workflow-action-extra-data": '{"comment": "Which schools?"}',
        },
    )
    client.logout()

    organization.refresh_from_db()
    assert organization.status == "needs_info"
    work()
    [question] = [sent for sent in mail.outbox if "question" in sent.subject]
    assert "Which schools?" in question.body
    assert link in question.body
    assert "Which schools?" in client.get(link).content.decode()

    assert client.post(link, {"text": ""}).status_code == 422
    assert client.post(link, {"text": "Two in Compton."}).status_code == 302
    organization.refresh_from_db()
    assert (organization.status, organization.workflow_in_progress) == ("submitted", True)
    assert Submission.objects.get().answer == "Two in Compton."
    assert client.post(link, {"text": "More"}).status_code == 409


def test_unpublishing_in_the_cms_suspends_and_publishing_approves(
    client: Client, moderator: User
) -> None:
    organization = OrganizationFactory(slug="robots")
    client.force_login(moderator)
    client.post(f"/cms/snippets/organizations/organization/unpublish/{organization.pk}/")

    organization.refresh_from_db()
    assert (organization.status, organization.live) == ("suspended", False)
    assert client.get("/organizations/robots/").status_code == 404

    address, form = _cms(organization, badges=inline_formset([]))
    client.post(address, {**form, "action-publish": "1"})
    organization.refresh_from_db()
    assert (organization.status, organization.slug) == ("approved", "robots")
    assert client.get("/organizations/robots/").status_code == 200


def test_the_cms_lists_previews_and_makes_organizations_and_needs(
    client: Client, moderator: User
) -> None:
    client.force_login(moderator)
    OrganizationFactory(slug="robots")
    for model in ("organization", "need"):
        for page in ("", "add/"):
            address = f"/cms/snippets/organizations/{model}/{page}"
            assert client.get(address).status_code == 200, address
    _address, form = _cms(Organization(name="Circuits", mission="We solder."), areas=[])
    client.post("/cms/snippets/organizations/organization/add/", form)
    made = Organization.objects.get(name="Circuits")
    assert (made.slug, made.status, made.live) == ("circuits", "draft", False)
    preview = f"/cms/snippets/organizations/organization/preview/{made.pk}/"
    assert client.post(preview, form).json()["is_valid"]
    shown = client.get(f"{preview}?mode=")
    assert "We solder." in shown.content.decode()
    # The editor frames it; what is in it may do no more than on the page itself.
    policy = shown["Content-Security-Policy"]
    assert ("frame-ancestors 'self'" in policy, "unsafe-inline" in policy) == (True, False)
    assert shown["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"name": ""}, "name"),
        ({"ein": "12345"}, "ein"),
        ({"ein": "1234567890"}, "ein"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"zip_code": "abcde"}, "zip_code"),
        ({"areas": []}, "areas"),
        ({"areas": ["atlantis"]}, "areas"),
        ({"sender_email": "nobody"}, "sender_email"),
        ({"need_kind": ""}, "need_kind"),
        ({"need_title": ""}, "need_title"),
        ({"need_quantity": "-1"}, "need_quantity"),
        ({"homepage": "https://spam.example"}, "__all__"),
        ({"opened": "forged"}, "__all__"),
        ({"opened": ""}, "__all__"),
    ],
)
def test_a_submission_that_does_not_fit_is_handed_back_and_nothing_is_kept(
    client: Client, bad: dict[str, Any], field: str
) -> None:
    response = client.post(SUBMIT, _typed(**bad))

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not Organization.objects.exists()


def test_a_submission_faster_than_people_type_or_after_days_is_handed_back(client: Client) -> None:
    for seconds in (0.5, 3 * 24 * 3600):
        assert client.post(SUBMIT, _typed(opened=_opened(seconds))).status_code == 422
    assert client.post(SUBMIT, _typed(opened=_opened(4))).status_code == 302


def test_a_twin_needs_a_yes(client: Client) -> None:
    OrganizationFactory(name="Robots Inc.", slug="robots-inc", ein="123456789")

    response = client.post(SUBMIT, _typed())
    assert response.status_code == 422
    assert "Robots Inc." in response.content.decode()
    assert Organization.objects.count() == 1

    assert client.post(SUBMIT, _typed(is_another="on")).status_code == 302
    assert Organization.objects.count() == 2


def test_the_same_submission_twice_is_one(client: Client) -> None:
    first = client.post(SUBMIT, _typed())
    again = client.post(SUBMIT, _typed(is_another="on"))

    assert first.headers["Location"] == again.headers["Location"]
    assert Organization.objects.count() == Submission.objects.count() == 1


def test_a_stranger_who_guesses_name_and_address_does_not_get_the_private_link(
    client: Client,
) -> None:
    first = client.post(SUBMIT, _typed())
    guessed = client.post(SUBMIT, _typed(mission="Whatever.", is_another="on"))

    assert guessed.status_code == 302
    assert guessed.headers["Location"] != first.headers["Location"]


def test_floods_are_slowed_with_a_sentence(client: Client) -> None:
    for number in range(3):
        typed = _typed(name=f"Club {number}", ein="", website="")
        assert client.post(SUBMIT, typed).status_code == 302

    response = client.post(SUBMIT, _typed(name="Club 4", ein="", website=""))
    assert response.status_code == 429
    assert "You have sent in several lately" in response.content.decode()
    assert Organization.objects.count() == 3


@pytest.mark.parametrize(("proxies", "last"), [(0, 429), (1, 302)])
def test_floods_are_counted_by_visitor_and_not_by_our_own_proxy(
    client: Client, settings: Settings, proxies: int, last: int
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    answers = [
        client.post(
            SUBMIT,
            _typed(
                name=f"Club {number}", ein="", website="", sender_email=f"a{number}@example.org"
            ),
            headers={"x-forwarded-for": f"10.0.0.{number}"},
        ).status_code
        for number in range(6)
    ]
    assert answers == [302, 302, 302, 302, 302, last]


def test_a_forged_link_is_told_so(client: Client) -> None:
    response = client.get("/organizations/submissions/forged/")

    assert response.status_code == 404
    assert "This link is not complete" in response.content.decode()


def test_a_submission_with_markup_is_shown_and_never_run(client: Client) -> None:
    payload = "<script>alert(1)</script>"
    client.post(SUBMIT, _typed(name=payload, mission=payload, need_title=payload))

    page = client.get(status_path(Submission.objects.get())).content.decode()
    assert payload not in page
    assert "&lt;script&gt;" in page
