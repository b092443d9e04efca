"""An organization's next events on other people's sites."""

import threading
from datetime import datetime
from functools import partial
from html import unescape
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser

from events.models import Series
from tests.factories.events import OccurrenceFactory, SeriesFactory
from tests.factories.organizations import OrganizationFactory, OrganizationMembershipFactory

pytestmark = pytest.mark.django_db

URL = "/organizations/robots/events/embed/"


def robots() -> Any:
    """An organization with one date to come."""
    host = OrganizationFactory(slug="robots", name="Robots & Friends")
    OccurrenceFactory(series=SeriesFactory(organization=host, title="Build <a> robot"))
    return host


def test_the_frame_shows_the_next_dates_of_that_organization_and_no_others(
    client: Client, present: datetime
) -> None:
    host = robots()
    OccurrenceFactory(series__title="Somebody else's")
    OccurrenceFactory(
        series=SeriesFactory(organization=host, title="Draft", status=Series.Status.DRAFT)
    )
    page = client.get(URL).text
    assert "Build &lt;a&gt; robot" in page
    assert "Thu, Dec 17, 4:30 – 6:00 PM PST" in page
    assert "Somebody else" not in page
    assert "Draft" not in page


def test_anybody_may_frame_it_and_it_can_run_send_and_keep_nothing(
    client: Client, present: datetime
) -> None:
    robots()
    client.force_login(OrganizationMembershipFactory().user)
    first = client.get(URL)
    for answer in (first, client.get(URL, headers={"If-None-Match": first.headers["ETag"]})):
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors *" in policy
        assert "default-src 'none'" in policy
        assert "form-action 'none'" in policy
        assert "script-src" not in policy
        assert "X-Frame-Options" not in answer.headers
        assert "Set-Cookie" not in answer.headers
        assert not answer.cookies
        assert "Cookie" not in answer.headers.get("Vary", "")
    assert "<script" not in first.text
    assert "<form" not in first.text
    assert "csrf" not in first.text


def test_a_hidden_organization_has_no_frame_and_every_other_page_still_refuses_one(
    client: Client,
) -> None:
    host = OrganizationFactory(slug="robots", live=False)
    assert client.get(URL).status_code == 404
    type(host).objects.update(live=True)
    page = client.get("/organizations/robots/")
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


def test_the_desk_shows_what_to_copy(client: Client) -> None:
    host = OrganizationFactory(slug="robots", name='Robots "&" Friends')
    client.force_login(OrganizationMembershipFactory(organization=host).user)
    page = client.get("/desk/organizations/robots/events/").text
    copied = unescape(page)
    assert f'<iframe src="http://localhost:8000{URL}"' in copied
    assert '<tech-la-events organization="robots"' in copied
    assert "Robots &quot;&amp;&quot; Friends" in copied


@pytest.mark.browser
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_copied_lines_work_on_a_foreign_site(
    live_server: Any, browser: Browser, tmp_path: Path
) -> None:
    host = OrganizationFactory(slug="robots", name="Robots & Friends")
    OccurrenceFactory(series=SeriesFactory(organization=host, title="Build a robot"))
    # The page has names of its own, and the lines were copied for two organizations.
    script = f'<script src="{live_server.url}/static/js/tech-la-events.js" defer></script>'
    (tmp_path / "index.html").write_text(
        "<!doctype html><title>Foreign</title><script>"
        'const site = "theirs"; class TechLaEvents {} const said = () => site;</script>'
        f'<iframe src="{live_server.url}{URL}"></iframe>{script}{script}'
        '<tech-la-events organization="robots" label="Our dates"></tech-la-events>'
        "<tech-la-events></tech-la-events>"
    )
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    foreign = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=foreign.serve_forever, daemon=True).start()
    said: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(error.message))
    try:
        page.goto(f"http://127.0.0.1:{foreign.server_port}/")
        by_element = page.frame_locator("tech-la-events iframe")
        for frame in (page.frame_locator("iframe >> nth=0"), by_element):
            link = frame.get_by_role("link", name="Build a robot")
            link.wait_for()
            assert link.evaluate("link => getComputedStyle(link).color") != "rgb(0, 0, 238)"
        assert page.locator("tech-la-events iframe").get_attribute("title") == "Our dates"
        assert page.evaluate("said()") == "theirs"
        assert context.cookies() == []
        with context.expect_page() as opened:
            by_element.get_by_role("link", name="Build a robot").click()
        opened.value.wait_for_load_state("networkidle")
        assert "/events/robot-club-" in opened.value.url
        assert not [text for text in said if "favicon" not in text and "404" not in text]
    finally:
        context.close()
        foreign.shutdown()
        foreign.server_close()
