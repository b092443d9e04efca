"""Error pages: a sentence in plain words and the right status."""

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.views.csrf import csrf_failure
from django.views.defaults import page_not_found, permission_denied, server_error
from pytest_django import DjangoAssertNumQueries

from core.views import bad_request

pytestmark = pytest.mark.django_db


def test_an_unknown_address_is_answered_by_a_page(rf: RequestFactory) -> None:
    response = page_not_found(rf.get("/nowhere/"), Exception())
    assert response.status_code == 404
    assert b"There is no such page" in response.content


def test_a_forbidden_page_says_whom_to_ask(rf: RequestFactory) -> None:
    response = permission_denied(rf.get("/desk/"), Exception())
    assert response.status_code == 403
    assert b"This page is not for you" in response.content


def test_a_form_without_its_token_says_to_reload(rf: RequestFactory) -> None:
    response = csrf_failure(rf.post("/needs/"))
    assert response.status_code == 403
    assert b"The form was open too long" in response.content


def test_a_request_that_cannot_be_read_is_answered_by_a_page(rf: RequestFactory) -> None:
    response = bad_request(rf.get("/"), SuspiciousOperation())
    assert response.status_code == 400
    assert b"The request did not make sense" in response.content


def test_a_request_that_is_too_large_says_how_large_is_fine(rf: RequestFactory) -> None:
    response = bad_request(rf.get("/"), RequestDataTooBig())
    assert response.status_code == 413
    assert b"That is too large" in response.content


def test_a_host_that_is_not_ours_gets_the_page_for_bad_requests(client: Client) -> None:
    response = client.get("/healthz/unknown", headers={"host": "elsewhere.example"})
    assert response.status_code == 400
    assert b"The request did not make sense" in response.content


def test_the_page_for_a_broken_server_needs_neither_context_nor_database(
    rf: RequestFactory, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert b"Something broke on our side" in response.content


def test_a_refusal_says_its_sentence_escaped(rf: RequestFactory) -> None:
    html = render_to_string("refusal.html", {"sentence": "All 12 <places> are taken."}, rf.get("/"))
    assert "All 12 &lt;places&gt; are taken." in html


def test_no_error_page_touches_the_session(rf: RequestFactory) -> None:
    request = rf.get("/nowhere/")
    page_not_found(request, Exception())
    assert not hasattr(request, "session")
