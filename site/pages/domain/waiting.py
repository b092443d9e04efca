"""What waits for the team: for the staff desk and the first page of the CMS."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext

from core.models import Effect
from events.models import Series
from newsletter.models import Digest
from organizations.models import Need, Organization


@dataclass(frozen=True)
class Waiting:
    """How many of one thing wait for somebody, and where to deal with them."""

    label: str
    count: int
    url: str


def for_the_team() -> list[Waiting]:
    """Everything that waits for staff, empty queues included; one query each."""
    return [
        Waiting(
            gettext("Organizations to review"),
            Organization.objects.filter(status=Organization.Status.SUBMITTED).count(),
            "/cms/snippets/organizations/organization/?status=submitted",
        ),
        Waiting(
            gettext("Needs to review"),
            Need.objects.filter(status=Need.Status.IN_REVIEW).count(),
            "/cms/snippets/organizations/need/?status=in_review",
        ),
        Waiting(
            gettext("Events to review"),
            Series.objects.filter(status=Series.Status.IN_REVIEW).count(),
            "/cms/snippets/events/series/?status=in_review",
        ),
        Waiting(
            gettext("Digests to look over"),
            Digest.objects.filter(status=Digest.Status.REVIEW).count(),
            reverse("newsletter:desk_digests"),
        ),
        Waiting(
            gettext("Mails and calls that failed"),
            Effect.objects.filter(state=Effect.State.PARKED).count(),
            "/desk/staff/outbox/",
        ),
    ]
