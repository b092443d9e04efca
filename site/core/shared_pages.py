"""Pages that every visitor shares: 304 first, kept bytes second, rendering last.

What is rendered may itself be made of values and parts (`{% kept %}`) that stand for as long as
the versions do that they depend on, so that one change does not undo the work of all.
"""

import functools
import gzip
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
READS = frozenset({"GET", "HEAD"})
#: Where a request for a shared page carries the names that the page is kept by.
_SHOWS = "_shared_page_shows"
#: What a view says of its own answer for the layers around it; kept bytes could not say it again.
_OWN_WORDS = frozenset({"_csp_config", "xframe_options_exempt"})


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
    return request is not None and _SHOWS in vars(request)


def key_of(request: HttpRequest, what: str, *names: str) -> str:
    """The cache key of something that stands until one of the named versions rises.

    Args:
        request: the page's; each version is read once for all that the page keeps.
        what: tells it from everything else that depends on the same versions.
        names: list versions, and `CLOCK` for what changes as time passes.
    """
    return PREFIX + _mark(f"{what}\n{_standing(request, names)}")


def _standing(request: HttpRequest, names: tuple[str, ...]) -> str:
    """All that changes what an address shows, as it is now."""
    # Whatever a page shows may name an area or a topic: those rise with the frame.
    known = versions_of(request, "site", *(name for name in names if name != CLOCK))
    mark = clock_mark(timezone.now()) if CLOCK in names else ""
    return f"{versions.written(known)}\n{get_language()}\n{settings.RELEASE}\n{mark}"


def _mark(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


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


def shared_page[**P](
    *names: str,
) -> Callable[
    [Callable[Concatenate[HttpRequest, P], HttpResponse]],
    Callable[Concatenate[HttpRequest, P], HttpResponse],
]:
    """Serve a view's answer from its versions, for it shows the same to everybody.

    The view must not look at `request.user`, the session, or a CSRF token: what differs by
    visitor loads as a fragment. Only answers with status 200 are kept, and none that says that
    it is private.

    Args:
        names: the list versions that the page shows (`core.versions`), and `CLOCK` where the
            passing of time alone changes it, as it does for "next events".
    """

    def decorate(
        view: Callable[Concatenate[HttpRequest, P], HttpResponse],
    ) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
        @functools.wraps(view)
        def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method not in READS:
                return view(request, *args, **kwargs)
            vars(request)[_SHOWS] = names
            etag = _etag(request, names)
            if found := _as_before(request, etag):
                return found
            response = view(request, *args, **kwargs)
            if response.status_code != 200 or "Cache-Control" in response.headers:
                return response
            entry = response.content, response.headers["Content-Type"]
            cache.set(_key(etag), entry, KEPT_SECONDS)
            return _finish(response, etag)

        return answer

    return decorate


class SharedPagesFirst:
    """Answers for a shared page before anything asks who the visitor is.

    Session, account, form token and messages cost more than a page that is there already, and it
    is the same for everybody. This process knows a page once it has answered for it. Whatever
    guards every answer (hosts, policies) stands before this in the list of middleware.
    """

    #: Addresses known at once; past that it learns anew.
    MOST = 20_000

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._known: dict[str, tuple[str, ...]] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with what was kept, or pass on."""
        shows = self._known.get(request.path_info)
        if (
            shows is not None
            and request.method in READS
            and (found := _as_before(request, _etag(request, shows)))
        ):
            return found
        response = self.get_response(request)
        self._learn(request, response)
        return response

    def _learn(self, request: HttpRequest, response: HttpResponse) -> None:
        shows = vars(request).get(_SHOWS)
        if shows is None or "ETag" not in response.headers or _OWN_WORDS & vars(response).keys():
            return
        if len(self._known) >= self.MOST:
            self._known.clear()
        self._known[request.path_info] = shows


def _etag(request: HttpRequest, names: tuple[str, ...]) -> str:
    # META, not `headers`: to gather these took a tenth of a whole 304.
    form = "fragment" if request.META.get("HTTP_HX_REQUEST") else "page"
    return f'W/"{_mark(f"{form} {request.get_full_path()}\n{_standing(request, names)}")}"'


def _key(etag: str) -> str:
    return PREFIX + etag[3:-1]


def _as_before(request: HttpRequest, etag: str) -> HttpResponse | None:
    """A 304 for who has it, else the answer as it was kept, packed where that can be unpacked."""
    # A weak comparison, as a GET's must be: proxies that pack an answer drop or add the `W/`.
    if etag.removeprefix("W/") in request.META.get("HTTP_IF_NONE_MATCH", ""):
        return _finish(HttpResponseNotModified(), etag)
    key = _key(etag)
    if _unpacks(request):
        # Packed when it is asked for a second time, once for all who follow: to send fifty
        # kilobytes costs more than all else that a kept page does. A shared page holds no secret
        # that its packed length could tell (BREACH).
        packed = cache.get(f"{key}:gzip")
        if packed is None and (plain := cache.get(key)):
            packed = gzip.compress(plain[0], mtime=0), plain[1]
            cache.set(f"{key}:gzip", packed, KEPT_SECONDS)
        if packed is None:
            return None
        response = HttpResponse(packed[0], content_type=packed[1])
        response.headers["Content-Encoding"] = "gzip"
        return _finish(response, etag)
    if plain := cache.get(key):
        return _finish(HttpResponse(plain[0], content_type=plain[1]), etag)
    return None


def _unpacks(request: HttpRequest) -> bool:
    accepted = request.META.get("HTTP_ACCEPT_ENCODING", "").replace(" ", "")
    return "gzip" in accepted and "gzip;q=0" not in accepted


def _finish(response: HttpResponse, etag: str) -> HttpResponse:
    response.headers["ETag"] = etag
    # Ask every time (a published change shows on the next request), but a 304 will do.
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers["Vary"] = "HX-Request, Accept-Encoding"
    return response
