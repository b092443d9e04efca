"""How many statements each page takes, printed as JSON: path -> number."""

import json
import sys

import django
from django.db import connection
from django.test.utils import CaptureQueriesContext


def main() -> None:
    """Ask for each path in the arguments as nobody has asked for it yet, and count."""
    django.setup()
    from django.test import Client  # noqa: PLC0415  (needs the apps)

    client = Client(SERVER_NAME="127.0.0.1")
    counts = {}
    for path in sys.argv[1:]:
        client.get(path)  # the first answer also loads templates and what stands per version
        with CaptureQueriesContext(connection) as captured:
            b"".join(client.get(path, {"utm_bench": "counted"}))
        counts[path] = len(captured)
    sys.stdout.write(json.dumps(counts))


if __name__ == "__main__":
    main()
