"""What the public sees of companies: the search index and the list's version.

Whatever changes a public row calls this in the same transaction; nothing else indexes them.
"""

from django.db import transaction

from companies.models import Capability, Company
from core import search, versions


def refresh(*, company: Company) -> None:
    """Make a company findable, or not, as it stands now."""
    with transaction.atomic():
        if company.live:
            search.index(
                "company",
                company.slug,
                title=company.name,
                body=_words(company),
                url=company.get_absolute_url(),
            )
        else:
            search.remove("company", company.slug)
        versions.bump("companies")


def forget(*, company: Company) -> None:
    """Take a deleted company out of what the public sees."""
    with transaction.atomic():
        search.remove("company", company.slug)
        versions.bump("companies")


def _words(company: Company) -> str:
    offers = company.capabilities.filter(status=Capability.Status.ACTIVE)
    return search.body_of(
        company.about,
        company.sector,
        *(area.name for area in company.areas.all()),
        *(f"{offer.title} ({offer.get_kind_display()})" for offer in offers),
    )
