"""Doors to what happens when and where."""

from django.urls import URLPattern, URLResolver, include, path, register_converter

from events import feeds
from events.views import (
    attendance,
    blocks,
    bookings,
    calendars,
    company_desk,
    copies,
    desk,
    door,
    embed,
    kiosk,
    me,
    months,
    public,
    questions,
    recaps,
    roster_messages,
    rosters,
    signups,
    slots,
    undo,
    weeks,
)
from events.views.hosts import Desk

app_name = "events"


class TwoDigits:
    """A month as `03`."""

    regex = "[0-9]{2}"

    def to_python(self, value: str) -> int:
        """The number."""
        return int(value)

    def to_url(self, value: int) -> str:
        """The number in two digits."""
        return f"{value:02}"


class FourDigits(TwoDigits):
    """A year as `2026`."""

    regex = "[0-9]{4}"

    def to_url(self, value: int) -> str:
        """The number in four digits."""
        return f"{value:04}"


class OfHost:
    """A host's desk as `organizations/<slug>`, `companies/<slug>` or `staff`."""

    regex = "organizations/[-a-zA-Z0-9_]+|companies/[-a-zA-Z0-9_]+|staff"

    def to_python(self, value: str) -> Desk:
        """The desk, before anybody looked whether there is one."""
        return Desk.at(value)

    def to_url(self, value: Desk) -> str:
        """Where it stands."""
        return str(value)


register_converter(TwoDigits, "two_digits")
register_converter(FourDigits, "four_digits")
register_converter(OfHost, "host")

_EVENTS = [
    path("", public.event_list, name="list"),
    path("calendar/", months.this_month, name="this-month"),
    path("calendar/<four_digits:year>/<two_digits:month>/", months.month, name="month"),
    path("calendar/<four_digits:year>/w<two_digits:week>/", weeks.week, name="week"),
    path("<slug:slug>.ics", feeds.of_series, name="series-feed"),
    path("<slug:slug>/", public.series, name="series"),
    path("<slug:slug>/sign-up/", bookings.sign_up, name="sign-up-several"),
    path("<slug:slug>/<str:start>/", public.occurrence, name="occurrence"),
    path("<slug:slug>/<str:start>/sign-up/", signups.sign_up, name="sign-up"),
    path("<slug:slug>/<str:start>/signed-up/", signups.signed_up, name="signed-up"),
    path("<slug:slug>/<str:start>/cancel/", signups.cancel_mine, name="cancel-mine"),
]
_OF_ORGANIZATION = [
    path("events.ics", feeds.of_organization, name="organization-feed"),
    path("next-events/", public.next_of_organization, name="next-of-organization"),
    path("events/embed/", embed.next_events, name="embed"),
]
_DOOR = [
    path("", door.door, name="door"),
    path("walk-in/", door.walk_in, name="walk-in"),
    path("kiosk/", kiosk.search, name="kiosk"),
    path("kiosk/walk-in/", kiosk.walk_in, name="kiosk-walk-in"),
    path("kiosk/start/<str:token>/", kiosk.start, name="kiosk-start"),
    path("kiosk/<uuid:uuid>/", kiosk.person, name="kiosk-person"),
]
_DATE = [
    path("", rosters.roster, name="desk-roster"),
    path("roster.csv", rosters.roster_csv, name="desk-roster-csv"),
    path("places/", blocks.held, name="desk-blocks"),
    path("door/", attendance.renew, name="desk-door"),
    path("kiosk/", attendance.kiosk, name="desk-kiosk"),
    path("walk-in/", attendance.walk_in, name="desk-walk-in"),
    path("rest/", attendance.rest, name="desk-rest"),
    path("messages/", roster_messages.room, name="desk-messages"),
    path("messages/<uuid:uuid>/undo/", roster_messages.take_back, name="desk-message-undo"),
    path("poster/", attendance.poster, name="desk-poster"),
    path("recap/", recaps.write, name="desk-recap"),
    path("move/", desk.move_date, name="desk-move"),
    path("following/", desk.following, name="desk-following"),
    path("cancel/", desk.cancel_date, name="desk-cancel"),
    path("capacity/", desk.date_places, name="desk-date-places"),
]
_CALENDARS = [
    path("", calendars.room, name="desk-calendars"),
    path("<uuid:uuid>/<slug:word>/", calendars.act, name="desk-calendar-act"),
]
_DESK: list[URLPattern | URLResolver] = [
    path("", desk.room, name="desk-room"),
    path("new/", desk.new, name="desk-new"),
    path("undo/<uuid:uuid>/", undo.take_back, name="desk-undo"),
    path("<slug:series_slug>/", desk.edit, name="desk-series"),
    path("<slug:series_slug>/questions/", questions.ask, name="desk-questions"),
    path("<slug:series_slug>/slots/", slots.offer, name="desk-slots"),
    path("<slug:series_slug>/publish/", desk.publish, name="desk-publish"),
    path("<slug:series_slug>/copy/", copies.copy, name="desk-copy"),
    path("<slug:series_slug>/call-off/", desk.call_off, name="desk-call-off"),
    path("<slug:series_slug>/<str:start>/", include(_DATE)),
]

urlpatterns = [
    path("events/", include(_EVENTS)),
    path("events.ics", feeds.everything, name="feed"),
    path("sign-ups/<str:token>/", signups.manage, name="manage"),
    path("sign-ups/<str:token>/reminders/", signups.no_reminders, name="reminders"),
    path("bookings/<str:token>/", bookings.manage, name="booking"),
    path("waiting/<str:token>/", signups.wait, name="waiting"),
    path("seats/<str:token>/", blocks.claim, name="claim"),
    path("check-in/<str:code>/", include(_DOOR)),
    path("organizations/<slug:slug>/", include(_OF_ORGANIZATION)),
    path("companies/<slug:slug>/events.ics", feeds.of_company, name="company-feed"),
    path("companies/<slug:slug>/next-events/", public.next_of_company, name="next-of-company"),
    path("calendar/<str:token>.ics", feeds.of_person, name="personal-feed"),
    path("me/calendar/", me.calendar, name="my-calendar"),
    path("desk/companies/<slug:slug>/sign-ups/", company_desk.coming, name="company-desk"),
    path("desk/organizations/<slug:slug>/events/calendars/", include(_CALENDARS)),
    path("desk/<host:desk>/events/", include(_DESK)),
]
