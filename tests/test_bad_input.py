"""Whatever is thrown at any of our doors: an answer, and never a failure of ours."""

from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.factories.accounts import UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.events import OccurrenceFactory, SeriesFactory
from tests.factories.organizations import NeedFactory, OrganizationFactory
from tests.public_routes import address, routes

pytestmark = pytest.mark.django_db

QUERIES = [
    "page=0",
    "page=-1",
    "page=99999999999999999999999999",
    "page=999999999",
    "page=two&page=1",
    "page=%D9%A1",
    "q=%00",
    "q=%FF%FE&area=%C3%28",
    "q=" + "x" * 5000,
    "q=" + quote("\"' OR 1=1 --(*) NEAR/3 \U0001f916"),
    "area=nonsense&kind=nonsense&focus=nonsense",
    "unknown=1",
    "from=2026-02-30&to=yesterday",
    "from=99999-01-01",
    "from=0001-01-01",
    "to=9999-12-31",
    "near=00000&within=-1",
    "free=-5&age=1e9",
    "&".join(f"area={number}" for number in range(600)),
    "%00=%00",
]
FILLERS = ["a" * 400, "%00", "%FF", "..%2F..%2Fetc%2Fpasswd", "%F0%9F%A4%96", "9" * 30, "'", "-1"]
METHODS = ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "BREW"]
BODIES = {
    "nothing": ("application/x-www-form-urlencoded", b""),
    "broken text": ("application/x-www-form-urlencoded", b"name=%FF%FE&email=%C3%28&q=\xff"),
    "null bytes": ("application/x-www-form-urlencoded", b"name=a%00b&email=%00&member=%00&id=%00"),
    "json": ("application/json", b'{"name": ['),
    "half a form": ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; n"),
    "no boundary": ("multipart/form-data", b"--x"),
    "an alphabet that there is not": ("text/plain; charset=klingon", b"name=a"),
}


@pytest.fixture(autouse=True)
def something_real() -> None:
    organization = OrganizationFactory(slug="real")
    NeedFactory(slug="real", organization=organization)
    CompanyFactory(slug="real")
    OccurrenceFactory(series=SeriesFactory(slug="real", organization=organization))


@pytest.fixture
def callers() -> dict[str, Client]:
    """A member of staff for the desks and for `/me/`, a visitor for all the rest."""
    staff = Client(raise_request_exception=False)
    staff.force_login(UserFactory(is_staff=True, is_superuser=True))
    visitor = Client(raise_request_exception=False)
    return {"desk/": staff, "me/": staff, "": visitor}


def caller_of(callers: dict[str, Client], route: str) -> Client:
    return next(client for start, client in callers.items() if route.startswith(start))


def failures(answers: dict[str, int]) -> dict[str, int]:
    return {path: status for path, status in answers.items() if status >= 500}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[:30])
def test_no_query_breaks_a_page(callers: dict[str, Client], query: str) -> None:
    answers = {
        route: caller_of(callers, route).get(f"{address(route)}?{query}").status_code
        for route in routes()
    }
    assert failures(answers) == {}


@pytest.mark.parametrize("filler", FILLERS, ids=lambda filler: filler[:10])
def test_no_address_breaks_a_page(callers: dict[str, Client], filler: str) -> None:
    answers = {
        route: caller_of(callers, route).get(address(route, filler)).status_code
        for route in [*routes(), "<path:anything>/", "<path:anything>"]
        if "<" in route
    }
    assert failures(answers) == {}


@pytest.mark.parametrize("method", METHODS)
def test_no_method_breaks_a_page(callers: dict[str, Client], method: str) -> None:
    answers = {
        route: caller_of(callers, route).generic(method, address(route)).status_code
        for route in routes()
    }
    assert failures(answers) == {}


@pytest.mark.parametrize("body", BODIES)
def test_no_form_post_breaks_a_page(callers: dict[str, Client], body: str) -> None:
    kind, data = BODIES[body]
    answers = {
        route: caller_of(callers, route)
        .generic("POST", address(route), data, content_type=kind)
        .status_code
        for route in routes()
    }
    assert failures(answers) == {}


def test_a_form_says_what_is_wrong_once(callers: dict[str, Client]) -> None:
    answers = {
        route: caller_of(callers, route).post(address(route), {"nothing": "asked"}).content
        for route in routes()
    }
    said = {route: content.count(b'class="errors"') for route, content in answers.items()}
    assert [route for route, times in said.items() if times > 1] == []
    assert sum(said.values()) > 10


def test_files_where_none_is_asked_for_break_nothing(callers: dict[str, Client]) -> None:
    answers = {}
    for route in routes():
        file = SimpleUploadedFile("evil.svg", b"<svg onload=alert(1)>", "image/svg+xml")
        client = caller_of(callers, route)
        answers[route] = client.post(address(route), {"name": file, "email": file}).status_code

    assert failures(answers) == {}


def test_oversized_forms_are_refused_before_they_are_read() -> None:
    many = "&".join(f"f{number}=1" for number in range(600)).encode()
    form = "application/x-www-form-urlencoded"

    big = Client().generic("POST", "/accounts/login/", b"q=" + b"x" * 3_000_000, content_type=form)
    fields = Client().generic("POST", "/accounts/login/", many, content_type=form)

    assert (big.status_code, fields.status_code) == (413, 413)


def test_a_form_without_its_token_is_refused_with_a_page() -> None:
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "a"})

    assert (answer.status_code, answer["Content-Type"]) == (403, "text/html; charset=utf-8")
