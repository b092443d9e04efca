"""Doors to pledges and hours."""

from django.urls import path

from pledges.views import desks, giving, me

app_name = "pledges"

urlpatterns = [
    path("me/", me.me, name="me"),
    path("me/hours/", me.my_hours, name="my_hours"),
    path("me/hours/log/", me.log_hours, name="log_hours"),
    path("events/<slug:slug>/<str:start>/hours/", giving.hours_of_date, name="of_date"),
    path("needs/<slug:need_slug>/pledge/", giving.pledge, name="pledge"),
    path("needs/<slug:slug>/pledges/", giving.pledges_of_need, name="of_need"),
    path("pledges/<uuid:uuid>/", giving.detail, name="detail"),
    path("pledges/<uuid:uuid>/move/", giving.move, name="move"),
    path("pledges/lines/<uuid:uuid>/schedule/", giving.schedule, name="schedule"),
    path("deliveries/<uuid:uuid>/move/", giving.move_delivery, name="move_delivery"),
    path(
        "desk/organizations/<slug:slug>/pledges/",
        desks.organization_pledges,
        name="organization_pledges",
    ),
    path(
        "desk/organizations/<slug:slug>/hours/",
        desks.organization_hours,
        name="organization_hours",
    ),
    path("desk/companies/<slug:slug>/pledges/", desks.company_pledges, name="company_pledges"),
    path("desk/companies/<slug:slug>/hours/", desks.company_hours, name="company_hours"),
    path("desk/companies/<slug:slug>/hours.csv", desks.company_hours_csv, name="company_hours_csv"),
]
