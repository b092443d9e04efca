"""A server as in production over a database of a given size, and what its processes cost."""

import contextlib
import http.client
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


@dataclass
class Server:
    """A running site: one worker, so that its CPU time is the cost of what it was asked."""

    size: int
    port: int
    process: subprocess.Popen[bytes]
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def get(self, path: str, headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
        """One answer, read to its end, over the one connection that stays open."""
        asked = {"Accept-Encoding": "gzip", **(headers or {})}
        try:
            self.connection.request("GET", path, headers=asked)
            answer = self.connection.getresponse()
        except http.client.RemoteDisconnected:  # it stood idle for longer than the server waits
            self.connection.close()
            self.connection.request("GET", path, headers=asked)
            answer = self.connection.getresponse()
        vars(answer)["body"] = answer.read()
        return answer

    def cpu_seconds(self) -> float:
        """Processor time that the server and its workers have used so far.

        From the scheduler's own nanosecond account; `/proc/<pid>/stat` counts in hundredths.
        """
        total = 0
        for pid in self._family():
            for thread in Path(f"/proc/{pid}/task").iterdir():
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                    total += int((thread / "schedstat").read_text().split()[0])
        return total / 1e9

    def _family(self) -> list[int]:
        family = [self.process.pid]
        for pid in family:
            children = Path(f"/proc/{pid}/task/{pid}/children")
            family.extend(int(child) for child in children.read_text().split())
        return family


def database_of(size: int | str) -> Path:
    """Where the database of that size, or name, lies."""
    database = ROOT / "var" / "bench" / f"{size}.sqlite3"
    database.parent.mkdir(parents=True, exist_ok=True)
    return database


def environment(size: int | str) -> dict[str, str]:
    """The environment of a real installation over the database of that size, or name."""
    return {
        **os.environ,
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_hex(32),
        "BASE_URL": "http://127.0.0.1",
        "DATABASE_URL": f"sqlite:///{database_of(size)}",
        "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
        "LOG_LEVEL": "ERROR",
    }


def manage(size: int, *arguments: str) -> None:
    """Run a management command on the database of that size, with its progress shown."""
    command = [sys.executable, "manage.py", *arguments]
    subprocess.run(command, cwd=ROOT, env=environment(size), check=True)  # noqa: S603


@contextlib.contextmanager
def serving(size: int) -> Iterator[Server]:
    """The site over the database of that size, answering when it is handed over."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(BIN / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
        "--workers", "1", "--blocking-threads", "8", "--log-level", "error", "--no-ws",
        "config.wsgi:application",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, env=environment(size))  # noqa: S603
    server = Server(size, port, process)
    try:
        _wait_for(server)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(server: Server) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if server.get("/healthz").status == 200:
                return
        server.connection.close()
        if server.process.poll() is not None:
            break
        time.sleep(0.1)
    message = "the server did not answer within a minute"
    raise RuntimeError(message)
