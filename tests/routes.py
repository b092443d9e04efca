"""The reviewed table: what each role is answered at each door, in the order of `ROLES`."""

ROLES = (
    "anonymous",
    "elsewhere",
    "viewer",
    "organizer",
    "admin",
    "employee",
    "captain",
    "csr_lead",
    "staff",
    "superuser",
)

#: Public, or a form that anybody may send.
ANYBODY = (200, 200, 200, 200, 200, 200, 200, 200, 200, 200)
#: Nothing is there without the secret, name or number that leads to it.
NOTHING = (404, 404, 404, 404, 404, 404, 404, 404, 404, 404)
#: Only changes, and who may is asked later.
BY_POST = (405, 405, 405, 405, 405, 405, 405, 405, 405, 405)
#: Nothing is there for anybody, and a visitor is asked to sign in first.
AFTER_SIGN_IN_NOTHING = (302, *NOTHING[1:])
#: Leads elsewhere: to a page, or to prove oneself again.
LEADS_ON = (302, 302, 302, 302, 302, 302, 302, 302, 302, 302)
#: The link is spent or was never ours.
GONE = (410, 410, 410, 410, 410, 410, 410, 410, 410, 410)
#: One's own.
SIGNED_IN = (302, 200, 200, 200, 200, 200, 200, 200, 200, 200)
#: Only changes; a visitor is asked to sign in first.
SIGNED_IN_BY_POST = (302, 405, 405, 405, 405, 405, 405, 405, 405, 405)
#: Who has several desks chooses; others are led to theirs.
ONES_OWN_DESK = (302, 200, 302, 302, 302, 302, 302, 302, 302, 302)
#: Everybody of the company.
COMPANY = (302, 404, 404, 404, 404, 200, 200, 200, 200, 200)
#: Who acts for the company.
COMPANY_AT_WORK = (302, 404, 404, 404, 404, 403, 200, 200, 200, 200)
#: Who acts for the company; who may not learns nothing.
COMPANY_ACTING = (302, 404, 404, 404, 404, 404, 200, 200, 200, 200)
#: A draft: a visitor does not learn that there is one.
COMPANY_QUIETLY = (404, 404, 404, 404, 404, 200, 200, 200, 200, 200)
#: Everybody of the organization.
ORGANIZATION = (302, 404, 200, 200, 200, 404, 404, 404, 200, 200)
#: Who acts for the organization.
ORGANIZATION_AT_WORK = (302, 404, 404, 200, 200, 404, 404, 404, 200, 200)
#: Who acts for the organization learns that the date has to be over first.
NOT_OVER_YET = (302, 404, 404, 409, 409, 404, 404, 404, 409, 409)
#: The site's staff.
STAFF = (302, 404, 404, 404, 404, 404, 404, 404, 200, 200)
#: The site's staff; nobody else learns that there is such a page.
STAFF_QUIETLY = (404, 404, 404, 404, 404, 404, 404, 404, 200, 200)
#: Only changes, for the site's staff.
STAFF_BY_POST = (404, 404, 404, 404, 404, 404, 404, 404, 405, 405)
#: Who holds the right to send the newsletter.
EDITORS = (302, 403, 403, 403, 403, 403, 403, 403, 403, 200)

