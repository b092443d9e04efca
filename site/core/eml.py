"""The local twin of a mail server: one .eml file a message, in a folder, readable by any client."""

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class EmlFileBackend(BaseEmailBackend):
    """Writes each message to `directory`, named by moment and recipient, oldest first by name."""

    def __init__(self, *, directory: str | Path, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.directory = Path(directory)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write the messages; says how many."""
        self.directory.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            to = re.sub(r"[^A-Za-z0-9.@-]", "_", (message.recipients() or ["nobody"])[0])
            name = f"{time.time_ns()}-{to[:80]}.eml"
            partial = self.directory / f".{name}"
            partial.write_bytes(message.message().as_bytes())
            partial.rename(self.directory / name)  # a reader never sees half a message
        return len(email_messages)
