"""What every answer carries, whatever the page and whatever the status."""

from typing import Any

import pytest
from django.test import Client

from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.events import OccurrenceFactory, SeriesFactory
from tests.factories.organizations import NeedFactory, OrganizationFactory
from tests.public_routes import address, routes

pytestmark = pytest.mark.django_db

STRICT = {
    "default-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "object-src 'none'",
}


#: For other people's sites, with a policy of its own (`tests/events/test_embed.py`).
FRAMED = {"organizations/<slug:slug>/events/embed/"}


@pytest.fixture(autouse=True)
def something_real() -> None:
    organization = OrganizationFactory(slug="real")
    NeedFactory(slug="real", organization=organization)
    CompanyFactory(slug="real")
    OccurrenceFactory(series=SeriesFactory(slug="real", organization=organization))


def policy(answer: Any) -> set[str]:
    header = str(answer.headers.get("Content-Security-Policy", ""))
    return {part.strip() for part in header.split(";") if part.strip()}


def missing(answer: Any) -> list[str]:
    wanted = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    lacks = [name for name, value in wanted.items() if answer.headers.get(name) != value]
    if "Referrer-Policy" not in answer.headers:
        lacks.append("Referrer-Policy")
    if not policy(answer) >= STRICT or "unsafe" in str(policy(answer)):
        lacks.append("Content-Security-Policy")
    return lacks


def test_every_route_of_ours_carries_the_strict_headers() -> None:
    staff = Client(raise_request_exception=False)
    staff.force_login(UserFactory(is_staff=True, is_superuser=True))
    clients = {"visitor": Client(raise_request_exception=False), "staff": staff}

    lacking = {
        (who, route): missing(client.get(address(route)))
        for who, client in clients.items()
        for route in routes()
        if route not in FRAMED
    }
    assert {key: lacks for key, lacks in lacking.items() if lacks} == {}


@pytest.mark.parametrize(
    "path", ["/", "/accounts/login/", "/accounts/signup/", "/no/such/page/", "/%00/"]
)
def test_sign_in_home_and_refusals_carry_them_too(path: str) -> None:
    assert missing(Client().get(path)) == []


def test_the_cms_carries_its_own_policy_and_may_frame_itself() -> None:
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    answer = client.get("/cms/")

    assert "script-src 'self' 'unsafe-inline'" in policy(answer)
    assert "frame-ancestors 'self'" in policy(answer)
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
