"""The desk's room where a host writes what it asks those who sign up."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from events.domain import questions
from events.forms.questions import question_forms
from events.views import hosts


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, desk: hosts.Desk, series_slug: str) -> HttpResponse:
    """All questions of a series in one form, with room for two more."""
    host = hosts.editable(request, desk)
    series = get_object_or_404(hosts.series_of(host), slug=series_slug)
    forms = question_forms(series, request.POST if request.method == "POST" else None)

    def save() -> None:
        wanted = [question for form in forms if (question := form.question()) is not None]
        questions.ask(series=series, questions=wanted, by=hosts.signed_in(request))

    return hosts.rows_page(
        request,
        host,
        series,
        forms,
        "events/desk_questions.html",
        title=_("Questions on sign-up"),
        action=_("Save the questions"),
        save=save,
    )
