"""How a company asks to be listed."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from companies.domain import profiles
from companies.forms import CompanyForm
from core.errors import DomainError


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """The form; what is sent goes to the moderators."""
    assert isinstance(request.user, User)  # noqa: S101  (login_required saw to it)
    form = CompanyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            company = profiles.join(company=form.company(), by=request.user, now=timezone.now())
        except DomainError as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(
                request, _("Thank you. We look at it and publish it, usually within two days.")
            )
            return redirect("companies:desk", slug=company.slug)
    status = 422 if form.is_bound else 200
    return render(request, "companies/join.html", {"form": form}, status=status)
