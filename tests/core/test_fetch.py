"""Typed addresses lead outside or nowhere; a listener on this machine counts who came inside."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address

import pytest

from core import fetch
from tests.canary import BODY, Canary


@pytest.fixture
def canary() -> Iterator[Canary]:
    with Canary() as found:
        yield found


#: `%` stands for the canary's port.
HOSTILE = [
    # Plainly inside.
    "http://127.0.0.1:%/", "http://127.0.0.2:%/", "http://127.255.255.254:%/",
    "http://0.0.0.0:%/", "http://localhost:%/", "http://LOCALHOST:%/", "http://localhost.:%/",
    "http://printer.local:%/", "http://db.internal:%/", "http://x.localhost:%/",
    "http://intranet:%/", "http://1.0.0.127.in-addr.arpa:%/",
    # Private, shared, link-local, documentation, benchmarks, multicast, reserved.
    "http://10.0.0.1:%/", "http://172.16.0.1:%/", "http://172.31.255.255:%/",
    "http://192.168.1.1:%/", "http://169.254.169.254:%/latest/meta-data/",
    "http://100.64.0.1:%/", "http://100.100.100.200:%/", "http://168.63.129.16:%/",
    "http://192.0.0.8:%/", "http://192.0.2.1:%/", "http://192.88.99.1:%/",
    "http://198.18.0.1:%/", "http://198.51.100.1:%/", "http://203.0.113.9:%/",
    "http://224.0.0.1:%/", "http://239.255.255.250:%/", "http://240.0.0.1:%/",
    "http://255.255.255.255:%/", "http://0.1.2.3:%/",
    # Numbers in disguise.
    "http://2130706433:%/", "http://0x7f000001:%/", "http://0x7F.0x0.0x0.0x1:%/",
    "http://0177.0.0.1:%/", "http://017700000001:%/", "http://127.1:%/", "http://127.0.1:%/",
    "http://0x7f.1:%/", "http://127.0.0.1.:%/", "http://127.0.0.01:%/", "http://0:%/",
    "http://①②⑦.⓪.⓪.①:%/", "http://127。0。0。1:%/", "http://\uff11\uff12\uff17.0.0.1:%/",
    "http://ⓛocalhost:%/", "http://\u0661\u0662\u0667.\u0660.\u0660.\u0661:%/",
    # IPv6.
    "http://[::1]:%/", "http://[::]:%/", "http://[0:0:0:0:0:0:0:1]:%/",
    "http://[::ffff:127.0.0.1]:%/", "http://[::ffff:7f00:1]:%/", "http://[::127.0.0.1]:%/",
    "http://[64:ff9b::127.0.0.1]:%/", "http://[64:ff9b::7f00:1]:%/",
    "http://[64:ff9b:1::7f00:1]:%/", "http://[2002:7f00:1::]:%/", "http://[2002:a00:1::1]:%/",
    "http://[2001:0:7f00:1::]:%/", "http://[2001:db8::1]:%/", "http://[fe80::1]:%/",
    "http://[fe80::1%25lo]:%/", "http://[fc00::1]:%/", "http://[fd12:3456::1]:%/",
    "http://[fec0::1]:%/", "http://[ff02::1]:%/", "http://[100::1]:%/", "http://[3fff::1]:%/",
    "http://[::ffff:0:127.0.0.1]:%/", "http://[5f00::1]:%/",
    # Two readers, two hosts.
    "http://example.org\\@127.0.0.1:%/", "http://127.0.0.1:%\\@example.org/",
    "http://example.org@127.0.0.1:%/", "http://user:word@127.0.0.1:%/",
    "http://127.0.0.1:%#@example.org/", "http://127.0.0.1:%?@example.org/",
    "http://example.org:80@127.0.0.1:%/", "http://127.0.0.1:%\t/", "http://127.0.0.1\r\n:%/",
    "http://127.0.0.1 :%/", "http://example.org:%:80/", "http:///127.0.0.1:%/",
    "http:127.0.0.1:%/", "//127.0.0.1:%/", "http://[127.0.0.1]:%/", "http://127.0.0.1\x00:%/",
    "http://127.0.0.1:%/\r\nHost: x",
    # Other schemes and ports.
    "ftp://127.0.0.1:%/", "file:///etc/passwd", "gopher://127.0.0.1:%/_GET", "data:text/plain,x",
    "dict://127.0.0.1:%/", "ldap://127.0.0.1:%/", "javascript:alert(1)", "webcal://127.0.0.1:%/",
    "https://127.0.0.1:%/", "http://example.org:22/", "http://example.org:8080/",
    "http://example.org:0/", "http://example.org:99999/", "http://example.org:٨٠/", "", "http://",
    # Names whose resolver answers with something inside, alone or among others.
    "http://rebound.example.org:%/",
]  # fmt: skip


def test_the_list_is_long_enough() -> None:
    assert len(set(HOSTILE)) >= 80


@pytest.mark.parametrize("url", HOSTILE)
def test_hostile_addresses_are_refused_with_a_sentence_and_reach_nobody(
    url: str, canary: Canary
) -> None:
    with pytest.raises(fetch.FetchRefused) as refused:
        fetch.get(url.replace("%", str(canary.port)), most_bytes=1000, guard=canary.guard())
    assert refused.value.sentence.endswith(".")
    assert canary.connections == 0


def test_without_the_check_of_addresses_the_same_fetch_comes_in(canary: Canary) -> None:
    url = f"http://127.0.0.1:{canary.port}/"
    assert fetch.get(url, most_bytes=1000, guard=canary.open_guard()).body == BODY
    assert canary.connections == 1


@pytest.mark.parametrize(
    "inside", ["127.0.0.1", "::1", "10.1.2.3", "64:ff9b::a00:1", "2002:7f00:1::", "fe80::1%lo"]
)
def test_one_address_inside_among_public_ones_is_enough_to_refuse(
    inside: str, canary: Canary
) -> None:
    guard = canary.guard(resolve=lambda *_: ["93.184.215.14", inside])
    with pytest.raises(fetch.AddressInside):
        fetch.get(f"http://feeds.example.org:{canary.port}/", most_bytes=1000, guard=guard)
    assert canary.connections == 0


def test_a_name_is_resolved_once_and_that_address_is_the_one_connected_to(canary: Canary) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    got = canary.get(guard=canary.open_guard(resolve=rebinding))
    assert (got.body, asked) == (BODY, ["feeds.example.org"])
    assert canary.seen[0][1]["host"] == f"feeds.example.org:{canary.port}"


@pytest.mark.parametrize("to", ["http://127.0.0.1:%/in", "//127.0.0.1:%/in", "http://[::1]:%/in"])
def test_a_redirect_to_inside_is_refused(to: str, canary: Canary) -> None:
    canary.answers["/"] = (302, {"Location": to.replace("%", str(canary.port))}, b"")
    # The first step is let through by its name; the second is an address, and checked.
    seen: list[str] = []

    def permits(address: fetch.Address) -> bool:
        seen.append(str(address))
        return len(seen) == 1

    with pytest.raises(fetch.AddressInside):
        canary.get(guard=canary.guard(permits=permits))
    assert [path for path, _headers in canary.seen] == ["/"]


def test_redirects_are_followed_three_times(canary: Canary) -> None:
    for number in range(4):
        canary.answers[f"/{number}"] = (301, {"Location": f"/{number + 1}"}, b"")
    assert canary.get("/1").body == BODY
    with pytest.raises(fetch.TooManyRedirects):
        canary.get("/0")


def test_unchanged_answers_are_asked_for_by_tag_and_date(canary: Canary) -> None:
    canary.answers["/"] = (200, {"ETag": '"a"', "Last-Modified": "Mon, 07 Dec 2026"}, BODY)
    first = canary.get()
    canary.answers["/"] = (304, {"ETag": '"a"', "Content-Length": "0"}, b"")
    again = canary.get(etag=first.etag, last_modified=first.last_modified)
    assert (again.is_unchanged, again.body) == (True, b"")
    headers = canary.seen[1][1]
    assert (headers["if-none-match"], headers["if-modified-since"]) == ('"a"', "Mon, 07 Dec 2026")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429, 500, 503])
def test_an_error_is_said_by_its_number(status: int, canary: Canary) -> None:
    canary.answers["/"] = (status, {}, b"no")
    with pytest.raises(fetch.AnsweredNo, match=str(status)):
        canary.get()


def test_packed_answers_are_unpacked_and_bombs_are_not(canary: Canary) -> None:
    packed = {"Content-Encoding": "gzip"}
    canary.answers["/fine"] = (200, packed, gzip.compress(BODY))
    canary.answers["/bomb"] = (200, packed, gzip.compress(bytes(50_000_000)))
    canary.answers["/torn"] = (200, packed, gzip.compress(BODY * 50)[:-20])
    canary.answers["/lie"] = (200, packed, BODY)
    canary.answers["/other"] = (200, {"Content-Encoding": "br"}, BODY)
    assert canary.get("/fine").body == BODY
    for path, refusal in (
        ("/bomb", fetch.AnswerTooLarge),
        ("/torn", fetch.NoAnswer),
        ("/lie", fetch.AnswerUnreadable),
        ("/other", fetch.AnswerUnreadable),
    ):
        with pytest.raises(refusal):
            canary.get(path, most_bytes=100_000)


def test_large_answers_are_given_up_with_or_without_a_length(canary: Canary) -> None:
    canary.answers["/said"] = (200, {}, bytes(20_000))
    canary.answers["/unsaid"] = (200, {"Content-Length": "9" * 30}, bytes(20_000))
    for path in ("/said", "/unsaid"):
        with pytest.raises(fetch.AnswerTooLarge):
            canary.get(path)
    canary.answers["/short"] = (200, {"Content-Length": "500"}, BODY)
    with pytest.raises(fetch.FetchRefused):
        canary.get("/short", guard=canary.open_guard(seconds=0.5))


def served(play: Callable[[socket.socket], None]) -> int:
    """A port where the next connection is played with by hand."""
    listener = socket.create_server(("127.0.0.1", 0))
    port: int = listener.getsockname()[1]

    def run() -> None:
        plug, _peer = listener.accept()
        with listener, plug:
            play(plug)

    threading.Thread(target=run, daemon=True).start()
    return port


def drip(plug: socket.socket) -> None:
    plug.recv(4096)
    try:
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 400:
            plug.send(bytes([byte]))
            time.sleep(0.02)
    except OSError:
        return


def silent(plug: socket.socket) -> None:
    while plug.recv(4096):
        pass


@pytest.mark.parametrize("play", [drip, silent])
def test_a_slow_host_is_given_up_in_time(play: Callable[[socket.socket], None]) -> None:
    port = served(play)
    guard = fetch.Guard(
        resolve=lambda *_: ["127.0.0.1"],
        permits=lambda _address: True,
        ports=frozenset({port}),
        seconds=0.6,
    )
    began = time.monotonic()
    with pytest.raises(fetch.TookTooLong):
        fetch.get(f"http://feeds.example.org:{port}/", most_bytes=1000, guard=guard)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("said", [b"", b"no website\r\n\r\n"])
def test_what_is_no_website_is_no_answer(said: bytes) -> None:
    def play(plug: socket.socket) -> None:
        plug.recv(4096)
        plug.send(said)

    port = served(play)
    guard = fetch.Guard(
        resolve=lambda *_: ["127.0.0.1"], permits=lambda _a: True, ports=frozenset({port})
    )
    with pytest.raises(fetch.NoAnswer):
        fetch.get(f"http://feeds.example.org:{port}/", most_bytes=0, guard=guard)


def test_a_host_that_is_not_there_is_said_so(canary: Canary) -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise socket.gaierror

    with pytest.raises(fetch.NoSuchHost, match=r"feeds\.example\.org"):
        canary.get(guard=canary.open_guard(resolve=unknown))
    with pytest.raises(fetch.NoSuchHost):
        canary.get(guard=canary.open_guard(resolve=lambda *_: []))


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("webcal://Example.org/a b.ics".replace(" ", "%20"), "https://example.org/a%20b.ics"),
        ("HTTP://example.org", "http://example.org/"),
        ("https://example.org:443/x?y=1#z", "https://example.org/x?y=1"),
        ("http://example.org./é", "http://example.org/%C3%A9"),
        ("https://93.184.215.14/x", "https://93.184.215.14/x"),
    ],
)
def test_public_addresses_are_read_as_they_will_be_asked(typed: str, asked: str) -> None:
    assert fetch.checked(typed) == asked


@pytest.mark.parametrize(
    "text", ["8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450::1"]
)
def test_public_addresses_are_public(text: str) -> None:
    assert fetch.is_public(ip_address(text))
