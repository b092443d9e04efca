"""Two colours for whoever watches the servers, and the page for what nobody could read."""

from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """The process answers. Touches nothing else, so a slow database restarts no server."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """The process can serve visitors: the database and the cache answer. 503 if not."""
    state = {"database": _database_answers(), "cache": _cache_answers()}
    ready = all(state.values())
    words = {name: "ok" if fine else "down" for name, fine in state.items()}
    return JsonResponse(
        {"status": "ok" if ready else "down", **words}, status=200 if ready else 503
    )


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone()[0])
    except DatabaseError:
        return False


def _cache_answers() -> bool:
    try:
        cache.set("readyz", 1, 10)
        return bool(cache.get("readyz"))
    except Exception:  # noqa: BLE001  (each cache backend fails in its own way)
        return False


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that the request could not be read: 413 where it was too large, else 400."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return render(request, "413.html", status=413)
    return render(request, "400.html", status=400)
