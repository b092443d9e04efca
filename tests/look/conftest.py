"""A browser that visits the served site."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer


@pytest.fixture
def visit(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """Open a page of the site in a window of its own.

    It is closed before the database is emptied, and not before the server has answered all:
    a late request would write rows into the emptied tables.
    """
    contexts: list[BrowserContext] = []

    def go(path: str, **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.goto(live_server.url + path)
        return page

    yield go
    for context in contexts:
        for page in context.pages:
            page.wait_for_load_state("networkidle")
        context.close()
