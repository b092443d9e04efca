"""What staff see of the outside world: the mails that went out, the effects that got stuck."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core import letters, listing, outbox
from core.models import Effect

PER_PAGE = 25
#: More stuck effects than this are one trouble, not many.
MOST_SHOWN = 50


def for_staff[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Answer staff; for all others there is no such page."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not (request.user.is_active and request.user.is_staff):
            raise Http404
        return view(request, *args, **kwargs)

    return never_cache(answer)


def _may_read_mails(request: HttpRequest) -> bool:
    # A mail may hold somebody's sign-in code: whoever reads it could be them.
    return request.user.is_superuser or settings.DEBUG


@for_staff
@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    """Effects that wait for somebody to look; for superusers, the mails in the local outbox too."""
    names = letters.names(settings.OUTBOX_DIR) if _may_read_mails(request) else []
    number = listing.page_number(request.GET.get("page", "1"))
    paginator = Paginator(names, PER_PAGE)
    if number > paginator.num_pages:
        raise Http404
    page = paginator.page(number)
    zone = settings.TIME_ZONE
    heads = [letters.head(settings.OUTBOX_DIR, name) for name in page]
    parked = Effect.objects.filter(state=Effect.State.PARKED).order_by("-created_at")
    return render(
        request,
        "core/outbox.html",
        {
            "may_read": _may_read_mails(request),
            "rows": [(letter, letter.when(zone)) for letter in heads],
            "page": page,
            "parked": parked[:MOST_SHOWN],
            "waiting": Effect.objects.filter(state=Effect.State.WAITING).count(),
        },
    )


@for_staff
@require_safe
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail, for superusers: to whom, about what, its text and its links."""
    letter = letters.read(settings.OUTBOX_DIR, name) if _may_read_mails(request) else None
    if letter is None:
        raise Http404
    when = letter.when(settings.TIME_ZONE)
    return render(request, "core/mail.html", {"letter": letter, "when": when})


@for_staff
@require_POST
def retry(request: HttpRequest, effect_id: UUID) -> HttpResponse:
    """Let an effect that got stuck be tried again."""
    if outbox.retry(str(effect_id), now=timezone.now()):
        messages.success(request, _("It is tried again now."))
    else:
        messages.info(request, _("It is not stuck any more."))
    return redirect("staff_outbox")
