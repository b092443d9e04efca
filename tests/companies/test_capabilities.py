from datetime import datetime

import pytest
from django.core.exceptions import PermissionDenied

from companies.domain import capabilities
from companies.models import Capability
from tests.factories.companies import CapabilityFactory
from tests.factories.pledges import csr_lead_of, employee_of

pytestmark = pytest.mark.django_db
Status = Capability.Status


@pytest.mark.parametrize("to", Status)
@pytest.mark.parametrize("was", Status)
def test_every_pair_of_statuses_is_a_move_or_refused(was: str, to: str, now: datetime) -> None:
    offer = CapabilityFactory(status=was)
    lead = csr_lead_of(offer.company)

    if was == to or to in Capability.MOVES[was]:
        assert capabilities._move(offer, to, by=lead, now=now).status == to
    else:
        with pytest.raises(capabilities.NoSuchMove):
            capabilities._move(offer, to, by=lead, now=now)


def test_employees_change_no_offer(now: datetime) -> None:
    offer = CapabilityFactory()
    for verb in (capabilities.offer, capabilities.exhaust, capabilities.retire):
        with pytest.raises(PermissionDenied):
            verb(capability=offer, by=employee_of(offer.company), now=now)