EXPECTED = {
    "": ANYBODY,
    "bookings/<str:token>/": NOTHING,
    "calendar/<str:token>.ics": NOTHING,
    "check-in/<str:code>/": NOTHING,
    "check-in/<str:code>/kiosk/": NOTHING,
    "check-in/<str:code>/kiosk/<uuid:uuid>/": NOTHING,
    "check-in/<str:code>/kiosk/walk-in/": NOTHING,
    "check-in/<str:code>/walk-in/": NOTHING,
    "check-in/<str:code>/kiosk/start/<str:token>/": NOTHING,
    "companies/": ANYBODY,
    "companies/<slug:slug>/": ANYBODY,
    "companies/<slug:slug>/events.ics": ANYBODY,
    "companies/<slug:slug>/next-events/": ANYBODY,
    "companies/join/": SIGNED_IN,
    "deliveries/<uuid:uuid>/move/": SIGNED_IN_BY_POST,
    "desk/": ONES_OWN_DESK,
    "desk/companies/<slug:slug>/": COMPANY,
    "desk/companies/<slug:slug>/hours.csv": COMPANY_AT_WORK,
    "desk/companies/<slug:slug>/hours/": COMPANY_AT_WORK,
    "desk/companies/<slug:slug>/offers/": COMPANY_AT_WORK,
    "desk/companies/<slug:slug>/offers/<uuid:uuid>/": COMPANY_AT_WORK,
    "desk/companies/<slug:slug>/offers/<uuid:uuid>/end/": SIGNED_IN_BY_POST,
    "desk/companies/<slug:slug>/people/": COMPANY,
    "desk/companies/<slug:slug>/pledges/": COMPANY,
    "desk/companies/<slug:slug>/profile/": COMPANY_AT_WORK,
    "desk/companies/<slug:slug>/sign-ups/": COMPANY_AT_WORK,
    "desk/organizations/<slug:slug>/": ORGANIZATION,
    "desk/<host:desk>/events/": ORGANIZATION,
    "desk/<host:desk>/events/<slug:series_slug>/": ORGANIZATION_AT_WORK,
    "desk/<host:desk>/events/<slug:series_slug>/<str:start>/": ORGANIZATION_AT_WORK,
    "desk/<host:desk>/events/<slug:series_slug>/<str:start>/cancel/": ORGANIZATION_AT_WORK,
    "desk/<host:desk>/events/<slug:series_slug>/<str:start>/capacity/": ORGANIZATION_AT_WORK,
    "desk/<host:desk>/events/<slug:series_slug>/<str:start>/door/": SIGNED_IN_BY_POST,
    "desk/<host:desk>/events/<slug:series_slug>/<str:start>/following/": ORGANIZATION_AT_WORK,
    "desk/<host:desk>/events/<slug:series_slug>/<str:start>/kiosk/": ORGANIZATION_AT_WORK,
    "desk/<host:desk>/events/<slug:series_slug>/<str:start>/messages/": ORGANIZATION_AT_WORK,
    "desk/<host:desk>/events/<slug:series_slug>/<str:start>/messages/<uuid:uuid>/undo/": SIGNED_IN_BY_POST,  # noqa: E501
    "desk/<host:desk>/events/<slug:series_slug>/<str:start>/recap/": ORGANIZATION_AT_WORK,
    "desk/<host:desk>/events/<slug:series_slug>/<str:start>/move/": ORGANIZATION_AT_WORK,
    "desk/<host:desk>/events/<slug:series_slug>/<str:start>/places/": ORGANIZATION_AT_WORK,
    "desk/<host:desk>/events/<slug:series_slug>/<str:start>/poster/": ORGANIZATION_AT_WORK,
    "desk/<host:desk>/events/<slug:series_slug>/<str:start>/rest/": NOT_OVER_YET,
    "desk/<host:desk>/events/<slug:series_slug>/<str:start>/roster.csv": ORGANIZATION_AT_WORK,
    "desk/<host:desk>/events/<slug:series_slug>/<str:start>/walk-in/": ORGANIZATION_AT_WORK,
    "desk/<host:desk>/events/<slug:series_slug>/call-off/": ORGANIZATION_AT_WORK,
    "desk/<host:desk>/events/<slug:series_slug>/copy/": ORGANIZATION_AT_WORK,
    "desk/<host:desk>/events/<slug:series_slug>/publish/": SIGNED_IN_BY_POST,
    "desk/<host:desk>/events/<slug:series_slug>/questions/": ORGANIZATION_AT_WORK,
    "desk/<host:desk>/events/<slug:series_slug>/slots/": ORGANIZATION_AT_WORK,
    "desk/organizations/<slug:slug>/events/calendars/": ORGANIZATION_AT_WORK,
    "desk/organizations/<slug:slug>/events/calendars/<uuid:uuid>/<slug:word>/": SIGNED_IN_BY_POST,
    "desk/<host:desk>/events/undo/<uuid:uuid>/": SIGNED_IN_BY_POST,
    "desk/<host:desk>/events/new/": ORGANIZATION_AT_WORK,
    "desk/organizations/<slug:slug>/hours/": ORGANIZATION,
    "desk/organizations/<slug:slug>/needs/<slug:need_slug>/": ORGANIZATION_AT_WORK,
    "desk/organizations/<slug:slug>/needs/<slug:need_slug>/<slug:word>/": SIGNED_IN_BY_POST,
    "desk/organizations/<slug:slug>/needs/new/": ORGANIZATION_AT_WORK,
    "desk/organizations/<slug:slug>/people/": ORGANIZATION,
    "desk/organizations/<slug:slug>/pledges/": ORGANIZATION,
    "desk/organizations/<slug:slug>/profile/": ORGANIZATION_AT_WORK,
    "desk/staff/": STAFF,
    "desk/staff/digests/": EDITORS,
    "desk/staff/digests/<int:year>/<int:week>/<slug:edition>/": EDITORS,
    "desk/staff/digests/<int:year>/<int:week>/<slug:edition>/build/": BY_POST,
    "desk/staff/digests/<int:year>/<int:week>/<slug:edition>/lines/<int:item>/": BY_POST,
    "desk/staff/digests/<int:year>/<int:week>/<slug:edition>/preview.<slug:kind>": EDITORS,
    "desk/staff/digests/<int:year>/<int:week>/<slug:edition>/step/": BY_POST,
    "desk/staff/digests/<int:year>/<int:week>/<slug:edition>/words/": BY_POST,
    "desk/staff/effects/<uuid:effect_id>/retry/": STAFF_BY_POST,
    "desk/staff/outbox/": STAFF_QUIETLY,
    "desk/staff/outbox/<str:name>/": NOTHING,
    "documents/<int:document_id>/<str:document_filename>": NOTHING,
    "events.ics": ANYBODY,
    "events/": ANYBODY,
    "events/<slug:slug>.ics": ANYBODY,
    "events/<slug:slug>/": ANYBODY,
    "events/<slug:slug>/<str:start>/": ANYBODY,
    "events/<slug:slug>/<str:start>/cancel/": BY_POST,
    "events/<slug:slug>/<str:start>/hours/": ANYBODY,
    "events/<slug:slug>/<str:start>/sign-up/": ANYBODY,
    "events/<slug:slug>/<str:start>/signed-up/": ANYBODY,
    "events/<slug:slug>/sign-up/": ANYBODY,
    "events/calendar/": LEADS_ON,
    "events/calendar/<four_digits:year>/<two_digits:month>/": ANYBODY,
    "events/calendar/<four_digits:year>/w<two_digits:week>/": ANYBODY,
    "healthz": ANYBODY,
    "invitations/<str:token>/": GONE,
    "me/": SIGNED_IN,
    "me/account/": SIGNED_IN,
    "me/account/close/": LEADS_ON,
    "me/account/data.json": SIGNED_IN,
    "me/calendar/": SIGNED_IN,
    "me/corner/": ANYBODY,
    "me/hours/": SIGNED_IN,
    "me/hours/log/": SIGNED_IN,
    "needs/": ANYBODY,
    "needs/<slug:need_slug>/pledge/": ANYBODY,
    "needs/<slug:slug>/": ANYBODY,
    "needs/<slug:slug>/pledges/": ANYBODY,
    "newsletter/": ANYBODY,
    "newsletter/<int:year>/<int:week>/": NOTHING,
    "newsletter/<int:year>/<int:week>/<slug:edition>/": NOTHING,
    "newsletter/confirm/<str:token>/": NOTHING,
    "newsletter/feed.xml": ANYBODY,
    "newsletter/mailchimp/<str:secret>/": NOTHING,
    "newsletter/preferences/<str:token>/": NOTHING,
    "newsletter/preferences/<str:token>/delete/": NOTHING,
    "newsletter/sign-up/": ANYBODY,
    "newsletter/sign-up/sent/": ANYBODY,
    "newsletter/unsubscribe/<str:token>/": NOTHING,
    "organizations/": ANYBODY,
    "organizations/<slug:slug>/": ANYBODY,
    "organizations/<slug:slug>/events.ics": ANYBODY,
    "organizations/<slug:slug>/events/embed/": ANYBODY,
    "organizations/<slug:slug>/next-events/": ANYBODY,
    "organizations/submissions/<str:token>/": NOTHING,
    "organizations/submit/": ANYBODY,
    "pledges/<uuid:uuid>/": COMPANY_QUIETLY,
    "pledges/<uuid:uuid>/move/": SIGNED_IN_BY_POST,
    "pledges/lines/<uuid:uuid>/schedule/": SIGNED_IN_BY_POST,
    "readyz": ANYBODY,
    "robots.txt": ANYBODY,
    "search/": ANYBODY,
    "seats/<str:token>/": NOTHING,
    "sign-ups/<str:token>/": NOTHING,
    "sign-ups/<str:token>/reminders/": NOTHING,
    "sitemap.xml": ANYBODY,
    "sitemaps/<slug:section>-<int:part>.xml": NOTHING,
    "stories/feed.xml": ANYBODY,
    "styleguide/": NOTHING,
    "waiting/<str:token>/": NOTHING,
}

