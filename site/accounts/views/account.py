"""One's own account: the profile, the data it holds, the end of it."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.domain import memberships, people
from accounts.forms import ProfileForm
from accounts.models import User
from core.errors import DomainError


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Name, language and zone, with the ways to everything else about the account."""
    user = _signed_in(request)
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        people.change_profile(user=user, by=user, now=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Your account is changed."))
        return redirect("accounts:account")
    return render(
        request,
        "accounts/account.html",
        {"form": form, "desks": memberships.desks_of(user)},
        status=422 if form.errors else 200,
    )


@login_required
@never_cache
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """What the account holds, as a file."""
    user = _signed_in(request)
    return JsonResponse(
        people.data_of(user),
        json_dumps_params={"indent": 2, "ensure_ascii": False},
        headers={"Content-Disposition": 'attachment; filename="my-account.json"'},
    )


@login_required
@never_cache
@reauthentication_required  # type: ignore[untyped-decorator]
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest) -> HttpResponse:
    """A page that says what will be gone, with the button that does it."""
    user = _signed_in(request)
    sentence = ""
    if request.method == "POST":
        try:
            people.close_account(user=user, by=user, now=timezone.now())
        except DomainError as refusal:
            sentence = refusal.sentence
        else:
            logout(request)
            messages.success(request, _("Your account is closed and your data is deleted."))
            return redirect("/")
    return render(
        request, "accounts/close.html", {"sentence": sentence}, status=409 if sentence else 200
    )


def _signed_in(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User):  # `login_required` has seen to it; this tells the type
        raise TypeError
    return user
