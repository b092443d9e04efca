"""What a company offers: drafted, on offer, used up, filled again, retired."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from companies import permissions
from companies.domain import catalogue
from companies.models import Capability, Company
from core import audit
from core.errors import DomainError

Status = Capability.Status


class NoSuchMove(DomainError):
    """The capability's status does not lead where it was asked to go."""


def offer(*, capability: Capability, by: User, now: datetime) -> Capability:
    """Save a new or changed capability and put it on offer.

    Raises:
        PermissionDenied: if `by` may not edit the company.
        NoSuchMove: if it was retired.
    """
    _require_editor(by, capability.company)
    with transaction.atomic():
        Company.objects.select_for_update(of=("self",), no_key=True).get(pk=capability.company_id)
        if capability._state.adding:  # noqa: SLF001  (Django's own word for unsaved)
            capability.status = Status.DRAFT
        else:
            capability.status = Capability.objects.get(pk=capability.pk).status
        capability.save()
        return _move(capability, Status.ACTIVE, by=by, now=now)


def exhaust(*, capability: Capability, by: User, now: datetime) -> Capability:
    """Say that all of it is promised or given; it can be filled again.

    Raises:
        PermissionDenied: if `by` may not edit the company.
        NoSuchMove: if it is not on offer.
    """
    _require_editor(by, capability.company)
    return _move(capability, Status.EXHAUSTED, by=by, now=now)


def retire(*, capability: Capability, by: User, now: datetime) -> Capability:
    """Take it back for good.

    Raises:
        PermissionDenied: if `by` may not edit the company.
    """
    _require_editor(by, capability.company)
    return _move(capability, Status.RETIRED, by=by, now=now)


def _require_editor(by: User, company: Company) -> None:
    if not permissions.can_edit(by, company):
        raise PermissionDenied


def _move(capability: Capability, to: str, *, by: User, now: datetime) -> Capability:
    """Move to a status, or refuse; being there already is no move and no refusal."""
    with transaction.atomic():
        rows = Capability.objects.select_for_update(of=("self",), no_key=True).select_related(
            "company"
        )
        row = rows.get(pk=capability.pk)
        was = row.status
        if was != to:
            if to not in Capability.MOVES[was]:
                raise NoSuchMove(
                    _("“%(title)s” is %(was)s and cannot become %(to)s.")
                    % {
                        "title": row.title,
                        "was": row.get_status_display().lower(),
                        "to": str(Status(to).label).lower(),
                    }
                )
            row.status = to
            row.save(update_fields=["status", "updated_at"])
            audit.record(
                row,
                "companies.capability_moved",
                by=by,
                was=was,
                to=to,
                at=now.isoformat(timespec="seconds"),
            )
        catalogue.refresh(company=row.company)
    return row
