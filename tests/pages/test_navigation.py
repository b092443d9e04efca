import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from wagtail.test.utils.form_data import inline_formset, nested_form_data

from pages.models import Navigation, NavigationItem
from tests.factories import pages
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def test_an_edited_link_shows_on_the_next_request(client: Client) -> None:
    moderator = UserFactory(is_staff=True)
    moderator.groups.add(Group.objects.get(name="Moderators"))
    cms = Client()
    cms.force_login(moderator)
    navigation = Navigation.objects.get()
    before = client.get("/about/")
    assert "Everything we need" not in before.content.decode()
    rows = [
        {
            "id": item.pk,
            "group": item.group,
            "label": "Everything we need" if item.address == "/needs/" else item.label,
            "page": item.page_id or "",
            "address": item.address,
            "ORDER": str(order),
        }
        for order, item in enumerate(navigation.items.all())
    ]
    data = nested_form_data({"items": inline_formset(rows, initial=len(rows))})
    address = f"/cms/settings/pages/navigation/{navigation.pk}/"
    assert cms.get(address).status_code == 200
    assert cms.post(address, data).status_code == 302
    after = client.get("/about/", headers={"If-None-Match": before.headers["ETag"]})
    assert "Everything we need" in after.content.decode()


def test_a_link_follows_its_page_and_vanishes_with_it(client: Client) -> None:
    page = pages.plain("Code of conduct")
    navigation = Navigation.objects.get()
    NavigationItem.objects.create(
        navigation=navigation, group="footer_site", label="Conduct", page=page, sort_order=99
    )
    assert f'<a href="{page.url}">Conduct</a>' in client.get("/about/").content.decode()
    page.unpublish()
    assert "Conduct" not in client.get("/about/").content.decode()


def test_the_place_where_one_is_stands_out(client: Client) -> None:
    html = client.get("/stories/").content.decode()
    header = html.split('id="site-nav"')[1].split("</nav>")[0]
    assert header.count('aria-current="page"') == 1


def test_a_link_leads_to_a_page_or_an_address_and_not_to_both() -> None:
    navigation = Navigation.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        NavigationItem.objects.create(navigation=navigation, label="Nowhere")
    with pytest.raises(IntegrityError), transaction.atomic():
        NavigationItem.objects.create(
            navigation=navigation, label="Both", page=pages.home(), address="/needs/"
        )


@pytest.mark.parametrize("address", ["javascript:alert(1)", "//elsewhere.example", "needs/"])
def test_a_link_to_an_unsafe_address_is_refused(address: str) -> None:
    item = NavigationItem(navigation=Navigation.objects.get(), label="Bad", address=address)
    with pytest.raises(ValidationError) as refused:
        item.full_clean()
    assert list(refused.value.message_dict) == ["address"]


def test_links_cost_nothing_on_shared_pages(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/about/")
    with django_assert_num_queries(3) as fresh:
        client.get("/about/?fresh=1")
    assert not any("navigationitem" in query["sql"] for query in fresh)
