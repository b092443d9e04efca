"""Our own mail: one message a reader, through Django's mailer."""

from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, mailers

from newsletter import permissions
from newsletter.channels.port import ChannelDown, Letter, Member, Run, Standing
from newsletter.mail.issues import Block, Issue, Links, Words, compose

#: Stand in a composed issue where each reader's own links go.
_PLACES = Links(
    preferences="https://reader.invalid/choose", unsubscribe="https://reader.invalid/no"
)


class LocalMail:
    """Sends each reader a message of their own, with one-click unsubscribe (RFC 8058)."""

    name = "local"
    keeps_audience = False

    def tell(self, member: Member) -> Standing:
        """Nothing to tell: our own tables are the audience."""
        return Standing.SUBSCRIBED if member.wants_mail else Standing.UNSUBSCRIBED

    def forget(self, address_hash: str) -> None:
        """Nothing is held elsewhere."""

    def send(self, issue: Issue, run: Run) -> None:
        """Send what waits, over one connection.

        A message that was handed over just before the power failed goes out again with the
        same Message-ID, by which mail programs know it as the same.
        """
        composed: dict[tuple[Block, ...], Words] = {}
        with mailers.default as connection:
            for batch in run.batches():
                sent: list[int] = []
                refused: list[int] = []
                try:
                    for letter in batch:
                        words = composed.get(letter.blocks)
                        if words is None:
                            words = composed[letter.blocks] = compose(issue, letter.blocks, _PLACES)
                        try:
                            connection.send_messages([message(issue, words, letter)])
                        except (SMTPRecipientsRefused, SMTPDataError):
                            refused.append(letter.delivery_id)
                        else:
                            sent.append(letter.delivery_id)
                except (SMTPException, OSError) as error:
                    raise ChannelDown(f"{type(error).__name__}: {error}") from error
                finally:
                    run.record(sent=sent, refused=refused)


def message(issue: Issue, words: Words, letter: Letter) -> EmailMultiAlternatives:
    """One reader's message: the composed words, their own links, and the headers of a list."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    own = links_of(letter.reader)
    addressed = words.addressed(_PLACES, own)
    mail = EmailMultiAlternatives(
        issue.subject,
        addressed.text,
        to=[letter.email],
        headers={
            "Message-ID": f"<{issue.key}.{letter.reader.hex}@{host}>",
            "List-Id": f"{settings.SITE_NAME} <digest.{host}>",
            "List-Unsubscribe": f"<{own.unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    mail.attach_alternative(addressed.html, "text/html")
    return mail


def links_of(reader: UUID) -> Links:
    """A reader's two private links."""
    return Links(
        preferences=settings.BASE_URL + permissions.preferences_path(reader),
        unsubscribe=settings.BASE_URL + permissions.unsubscribe_path(reader),
    )