#: The desk of a company's events, and of the site's: as the row of their pattern says of an
#: organization's. What is asked for at both: the room, a form, an event of another host.
AT_OTHER_HOSTS = {
    "desk/companies/real/events/": COMPANY,
    "desk/companies/real/events/new/": COMPANY_ACTING,
    "desk/companies/real/events/real/": AFTER_SIGN_IN_NOTHING,
    "desk/companies/nobody/events/": AFTER_SIGN_IN_NOTHING,
    "desk/staff/events/": STAFF,
    "desk/staff/events/new/": STAFF,
    "desk/staff/events/real/": AFTER_SIGN_IN_NOTHING,
}

#: What changes something and shows nothing of its own.
POST_ONLY = {
    "deliveries/<uuid:uuid>/move/",
    "desk/companies/<slug:slug>/offers/<uuid:uuid>/end/",
    "desk/<host:desk>/events/<slug:series_slug>/<str:start>/door/",
    "desk/<host:desk>/events/<slug:series_slug>/<str:start>/messages/<uuid:uuid>/undo/",
    "desk/<host:desk>/events/<slug:series_slug>/publish/",
    "desk/<host:desk>/events/undo/<uuid:uuid>/",
    "desk/organizations/<slug:slug>/events/calendars/<uuid:uuid>/<slug:word>/",
    "desk/organizations/<slug:slug>/needs/<slug:need_slug>/<slug:word>/",
    "desk/staff/digests/<int:year>/<int:week>/<slug:edition>/build/",
    "desk/staff/digests/<int:year>/<int:week>/<slug:edition>/lines/<int:item>/",
    "desk/staff/digests/<int:year>/<int:week>/<slug:edition>/step/",
    "desk/staff/digests/<int:year>/<int:week>/<slug:edition>/words/",
    "desk/staff/effects/<uuid:effect_id>/retry/",
    "events/<slug:slug>/<str:start>/cancel/",
    "pledges/<uuid:uuid>/move/",
    "pledges/lines/<uuid:uuid>/schedule/",
}
#: A mail program and Mailchimp have no token; the secret in the address is the proof.
CSRF_EXEMPT = {
    "newsletter/mailchimp/<str:secret>/",
    "newsletter/unsubscribe/<str:token>/",
}
