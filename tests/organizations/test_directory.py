from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import versions
from organizations.domain import catalogue
from organizations.models import Need, Organization
from tests.factories.organizations import NeedFactory, OrganizationFactory

pytestmark = pytest.mark.django_db

PAYLOAD = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def _fresh(client: Client, address: str) -> Any:
    """Rendered anew: a kept page has no context to look into."""
    cache.clear()
    return client.get(address)


def _names(client: Client, address: str) -> list[str]:
    response = _fresh(client, address)
    assert response.status_code == 200
    return [str(row) for row in response.context["cards"]()]


def _facet(client: Client, address: str, name: str) -> dict[str, int]:
    facets = _fresh(client, address).context["found"].facets
    [facet] = [each for each in facets if each.name == name]
    return {choice.value: choice.count for choice in facet.choices}


@pytest.fixture
def three() -> None:
    south = OrganizationFactory(name="Ada Club", areas=["south-la"], focus_areas=["coding"])
    both = OrganizationFactory(name="Bits", areas=["south-la", "east-la"], kind="school")
    east = OrganizationFactory(name="Circuits", areas=["east-la"], focus_areas=["robotics"])
    NeedFactory(organization=south, title="Laptops", kind="hardware")
    NeedFactory(organization=south, title="Tablets", kind="hardware", status=Need.Status.PARTLY_MET)
    NeedFactory(organization=both, title="Screens", kind="hardware", status=Need.Status.MET)
    NeedFactory(organization=both, title="Tutors", kind="volunteers", live=False)
    NeedFactory(organization=east, title="Robots", kind="hardware")
    NeedFactory(organization=east, title="Judges", kind="volunteers", areas=["westside"])
    hidden = OrganizationFactory(name="Hidden", areas=["south-la"], status="suspended")
    NeedFactory(organization=hidden, title="Hidden need", kind="hardware")
    catalogue.refresh_many(Organization.objects.all())


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["Ada Club", "Bits", "Circuits"]),
        ("?area=south-la", ["Ada Club", "Bits"]),
        ("?area=south-la&area=east-la", ["Ada Club", "Bits", "Circuits"]),
        ("?area=south-la&need=hardware", ["Ada Club"]),
        ("?need=volunteers", ["Circuits"]),
        ("?need=volunteers&need=hardware", ["Ada Club", "Circuits"]),
        ("?kind=school", ["Bits"]),
        ("?focus=robotics&focus=coding", ["Ada Club", "Circuits"]),
        ("?q=circ", ["Circuits"]),
        ("?q=circ&area=south-la", []),
        ("?utm_source=mail", ["Ada Club", "Bits", "Circuits"]),
    ],
)
def test_organizations_filter_any_of_within_and_all_of_between(
    client: Client, three: None, query: str, names: list[str]
) -> None:
    assert _names(client, f"/organizations/{query}") == names
    assert _fresh(client, f"/organizations/{query}").context["found"].total == len(names)


def test_organization_facets_count_what_each_choice_would_leave(
    client: Client, three: None
) -> None:
    address = "/organizations/?area=east-la"

    assert _facet(client, address, "area") == {"south-la": 2, "east-la": 2}
    assert _facet(client, address, "need") == {"hardware": 1, "volunteers": 1}
    assert _facet(client, address, "focus") == {"robotics": 1}
    assert _facet(client, address, "kind") == {"nonprofit": 1, "school": 1}
    assert _facet(client, "/organizations/", "need") == {"hardware": 2, "volunteers": 1}


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", {"Laptops", "Tablets", "Robots", "Judges"}),
        ("?kind=hardware", {"Laptops", "Tablets", "Robots"}),
        ("?area=south-la", {"Laptops", "Tablets"}),
        ("?area=westside", {"Judges"}),
        ("?area=east-la", {"Robots"}),
        ("?focus=robotics", {"Robots", "Judges"}),
        ("?organization=circuits", {"Robots", "Judges"}),
        ("?organization=nobody", set()),
        ("?remote=1", set()),
        ("?q=robot", {"Robots"}),
    ],
)
def test_needs_filter_and_fall_back_to_their_organizations_areas(
    client: Client, three: None, query: str, titles: set[str]
) -> None:
    assert set(_names(client, f"/needs/{query}")) == titles
    assert _fresh(client, f"/needs/{query}").context["found"].total == len(titles)


def test_need_facets_count_what_each_choice_would_leave(client: Client, three: None) -> None:
    assert _facet(client, "/needs/", "area") == {"south-la": 2, "east-la": 1, "westside": 1}
    assert _facet(client, "/needs/?area=east-la", "kind") == {"hardware": 1}
    assert _facet(client, "/needs/?kind=volunteers", "area") == {"westside": 1}


@pytest.mark.parametrize("place", ["/organizations/", "/needs/"])
@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("?colour=red", 400, "There is no filter “colour” here"),
        ("?area=atlantis", 400, "The filter “area” does not fit"),
        ("?page=0", 400, "“page” must be a whole number"),
        ("?page=x", 400, "“page” must be a whole number"),
        ("?page=9", 404, "There is no page 9"),
    ],
)
def test_an_address_that_asks_for_what_does_not_exist_is_told_so(
    client: Client, *, three: None, place: str, query: str, status: int, says: str
) -> None:
    response = client.get(place + query)

    assert response.status_code == status
    assert says in response.content.decode()


