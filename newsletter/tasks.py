"""What reaches the outside world for a reader: mails with private links, and forgetting."""

from core import outbox
from newsletter import channels
from newsletter.mail import letters
from newsletter.models import OptIn


@outbox.effect
def send_opt_in(opt_in_id: int) -> None:
    """Mail the link that confirms a sign-up; nothing if the reader is gone meanwhile."""
    opt_in = OptIn.objects.select_related("subscriber").filter(pk=opt_in_id).first()
    if opt_in is None:
        return
    letters.opt_in(opt_in).send()


@outbox.effect
def forget_member(address_hash: str) -> None:
    """Have the channel delete what it holds about somebody whose data was deleted here."""
    channels.current().forget(address_hash)
