"""A website on this machine: it serves what a test tells it to, and counts who comes."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from core import fetch

BODY = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
type Answer = tuple[int, dict[str, str], bytes]


class Canary:
    """A website on this machine that counts its connections."""

    def __init__(self) -> None:
        self.connections = 0
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.answers: dict[str, Answer] = {}
        canary = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                canary.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                status, headers, body = canary.answers.get(self.path, (200, {}, BODY))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in headers:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: Any) -> None:
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def verify_request(self, *_args: Any) -> bool:
                canary.connections += 1
                return True

        self.server = Server(("0.0.0.0", 0), Handler)  # noqa: S104  (every loopback address)
        self.port: int = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_args: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def guard(self, **changes: Any) -> fetch.Guard:
        """The real guard with the canary's port; and with what a test switches off."""
        ports = frozenset({80, 443, self.port})
        return fetch.Guard(**{"ports": ports, "resolve": lambda *_: ["127.0.0.1"], **changes})

    def open_guard(self, **changes: Any) -> fetch.Guard:
        """Every address is let through: what the tests' own site needs."""
        return self.guard(permits=lambda _address: True, **changes)

    def get(self, path: str = "/", **options: Any) -> fetch.Fetched:
        """Ask the canary as if it were a site of the public web."""
        options = {"most_bytes": 10_000, "guard": self.open_guard(), **options}
        return fetch.get(f"http://feeds.example.org:{self.port}{path}", **options)
