"""Events in the CMS."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.forms import CheckboxSelectMultiple
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.panels import (
    FieldPanel,
    HelpPanel,
    MultiFieldPanel,
    ObjectList,
    TabbedInterface,
)
from wagtail.admin.ui.tables import Column
from wagtail.log_actions import LogFormatter, get_active_log_context
from wagtail.models import ModelLogEntry
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import EditView, SnippetViewSet

from core import times
from events.forms.series import SeriesCmsForm
from events.models import Series

#: How many dates a message names one by one.
MOST_NAMED = 5


def _panels(*names: str) -> list[FieldPanel]:
    return [FieldPanel(name) for name in names]


class EditSeries(EditView):
    """Says what became of the dates to come where their places changed."""

    def run_action_method(self) -> Any:
        """Publish, or whatever else the button says."""
        answer = super().run_action_method()
        mine = ModelLogEntry.objects.for_instance(self.object)
        for entry in mine.filter(
            action="events.places_changed", uuid=get_active_log_context().uuid
        ):
            messages.info(self.request, entry.message)
        return answer


class SeriesViewSet(SnippetViewSet):
    """Event series of all hosts: words, place and sign-up; times once, before it is published."""

    model = Series
    icon = "calendar-alt"
    menu_label = _("Events")
    menu_order = 220
    add_to_admin_menu = True
    list_display = (
        "title",
        "host_name",
        Column("get_kind_display", label=_("Kind")),
        Column("get_status_display", label=_("Status")),
        "local_start",
    )
    list_filter = ("status", "kind", "area", "mode", "is_demonstration")
    search_fields = ("title", "summary", "organization__name", "company__name")
    search_backend_name = None
    list_per_page = 50
    copy_view_enabled = False
    edit_view_class = EditSeries
    edit_handler = TabbedInterface(
        [
            ObjectList(
                [
                    MultiFieldPanel(
                        [
                            FieldPanel("status", read_only=True),
                            *_panels("title", "summary", "kind", "description", "requirements"),
                            FieldPanel("focus_areas", widget=CheckboxSelectMultiple),
                        ],
                        heading=_("What happens"),
                    ),
                    MultiFieldPanel(
                        _panels("organization", "company", "need"), heading=_("Who invites")
                    ),
                ],
                heading=_("Words"),
            ),
            ObjectList(
                [
                    MultiFieldPanel(
                        _panels(
                            *("local_start", "duration_minutes", "is_all_day", "time_zone"),
                            "rrule",
                        ),
                        heading=_("When"),
                    ),
                    MultiFieldPanel(
                        _panels("mode", "place_name", "address", "zip_code", "area", "online_url"),
                        heading=_("Where"),
                    ),
                ],
                heading=_("When and where"),
            ),
            ObjectList(
                [
                    *_panels("flow", "capacity", "waiting_list"),
                    *_panels("opens_days_before", "closes_minutes_before", "minimum_age"),
                    # They are edited at the host's desk.
                    HelpPanel(template="events/cms_questions.html", heading=_("Questions")),
                ],
                heading=_("Sign-up"),
            ),
        ],
        base_form_class=SeriesCmsForm,
    )


register_snippet(SeriesViewSet)


class MoveFormatter(LogFormatter):
    """A move from one status to another, with the reason where one was given."""

    label = _("Change status")

    def format_message(self, log_entry: Any) -> str:
        """From and to, as the database calls them."""
        return _("Status changed from %(was)s to %(to)s") % {
            "was": log_entry.data.get("was", "?"),
            "to": log_entry.data.get("to", "?"),
        }

    def format_comment(self, log_entry: Any) -> str:
        """The reason."""
        return str(log_entry.data.get("reason", ""))


class PlacesFormatter(LogFormatter):
    """Another number of places, at which dates, and where there are more people than that."""

    label = _("Change places")

    def format_message(self, log_entry: Any) -> str:
        """The two numbers, how many dates follow, and by how many a date is over."""
        facts = log_entry.data
        words = ngettext(
            "Places: %(places)s instead of %(before)s, at %(dates)d date to come.",
            "Places: %(places)s instead of %(before)s, at %(dates)d dates to come.",
            facts["dates"],
        )
        said = words % {
            "places": _places(facts["places"]),
            "before": _places(facts["before"]),
            "dates": facts["dates"],
        }
        over = [
            gettext("%(day)s is over by %(n)d.")
            % {"day": times.day_with_year(datetime.fromisoformat(start)), "n": n}
            for start, n in facts["over"][:MOST_NAMED]
        ]
        if more := len(facts["over"]) - len(over):
            over.append(ngettext("%(n)d more is over.", "%(n)d more are over.", more) % {"n": more})
        if over:
            over.append(gettext("Nobody was dropped."))
        return " ".join([said, *over])


def _places(number: int | None) -> str:
    return gettext("no limit") if number is None else str(number)


def register_log_actions(actions: Any) -> None:
    """Name what the rules write into the history."""
    for name in ("series_moved", "date_moved", "signup_moved", "line_moved", "block_moved"):
        actions.register_action(f"events.{name}")(MoveFormatter)
    actions.register_action("events.places_changed")(PlacesFormatter)
    actions.register_action(
        "events.date_places_changed",
        _("Change the places of a date"),
        _("Places of a date changed"),
    )
    actions.register_action("events.series_drafted", _("Draft"), _("Drafted"))
    actions.register_action(
        "events.series_imported", _("Import"), _("Made from the host’s calendar")
    )
    actions.register_action(
        "events.series_read_again", _("Read again"), _("Changed by the host’s calendar")
    )
    actions.register_action("events.calendar_added", _("Add calendar"), _("Calendar added"))
    actions.register_action("events.calendar_paused", _("Pause calendar"), _("Calendar paused"))
    actions.register_action("events.calendar_resumed", _("Resume calendar"), _("Calendar resumed"))
    actions.register_action("events.calendar_removed", _("Remove calendar"), _("Calendar removed"))
    actions.register_action("events.series_edited", _("Edit"), _("Edited at the desk"))
    actions.register_action(
        "events.series_rescheduled", _("Change times"), _("Given other times at the desk")
    )
    actions.register_action("events.recap_written", _("Recap"), _("Recap written"))
    actions.register_action("events.edit_undone", _("Undo"), _("Taken back before mails went"))
    actions.register_action("events.signed_up", _("Sign up"), _("Signed up"))
    actions.register_action(
        "events.questions_changed", _("Change questions"), _("Questions to volunteers changed")
    )
    actions.register_action("events.slots_changed", _("Change roles"), _("Places by role changed"))
    actions.register_action("events.slot_changed", _("Change role"), _("Comes in another role"))
    actions.register_action("events.answers_changed", _("Change answers"), _("Answers changed"))
    actions.register_action(
        "events.answers_erased", _("Erase answers"), _("Answers erased after their time")
    )
    actions.register_action("events.kept", _("Keep"), _("Still comes after a move"))
    actions.register_action("events.calendar_made", _("Make"), _("Calendar link made"))
    actions.register_action("events.calendar_rotated", _("Rotate"), _("Calendar link made anew"))
    actions.register_action("events.calendar_revoked", _("Revoke"), _("Calendar link revoked"))
    actions.register_action("events.door_made", _("Open door"), _("Check-in code made"))
    actions.register_action("events.door_renewed", _("Renew code"), _("Check-in code renewed"))
    actions.register_action("events.kiosk_started", _("Start kiosk"), _("Kiosk started"))
    actions.register_action("events.message_sent", _("Write"), _("Wrote to the roster"))
    actions.register_action("events.message_taken_back", _("Undo"), _("Took a message back"))
    actions.register_action("events.walked_in", _("Walk in"), _("Came without a sign-up"))
    actions.register_action("events.places_held", _("Hold places"), _("Held for a company"))
    actions.register_action("events.claim_link_renewed", _("New link"), _("Claim link renewed"))
    actions.register_action("events.joined_line", _("Wait"), _("Joined the waiting list"))
    actions.register_action("events.offered", _("Offer"), _("Was offered a place"))


hooks.register("register_log_actions", register_log_actions)
