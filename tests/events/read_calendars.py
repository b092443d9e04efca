"""Read each .ics file of a folder in a process of its own that may take 2 s and 256 MB more.

Run as `python -m tests.events.read_calendars FOLDER`; prints a line of JSON for each file.
"""

import json
import os
import resource
import sys
from pathlib import Path

import django

SECONDS = 2
BYTES = 256 * 1024 * 1024


def _bounded(path: Path) -> str:
    """What reading the file came to: "read", a sentence, or the name of an error."""
    from core.errors import DomainError  # noqa: PLC0415  (Django is set up by now)
    from events.domain import incoming_reading  # noqa: PLC0415

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        incoming_reading.read(
            path.read_bytes(), zone_name="America/Los_Angeles", kind="volunteering"
        )
    except DomainError as refusal:
        return refusal.sentence
    except BaseException as error:  # noqa: BLE001  (its name is the finding)
        return f"ERROR {type(error).__name__}: {error}"
    return "read"


def main(folder: Path) -> None:
    """One line a file."""
    django.setup()
    for path in sorted(folder.rglob("*.ics")):
        out, into = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(into, _bounded(path).encode())
            os._exit(0)
        os.close(into)
        _pid, status = os.waitpid(child, 0)
        said = os.read(out, 4096).decode(errors="replace")
        os.close(out)
        result = said or f"ERROR ended with {status}"
        sys.stdout.write(json.dumps([str(path.relative_to(folder)), result]) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