@pytest.mark.parametrize("place", ["/organizations/", "/needs/"])
@pytest.mark.parametrize(
    "text", ["%22", "a AND (", "NEAR/3", "%27 OR 1=1 --", "*", "%00", "%25", "é", "a" * 5000]
)
def test_any_text_is_a_search(client: Client, three: None, place: str, text: str) -> None:
    response = client.get(f"{place}?q={text}")

    assert response.status_code == 200
    assert "Clear all" in response.content.decode()


@pytest.mark.parametrize(
    ("place", "make"),
    [("/organizations/", OrganizationFactory), ("/needs/", NeedFactory)],
)
def test_lists_ask_at_most_five_queries_however_long_they_are(
    client: Client, place: str, make: Callable[..., Any]
) -> None:
    client.get(f"{place}?q=warm")  # the frame's menus are kept until somebody edits them
    asked = []
    for number in (1, 2, 297):
        for _ in range(number):
            make()
        versions.bump("organizations", "needs")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(place).status_code == 200
        asked.append(len(queries))

    assert asked == [5, 5, 5]


def test_pages_ask_at_most_four_queries(client: Client) -> None:
    client.get("/needs/?q=warm")  # the frame's menus are kept until somebody edits them
    organization = OrganizationFactory(areas=["south-la"], focus_areas=["coding"])
    for need in NeedFactory.create_batch(3, organization=organization):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(need.get_absolute_url()).status_code == 200
        assert len(queries) <= 4
    with CaptureQueriesContext(connection) as queries:
        assert client.get(organization.get_absolute_url()).status_code == 200
    assert len(queries) <= 4


def test_a_list_that_did_not_change_is_answered_304_and_a_changed_one_is_not(
    client: Client, three: None
) -> None:
    etag = client.get("/organizations/").headers["ETag"]
    assert client.get("/organizations/", headers={"If-None-Match": etag}).status_code == 304

    organization = Organization.objects.get(name="Bits")
    organization.status = "suspended"
    organization.save()
    catalogue.refresh(organization=organization)

    assert client.get("/organizations/", headers={"If-None-Match": etag}).status_code == 200
    assert _names(client, "/organizations/") == ["Ada Club", "Circuits"]


@pytest.mark.parametrize("place", ["/organizations/", "/needs/"])
def test_htmx_gets_the_results_alone(client: Client, three: None, place: str) -> None:
    page = client.get(place).content.decode()
    part = client.get(place, headers={"HX-Request": "true"}).content.decode()

    results, _, facets = part.partition('<div class="stack" id="facets" hx-swap-oob="true">')
    assert results.strip().startswith('<div class="results')
    assert results.strip() in page
    assert 'id="area-south-la"' in facets
    assert "<html" not in part
    assert "hx-swap-oob" not in page


def test_what_is_not_public_is_not_found(client: Client, three: None) -> None:
    hidden = Organization.objects.get(name="Hidden")

    assert client.get(hidden.get_absolute_url()).status_code == 404
    assert client.get(hidden.needs.get().get_absolute_url()).status_code == 404
    assert client.get(Need.objects.get(title="Tutors").get_absolute_url()).status_code == 404
    assert client.get("/organizations/nobody/").status_code == 404
    assert client.post("/organizations/").status_code == 405


def test_what_people_wrote_is_shown_and_never_run(client: Client) -> None:
    organization = OrganizationFactory(
        name=PAYLOAD,
        slug="payload",
        mission=PAYLOAD,
        story=f"<p>{PAYLOAD}</p><a href='javascript:alert(1)'>x</a>",
        populations_served=PAYLOAD,
        address=PAYLOAD,
        screening_required=PAYLOAD,
        areas_as_written=PAYLOAD,
    )
    need = NeedFactory(
        organization=organization, title=PAYLOAD, slug="n", why=PAYLOAD, requirements=PAYLOAD
    )

    for address in ("/organizations/", "/needs/", "/organizations/payload/", "/needs/n/"):
        page = client.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "javascript:" not in page
    assert need.organization == organization


def test_a_profile_shows_what_is_needed_and_no_closed_need(client: Client, three: None) -> None:
    page = client.get("/organizations/ada-club/").content.decode()

    assert "What they need now" in page
    assert "Laptops" in page
    assert "Screens" in client.get("/organizations/bits/").content.decode()
    assert "Tutors" not in client.get("/organizations/bits/").content.decode()


def test_a_need_says_how_much_has_come_and_where_to_pledge(client: Client) -> None:
    need = NeedFactory(slug="laptops", quantity_wanted=20, quantity_met=12, quantity_pledged=15)

    page = client.get("/needs/laptops/").content.decode()
    assert "12 of 20 items confirmed, 3 more pledged" in page
    assert 'href="/needs/laptops/pledge/"' in page
    assert "Pledge toward 5 items" in page

    Need.objects.filter(pk=need.pk).update(status=Need.Status.MET)
    versions.bump("needs")
    assert "/pledge/" not in client.get("/needs/laptops/").content.decode()
