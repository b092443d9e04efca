"""What the outbox does for companies."""

from companies import mail
from companies.models import Company
from core import outbox


@outbox.effect
def tell_staff_of_company(company_id: int) -> None:
    """Ask staff to look at a company that wants to join."""
    for letter in mail.company_joined(Company.objects.get(pk=company_id)):
        letter.send()
