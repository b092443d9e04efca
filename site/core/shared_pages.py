"""Pages that every anonymous visitor shares: 304 first, kept bytes second, rendering last."""

import functools
import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Concatenate

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone

from core import versions

#: How long rendered bytes are kept. The version is in the key, so they never go stale sooner.
KEPT_SECONDS = 3600
#: What is "next" or "open" changes with the clock too; event times fall on such marks.
CLOCK_STEP_MINUTES = 5


def clock_mark(now: datetime) -> str:
    """The step of the clock in which that moment lies: what is "next" changes with it."""
    return str(int(now.timestamp()) // (CLOCK_STEP_MINUTES * 60))


def versions_of(request: HttpRequest, *names: str) -> dict[str, int]:
    """The named versions as they stood when the page was asked for, each read once.

    What a page is made of (its frame, its filters' counts) is kept by these numbers too.
    """
    known: dict[str, int] = vars(request).setdefault("versions", {})
    if missing := [name for name in names if name not in known]:
        known.update(versions.numbers(*missing))
    return {name: known[name] for name in names}


def _etag(request: HttpRequest, names: tuple[str, ...], *, clock: bool) -> str:
    known = versions_of(request, "site", *names)
    parts = [
        versions.written(known),
        request.get_full_path(),
        "fragment" if request.headers.get("HX-Request") else "page",
        settings.RELEASE,
    ]
    if clock:
        parts.append(clock_mark(timezone.now()))
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def _finish(response: HttpResponse, etag: str) -> HttpResponse:
    response.headers["ETag"] = f'W/"{etag}"'
    # Ask every time (a published change shows on the next request), but a 304 will do.
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers["Vary"] = "HX-Request, Accept-Encoding"
    return response


def shared_page[**P](
    *names: str, clock: bool = False
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], HttpResponse]],
    Callable[Concatenate[HttpRequest, P], HttpResponse],
]:
    """Serve a view's answer from its versions, for it shows the same to everybody.

    The view must not look at `request.user`, the session, or a CSRF token: what differs by
    visitor loads as a fragment. Only answers with status 200 are kept.

    Args:
        names: the list versions that the page shows (`core.versions`).
        clock: whether the passing of time alone changes it, as it does for "next events".
    """

    def decorate(
        view: Callable[Concatenate[HttpRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @functools.wraps(view)
        def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method not in {"GET", "HEAD"}:
                return view(request, *args, **kwargs)
            etag = _etag(request, names, clock=clock)
            if f'"{etag}"' in request.headers.get("If-None-Match", ""):
                return _finish(HttpResponseNotModified(), etag)
            key = f"shared-page:{etag}"
            if kept := cache.get(key):
                body, content_type = kept
                return _finish(HttpResponse(body, content_type=content_type), etag)
            response = view(request, *args, **kwargs)
            if response.status_code != 200:
                return response
            cache.set(key, (response.content, response.headers["Content-Type"]), KEPT_SECONDS)
            return _finish(response, etag)

        return answer

    return decorate
