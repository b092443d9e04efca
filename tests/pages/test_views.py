from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from pytest_django import Settings
from wagtail.documents.models import Document

from tests.factories.accounts import UserFactory
from tests.factories.organizations import (
    NeedFactory,
    OrganizationFactory,
    OrganizationMembershipFactory,
)

pytestmark = pytest.mark.django_db


def test_a_document_is_a_download_that_can_do_nothing(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    document = Document.objects.create(
        title="Guide", file=ContentFile(b"%PDF-1.4 guide", name="guide.pdf")
    )
    response = client.get(document.url)
    assert response.status_code == 200
    assert response.getvalue() == b"%PDF-1.4 guide"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_documents_and_originals_are_not_found_among_pictures(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    for folder in ("images", "original_images", "documents"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.png").write_bytes(b"png")
    (tmp_path / "images" / "x.svg").write_bytes(b"<svg/>")
    (tmp_path / "images" / "x.html").write_bytes(b"<script>")
    picture = client.get("/media/images/x.png")
    assert picture.getvalue() == b"png"
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    for path in ("documents/x.png", "original_images/x.png", "images/x.html", "../db.sqlite3"):
        assert client.get(f"/media/{path}").status_code == 404


@pytest.mark.parametrize("name", ["x.svg", "x.html", "x.exe"])
def test_the_cms_refuses_files_that_could_run(
    admin_client: Client, settings: Settings, tmp_path: Path, name: str
) -> None:
    settings.MEDIA_ROOT = tmp_path
    file = ContentFile(b"<svg xmlns='http://www.w3.org/2000/svg'/>", name=name)
    admin_client.post("/cms/documents/multiple/add/", {"title": "x", "files[]": file})
    assert not Document.objects.exists()


def test_the_desk_asks_strangers_to_sign_in(client: Client) -> None:
    response = client.get("/desk/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/login/")


def test_the_desk_leads_straight_to_the_only_one(client: Client) -> None:
    membership = OrganizationMembershipFactory()
    client.force_login(membership.user)
    response = client.get("/desk/")
    assert response.headers["Location"] == f"/desk/organizations/{membership.organization.slug}/"


def test_the_desk_offers_a_choice_among_mine_only(client: Client) -> None:
    first = OrganizationMembershipFactory()
    second = OrganizationMembershipFactory(user=first.user)
    ended = OrganizationMembershipFactory(user=first.user, state="ended")
    client.force_login(first.user)
    html = client.get("/desk/").content.decode()
    assert f"/desk/organizations/{first.organization.slug}/" in html
    assert f"/desk/organizations/{second.organization.slug}/" in html
    assert f"/desk/organizations/{ended.organization.slug}/" not in html


def test_the_desk_tells_newcomers_how_to_get_one(client: Client) -> None:
    client.force_login(UserFactory())
    html = client.get("/desk/").content.decode()
    assert "/organizations/submit/" in html
    assert "/companies/join/" in html


def test_the_staff_desk_counts_what_waits(client: Client) -> None:
    OrganizationFactory(status="submitted", live=False)
    NeedFactory(status="in_review", live=False)
    client.force_login(UserFactory(is_staff=True))
    html = client.get("/desk/staff/").content.decode()
    assert "Organizations to review" in html
    assert html.count("<strong>1</strong>") == 2


def test_the_staff_desk_is_not_there_for_others(client: Client) -> None:
    client.force_login(UserFactory())
    assert client.get("/desk/staff/").status_code == 404


def test_the_cms_opens_with_what_waits(admin_client: Client) -> None:
    OrganizationFactory(status="submitted", live=False)
    html = admin_client.get("/cms/").content.decode()
    assert "Waiting for you" in html
    assert "Organizations to review" in html
