import logging
import re

import pytest
from django.test import Client

from tests.public_routes import address, routes

pytestmark = pytest.mark.django_db

SECRET = "not-for-the-log"
#: The routes with a gap that only who was sent the link can fill.
SECRET_ROUTES = [
    address(route, SECRET) for route in routes() if re.search(r"<str:(?:code|secret|token)>", route)
]


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


def test_no_refusal_writes_down_a_secret_address(log: pytest.LogCaptureFixture) -> None:
    client = Client(enforce_csrf_checks=True)
    for path in SECRET_ROUTES:
        for method in ("GET", "OPTIONS", "POST", "PROPFIND", "REPORT"):
            client.generic(method, path)
    assert SECRET not in log.text
    said = {record.getMessage().split(":")[0] for record in log.records}
    assert {
        "Not Found",
        "Method Not Allowed (OPTIONS)",
        "Forbidden (CSRF cookie not set.)",
    } <= said
    assert "Not Found: /calendar/[secret]" in log.text


@pytest.mark.parametrize(
    "path",
    [
        f"/calendar/{SECRET}.ics/",
        f"/calendar/{SECRET}",
        f"/calendar/%20{SECRET}.ics",
        f"/calendar/x%0A{SECRET}.ics",
        f"/calendar/x/{SECRET}.ics",
        f"////calendar/{SECRET}.ics",
        f"/Calendar/{SECRET}.ics",
        f"/calendar//{SECRET}.ics",
        f"/sign-ups/{SECRET}/reminder/",
    ],
)
def test_nor_does_one_that_was_mistyped(
    client: Client, log: pytest.LogCaptureFixture, path: str
) -> None:
    client.get(path, follow=True)
    assert SECRET not in log.text


def test_what_is_no_secret_is_written_down_whole(
    client: Client, log: pytest.LogCaptureFixture
) -> None:
    for path in (
        "/events/calendar/2026/13/",
        "/seats",
        "/no/waiting/room/",
        "/newsletter/2026/60/",
    ):
        assert client.get(path, follow=True).status_code == 404
        assert f"Not Found: {path}" in log.text
