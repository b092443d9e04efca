"""What the site's own log leaves out."""

import logging
import re

#: Where addresses begin that are secrets of whoever was sent them; a test knows them all.
SECRETS = (
    "bookings",
    "calendar",
    "check-in",
    "invitations",
    "newsletter/confirm",
    "newsletter/mailchimp",
    "newsletter/preferences",
    "newsletter/unsubscribe",
    "organizations/submissions",
    "seats",
    "sign-ups",
    "waiting",
)
# To its end, and however it was mistyped: what comes after may still open the door.
_SECRET = re.compile(rf"^(/+(?:{'|'.join(SECRETS)})/).+", re.IGNORECASE | re.DOTALL)


class WithoutSecrets(logging.Filter):
    """Leaves of a secret address only what kind it is: `/calendar/[secret]`.

    Django writes the address of every refusal, also of those that are made before any view is
    asked: a method that is not allowed, a missing token, an address that leads nowhere.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, without what nobody may read in it."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                _SECRET.sub(r"\1[secret]", each) if isinstance(each, str) else each
                for each in record.args
            )
        return True
