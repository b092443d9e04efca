"""A person's own calendar feed: made, rotated, revoked by buttons; its link is shown once."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.models import User
from core import times
from events.domain import personal_feeds
from events.models import PersonalFeed
from events.views.links import subscription_links


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    """Whether there is a feed and when it was last used; a new one shows its links at once."""
    assert isinstance(request.user, User)  # noqa: S101  (login_required stands before)
    ways = None
    if request.method == "POST":
        match request.POST.get("act"):
            case "make":
                token = personal_feeds.make(by=request.user, now=timezone.now())
                ways = subscription_links(reverse("events:personal-feed", args=[token]), "")
            case "revoke":
                personal_feeds.revoke(by=request.user)
                messages.success(
                    request, _("The link no longer works; calendars that had it stop.")
                )
                return redirect("events:my-calendar")
            case _:
                raise Http404
    feed = PersonalFeed.objects.filter(user=request.user).first()
    context = {"feed": feed, "ways": ways, "used": _used(feed)}
    answer = render(request, "events/my_calendar.html", context)
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer


def _used(feed: PersonalFeed | None) -> str:
    if feed is None or feed.used_at is None:
        return ""
    return times.ago(feed.used_at, now=timezone.now())
