"""Sending in a new organization, and following it by a private link."""

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.models import User
from organizations import mail
from organizations.domain import submissions
from organizations.forms import AnswerForm, SubmissionForm
from organizations.models import Organization


@never_cache
def submit(request: HttpRequest) -> HttpResponse:
    """The form for a new organization, for guests and accounts alike."""
    user = request.user if isinstance(request.user, User) else None
    now = timezone.now()
    known = {"sender_name": user.name, "sender_email": user.email} if user else {}
    form = SubmissionForm(request.POST or None, initial=known, now=now)
    if request.method == "POST" and form.is_valid():
        organization, need = form.filled()
        sent = submissions.send(
            organization=organization,
            need=need,
            name=form.cleaned_data["sender_name"],
            email=form.cleaned_data["sender_email"],
            origin=get_adapter().get_client_ip(request),
            by=user,
            now=now,
        )
        return redirect(mail.status_path(sent))
    status = 422 if form.errors else 200
    return render(request, "organizations/submit.html", {"form": form}, status=status)


@never_cache
def status(request: HttpRequest, token: str) -> HttpResponse:
    """Where a submission stands, for whoever has its private link; questions are answered here."""
    found = submissions.by_token(token)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        submissions.answer(submission=found, text=form.cleaned_data["text"], now=timezone.now())
        return redirect(request.path)
    context = {
        "submission": found,
        "organization": found.organization,
        "is_asked": found.organization.status == Organization.Status.NEEDS_INFO,
        "form": form,
    }
    code = 422 if form.errors else 200
    response = render(request, "organizations/submission.html", context, status=code)
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
