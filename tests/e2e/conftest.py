"""A window on the served site."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer


@pytest.fixture
def page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A window that is closed once the server has answered all."""
    context = browser.new_context(base_url=live_server.url)
    window = context.new_page()
    yield window
    window.wait_for_load_state("networkidle")
    context.close()
