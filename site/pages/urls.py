"""Doors that are not pages of the CMS: search, feeds, maps, and the ways to the desks."""

from django.urls import path

from pages import feeds, views

app_name = "pages"

urlpatterns = [
    path("search/", views.search, name="search"),
    path("stories/feed.xml", feeds.stories, name="stories-feed"),
    path("sitemap.xml", feeds.sitemap, name="sitemap"),
    path("sitemaps/<slug:section>-<int:part>.xml", feeds.sitemap_section, name="sitemap-section"),
    path("robots.txt", feeds.robots, name="robots"),
    path("desk/", views.desk, name="desk"),
    path("desk/staff/", views.staff, name="staff"),
]
