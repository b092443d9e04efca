"""Doors to companies and what they offer."""

from django.urls import path

from companies.views import desk, directory, joining, people

app_name = "companies"

urlpatterns = [
    path("companies/", directory.companies, name="list"),
    path("companies/join/", joining.join, name="join"),
    path("companies/<slug:slug>/", directory.detail, name="detail"),
    path("desk/companies/<slug:slug>/", desk.desk, name="desk"),
    path("desk/companies/<slug:slug>/profile/", desk.profile, name="profile"),
    path("desk/companies/<slug:slug>/offers/", desk.offers, name="offers"),
    path("desk/companies/<slug:slug>/offers/<uuid:uuid>/", desk.offer, name="offer"),
    path("desk/companies/<slug:slug>/offers/<uuid:uuid>/end/", desk.end_offer, name="end_offer"),
    path("desk/companies/<slug:slug>/people/", people.people, name="people"),
]
