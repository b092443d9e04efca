"""Pages that every anonymous visitor shares: 304 first, kept bytes second, rendering last.

What is rendered may itself be made of values and parts (`{% kept %}`) that stand for as long as
the versions do that they depend on, so that one change does not undo the work of all.
"""

import functools
import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Concatenate

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.translation import get_language

from core import versions

#: How long rendered bytes are kept. The version is in the key, so they never go stale sooner.
KEPT_SECONDS = 3600
#: What is "next" or "open" changes with the clock too; event times fall on such marks.
CLOCK_STEP_MINUTES = 5
#: Among the names that something is kept by: it changes with the steps of the clock too.
CLOCK = "clock"
PREFIX = "kept:"


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


def is_shared(request: HttpRequest | None) -> bool:
    """Whether this is the request for a shared page: not a desk, and not an editor's preview."""
    return request is not None and "is_shared" in vars(request)


def key_of(request: HttpRequest, what: str, *names: str) -> str:
    """The cache key of something that stands until one of the named versions rises.

    Args:
        request: the page's; each version is read once for all that the page keeps.
        what: tells it from everything else that depends on the same versions.
        names: list versions, and `CLOCK` for what changes as time passes.
    """
    # Whatever a page shows may name an area or a topic: those rise with the frame.
    known = versions_of(request, "site", *(name for name in names if name != CLOCK))
    parts = [what, versions.written(known), get_language() or "", settings.RELEASE]
    if CLOCK in names:
        parts.append(clock_mark(timezone.now()))
    return PREFIX + hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def kept[T](request: HttpRequest, what: str, make: Callable[[], T], *names: str) -> T:
    """A value as it was made for these versions, or made now; never none.

    Args:
        request: as for `key_of`.
        what: as for `key_of`.
        make: works the value out. What it raises is raised, and nothing is kept.
        names: as for `key_of`.
    """
    key = key_of(request, what, *names)
    value: T | None = cache.get(key)
    if value is None:
        value = make()
        cache.set(key, value, KEPT_SECONDS)
    return value


def _finish(response: HttpResponse, etag: str) -> HttpResponse:
    response.headers["ETag"] = f'W/"{etag}"'
    # Ask every time (a published change shows on the next request), but a 304 will do.
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers["Vary"] = "HX-Request, Accept-Encoding"
    return response


def shared_page[**P](
    *names: str,
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], HttpResponse]],
    Callable[Concatenate[HttpRequest, P], HttpResponse],
]:
    """Serve a view's answer from its versions, for it shows the same to everybody.

    The view must not look at `request.user`, the session, or a CSRF token: what differs by
    visitor loads as a fragment. Only answers with status 200 are kept.

    Args:
        names: the list versions that the page shows (`core.versions`), and `CLOCK` where the
            passing of time alone changes it, as it does for "next events".
    """

    def decorate(
        view: Callable[Concatenate[HttpRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @functools.wraps(view)
        def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method not in {"GET", "HEAD"}:
                return view(request, *args, **kwargs)
            vars(request)["is_shared"] = True
            # META, not `headers`: to gather these took a tenth of a whole 304.
            form = "fragment" if request.META.get("HTTP_HX_REQUEST") else "page"
            key = key_of(request, f"{form} {request.get_full_path()}", *names)
            etag = key.removeprefix(PREFIX)
            if f'"{etag}"' in request.META.get("HTTP_IF_NONE_MATCH", ""):
                return _finish(HttpResponseNotModified(), etag)
            if found := cache.get(key):
                body, content_type = found
                return _finish(HttpResponse(body, content_type=content_type), etag)
            response = view(request, *args, **kwargs)
            if response.status_code != 200:
                return response
            cache.set(key, (response.content, response.headers["Content-Type"]), KEPT_SECONDS)
            return _finish(response, etag)

        return answer

    return decorate
