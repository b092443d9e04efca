"""Doors for editors: this week's issue, its lines, its words, its preview, and the past ones."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Concatenate

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.csp import CSP
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from core import labels, listing
from newsletter import channels, permissions
from newsletter.channels.local import links_of
from newsletter.domain import digests, weeks
from newsletter.forms import WordsForm
from newsletter.mail.issues import compose, in_reading_order, issue_of
from newsletter.models import Digest, DigestItem, Subscriber
from newsletter.views.archive import sections

_NOBODY = Subscriber().uuid


def editors_only[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Sign in first; 403 for whoever may not edit digests."""

    @login_required
    @never_cache
    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not permissions.can_edit_digests(_editor(request)):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return answer


@require_safe
@editors_only
def index(request: HttpRequest) -> HttpResponse:
    """The issues that can be worked on, and all others."""
    now = timezone.now()
    in_sight = weeks.weeks_in_sight(now)
    page = listing.page_of(Digest.objects.all(), request.GET.get("page", "1"))
    there = {(row.year, row.week, row.edition) for row in page}
    missing = [
        {"year": year, "week": week, "edition": edition, "due": _moment(weeks.due_at(year, week))}
        for year, week in in_sight
        for edition in weeks.editions_of(year, week)
        if (year, week, edition) not in there and weeks.due_at(year, week) + weeks.GRACE > now
    ]
    context = {
        "page": page,
        "missing": missing,
        "channel": channels.current().name,
        "readers": Subscriber.objects.filter(status=Subscriber.Status.SUBSCRIBED).count(),
    }
    return render(request, "newsletter/desk/index.html", context)


@require_POST
@editors_only
def build(request: HttpRequest, year: int, week: int, edition: str) -> HttpResponse:
    """Make an issue, or refresh it from what is true now."""
    if edition not in dict(Digest.edition.field.choices or ()):
        raise Http404
    digest = digests.build(
        year=year, week=week, edition=edition, by=_editor(request), now=timezone.now()
    )
    return _back(digest)


@require_safe
@editors_only
def detail(request: HttpRequest, year: int, week: int, edition: str) -> HttpResponse:
    """One issue with all its lines, those left out included."""
    digest = _digest(year, week, edition)
    return _page(request, digest, WordsForm(instance=digest))


@require_POST
@editors_only
def write(request: HttpRequest, year: int, week: int, edition: str) -> HttpResponse:
    """Take over subject and introduction."""
    digest = _digest(year, week, edition)
    form = WordsForm(request.POST, instance=_digest(year, week, edition))
    if not form.is_valid():
        return _page(request, digest, form, status=422)
    words = form.cleaned_data
    digests.write(
        digest=digest,
        subject=words["subject"],
        intro=words["intro"],
        by=_editor(request),
        now=timezone.now(),
    )
    return _back(digest)


@require_POST
@editors_only
def line(request: HttpRequest, year: int, week: int, edition: str, item: int) -> HttpResponse:
    """Pin a line, leave it out, give it back to the clock, or move it a place."""
    digest = _digest(year, week, edition)
    row = get_object_or_404(digest.items, pk=item)
    act, by, now = request.POST.get("act", ""), _editor(request), timezone.now()
    if act in {"up", "down"}:
        digests.shift(item=row, up=act == "up", by=by, now=now)
    elif act in DigestItem.Choice.values:
        digests.choose(item=row, choice=act, by=by, now=now)
    else:
        raise Http404
    return _back(digest, anchor=f"line-{row.pk}")


@require_POST
@editors_only
def step(request: HttpRequest, year: int, week: int, edition: str) -> HttpResponse:
    """Approve an issue, or open it again."""
    digest = _digest(year, week, edition)
    verb = digests.take_back if request.POST.get("act") == "take_back" else digests.schedule
    verb(digest=digest, by=_editor(request), now=timezone.now())
    return _back(digest)


@require_safe
@editors_only
@xframe_options_sameorigin
@csp_override(
    {
        "default-src": [CSP.NONE],
        # A mail carries its styles in its elements; nothing else of it may do anything.
        "style-src": [CSP.UNSAFE_INLINE],
        "frame-ancestors": [CSP.SELF],
    }
)
def preview(request: HttpRequest, year: int, week: int, edition: str, kind: str) -> HttpResponse:
    """The mail as it would go out to somebody who wants everything: `html` or `txt`."""
    del request
    issue = issue_of(_digest(year, week, edition))
    words = compose(issue, issue.blocks, links_of(_NOBODY))
    if kind == "txt":
        return HttpResponse(words.text, content_type="text/plain; charset=utf-8")
    return HttpResponse(words.html)


def _page(
    request: HttpRequest, digest: Digest, form: WordsForm, *, status: int = 200
) -> HttpResponse:
    left_out = in_reading_order(digest.items.filter(choice=DigestItem.Choice.LEFT_OUT))
    context = {
        "digest": digest,
        "form": form,
        "sections": sections(digest),
        "left_out": left_out,
        "area_names": labels.of(request).areas,
        "due": _moment(weeks.due_at(digest.year, digest.week)),
        "key": (digest.year, digest.week, digest.edition),
        "may_schedule": Digest.Status.SCHEDULED in Digest.MOVES[digest.status],
        "may_take_back": digest.status == Digest.Status.SCHEDULED,
    }
    return render(request, "newsletter/desk/digest.html", context, status=status)


def _digest(year: int, week: int, edition: str) -> Digest:
    return get_object_or_404(Digest.objects.of_week(year, week, edition))


def _back(digest: Digest, *, anchor: str = "") -> HttpResponse:
    answer = redirect("newsletter:desk_digest", digest.year, digest.week, digest.edition)
    if anchor:
        answer.headers["Location"] += f"#{anchor}"
    return answer


def _editor(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    return user


def _moment(due: datetime) -> str:
    return weeks.in_words(due)
