"""Doors for readers: sign up, confirm, choose, say no, be forgotten.

Links in mails lead to pages with a button; only the button, a POST, changes anything.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from newsletter import permissions
from newsletter.domain import subscribers
from newsletter.forms import PreferencesForm, SignUpForm

_METHODS = ["GET", "HEAD", "POST"]


@never_cache
@require_http_methods(_METHODS)
def sign_up(request: HttpRequest) -> HttpResponse:
    """The form: a page of its own, or a fragment on another page (`?short=1`: only the address).

    Known or unknown address, past the limits or not: the answer is the same.
    """
    short = request.GET.get("short") == "1"
    form = SignUpForm(request.POST or None, now=timezone.now())
    is_fragment = bool(getattr(request, "htmx", False))
    name = "newsletter/sign_up.html"
    if request.method == "POST" and form.is_valid():
        if not form.is_by_a_script:
            subscribers.ask(
                email=form.cleaned_data["email"],
                wishes=form.wishes(),
                asked_on=request.path,
                now=timezone.now(),
            )
        if is_fragment:
            return render(request, f"{name}#sent", {"short": short})
        return redirect("newsletter:sent")
    status = 422 if form.is_bound and not is_fragment else 200
    template = f"{name}#form" if is_fragment else name
    return render(request, template, {"form": form, "short": short}, status=status)


@never_cache
@require_http_methods(["GET", "HEAD"])
def sent(request: HttpRequest) -> HttpResponse:
    """Says to look into the mailbox."""
    return render(request, "newsletter/sent.html")


@never_cache
@require_http_methods(_METHODS)
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the mailed link, with the button that makes a reader."""
    opt_in = permissions.opt_in_of(token)
    if request.method == "POST":
        reader = subscribers.confirm(opt_in=opt_in, now=timezone.now())
        context = {"preferences_url": permissions.preferences_path(reader.uuid)}
        return render(request, "newsletter/confirmed.html", context)
    return _private(render(request, "newsletter/confirm.html", {"reader": opt_in.subscriber}))


@never_cache
@require_http_methods(_METHODS)
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """What comes, and how often."""
    reader = permissions.reader_of(permissions.PREFERENCES, token)
    form = PreferencesForm(request.POST or None, reader=reader)
    is_saved = False
    if request.method == "POST" and form.is_valid():
        try:
            reader = subscribers.change(
                reader=reader,
                wishes=form.wishes(),
                paused_until=form.cleaned_data["paused_until"],
                now=timezone.now(),
            )
            is_saved = True
        except subscribers.PauseOutOfRange as refusal:
            form.add_error("paused_until", refusal.sentence)
    context = {
        "form": form,
        "reader": reader,
        "is_saved": is_saved,
        "token": token,
        "unsubscribe_url": permissions.unsubscribe_path(reader.uuid),
    }
    status = 422 if form.is_bound and not is_saved else 200
    return _private(render(request, "newsletter/preferences.html", context, status=status))


@csrf_exempt  # RFC 8058: a mail program posts here with no cookie; the token is the secret.
@never_cache
@require_http_methods(_METHODS)
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """A page with a button, and the one-click door of mail programs."""
    reader = permissions.reader_of(permissions.UNSUBSCRIBE, token)
    if request.method == "POST":
        one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        subscribers.unsubscribe(
            reader=reader, now=timezone.now(), why="one_click" if one_click else "page"
        )
        if one_click:
            return HttpResponse(content_type="text/plain")
        return _private(render(request, "newsletter/unsubscribed.html", {"reader": reader}))
    return _private(render(request, "newsletter/unsubscribe.html", {"reader": reader}))


@never_cache
@require_http_methods(_METHODS)
def erase(request: HttpRequest, token: str) -> HttpResponse:
    """Delete everything that we hold about a reader."""
    reader = permissions.reader_of(permissions.PREFERENCES, token)
    if request.method == "POST":
        subscribers.erase(reader=reader, now=timezone.now())
        return _private(render(request, "newsletter/erased.html"))
    return _private(render(request, "newsletter/erase.html", {"reader": reader, "token": token}))


def _private(response: HttpResponse) -> HttpResponse:
    """The address of the page is a secret: no link on it may carry it elsewhere."""
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
