"""How a company comes to the site, and changes what it says of itself."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import MembershipState, User
from companies import permissions
from companies.domain import catalogue
from companies.models import Company, CompanyMembership
from core import audit, outbox
from core.errors import DomainError


class AlreadyJoining(DomainError):
    """The person has a company that is still being looked at."""


def join(*, company: Company, by: User, now: datetime) -> Company:
    """Send a new company to the moderators; whoever sends it becomes its CSR lead.

    Args:
        company: an unsaved one with its words and, on the instance, its areas.
        by: who works there.
        now: the present.

    Raises:
        AlreadyJoining: if another company of `by` waits for the moderators.
    """
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
        waiting = Company.objects.filter(
            live=False,
            first_published_at__isnull=True,
            memberships__user=by,
            memberships__role=CompanyMembership.Role.CSR_LEAD,
        ).first()
        if waiting is not None:
            if waiting.name == company.name:
                return waiting
            raise AlreadyJoining(
                _("We are still looking at %(company)s. You will hear from us.")
                % {"company": waiting.name}
            )
        company.slug = _free_slug(company.name)
        company.live = False
        company.save()
        company.save_revision(user=by)
        CompanyMembership.objects.create(
            company=company,
            user=by,
            role=CompanyMembership.Role.CSR_LEAD,
            state=MembershipState.ACTIVE,
        )
        audit.record(company, "companies.company_joined", by=by, at=_iso(now))
        outbox.promise(
            "companies.tasks.tell_staff_of_company",
            now=now,
            key=f"company-joined:{company.uuid}",
            company_id=company.pk,
        )
    return company


def edit(*, company: Company, by: User, now: datetime) -> Company:
    """Save changed words of a company; of a public one, for everybody to see at once.

    Raises:
        PermissionDenied: if `by` may not edit it.
    """
    if not permissions.can_edit(by, company):
        raise PermissionDenied
    with transaction.atomic():
        Company.objects.select_for_update(of=("self",), no_key=True).get(pk=company.pk)
        company.save()
        revision = company.save_revision(user=by)
        if company.live:
            # The desk's own permission was checked above; the CMS's is about its own screens.
            revision.publish(user=by, skip_permission_checks=True)
        audit.record(company, "companies.company_edited", by=by, at=_iso(now))
        catalogue.refresh(company=company)
    return company


def published(*, company: Company) -> None:
    """Follow the CMS, where staff published or hid the company."""
    catalogue.refresh(company=company)


def _free_slug(name: str) -> str:
    first = slugify(name)[:100] or "company"
    taken = set(Company.objects.filter(slug__startswith=first).values_list("slug", flat=True))
    # The site's own addresses under /companies/ are taken too.
    taken.add("join")
    if first not in taken:
        return first
    return next(
        slug for slug in (f"{first}-{n}" for n in range(2, len(taken) + 3)) if slug not in taken
    )


def _iso(now: datetime) -> str:
    return now.isoformat(timespec="seconds")
