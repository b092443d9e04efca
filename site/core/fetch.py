"""The single door for requests to addresses that people typed.

    got = fetch.get("webcal://example.org/club.ics", most_bytes=5_000_000, etag=kept)

A typed address must not lead inside: only http and https, ports 80 and 443, no name or password.
The host is resolved once, every address that it has is looked at, and the connection goes to just
such an address, so that a name that changes its mind in between changes nothing. Redirects are
followed three times, each checked the same way. Everything together takes ten seconds at most.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as ResolverSlow
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urljoin

from django.conf import settings
from django.utils.translation import gettext as _
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from core.errors import DomainError

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address
type Network = ipaddress.IPv4Network | ipaddress.IPv6Network

SECONDS = 10.0
CONNECT_SECONDS = 3.0
MOST_REDIRECTS = 3
MOST_LETTERS = 2000
#: Addresses of one host that are tried, when the first does not answer.
MOST_ADDRESSES = 4
_PIECE = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: A calendar's own scheme says nothing of the way; the safe one is taken.
_SCHEMES = {"http": "http", "https": "https", "webcal": "https", "webcals": "https"}
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_LAST_LABEL = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
#: Names that mean something else on every network, or nothing on the public one (RFC 6761, 6762).
_INSIDE = frozenset(
    {
        "arpa", "corp", "home", "internal", "intranet", "invalid", "lan", "local", "localdomain",
        "localhost", "onion", "private",
    }
)  # fmt: skip
#: What the IANA registries of special addresses name, and what reaches inside by another name.
_CLOSED: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # a cloud's own services, at a public address
        "2001::/23",  # Teredo and other protocols' own
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address inside
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)  # fmt: skip
#: Everything else of IPv6 is local, mapped from IPv4, translated (NAT64) or not given out.
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")


class FetchRefused(DomainError):
    """The address was not asked, or its answer is not taken; says why."""

    status = 422


class BadAddress(FetchRefused):
    """Not an address of the web."""


class AddressInside(FetchRefused):
    """It leads to a private or otherwise special network."""


class NoSuchHost(FetchRefused):
    """The host's name is not known."""


class NoAnswer(FetchRefused):
    """The host could not be reached, or broke off."""


class TookTooLong(FetchRefused):
    """The time was over before the answer was there."""


class AnsweredNo(FetchRefused):
    """The host answered that it cannot or will not."""


class TooManyRedirects(FetchRefused):
    """One redirect led to the next."""


class AnswerTooLarge(FetchRefused):
    """More than was asked for, packed or unpacked."""


class AnswerUnreadable(FetchRefused):
    """Packed in a way that we do not unpack."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer; without body where nothing has changed since the last one."""

    url: str
    body: bytes
    etag: str
    last_modified: str
    is_unchanged: bool = False


def resolved(host: str, port: int) -> list[str]:
    """Every address of a host, as the system's resolver knows them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, and to nothing behind or beside it."""
    if address.version == 6 and address not in _GLOBAL_V6:
        return False
    if any(address in network for network in _CLOSED if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast


@dataclass(frozen=True, slots=True)
class Guard:
    """Where requests may go. Tests serve from this machine with one of their own."""

    resolve: Callable[[str, int], list[str]] = resolved
    permits: Callable[[Address], bool] = is_public
    ports: frozenset[int] = frozenset({80, 443})
    seconds: float = SECONDS


PUBLIC = Guard()


@dataclass(frozen=True, slots=True)
class _Target:
    """An address of the web, read strictly."""

    is_secure: bool
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        scheme = "https" if self.is_secure else "http"
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[scheme] else f":{self.port}"
        return f"{scheme}://{host}{port}{self.path}"


def checked(url: str, *, guard: Guard = PUBLIC) -> str:
    """The address as it would be asked, without asking; for forms.

    Raises:
        BadAddress, AddressInside: if it would never be asked.
    """
    target = _target(url, guard)
    literal = _literal(target.host)
    if literal is not None:
        _require_permitted([literal], guard)
    return target.url


def get(
    url: str,
    *,
    most_bytes: int,
    etag: str = "",
    last_modified: str = "",
    accept: str = "*/*",
    guard: Guard = PUBLIC,
) -> Fetched:
    """Ask a typed address, within every bound.

    Args:
        url: what was typed; `webcal://` is asked as `https://`.
        most_bytes: the most that is taken, unpacked.
        etag: of the answer that is kept here, so that an unchanged one need not come again.
        last_modified: the same by its date, as the host wrote it.
        accept: the media types wanted.
        guard: where requests may go.

    Raises:
        FetchRefused: one of its kinds, with a sentence for whoever typed the address.
    """
    until = time.monotonic() + guard.seconds
    headers = {
        "Accept": accept,
        "Accept-Encoding": "gzip",
        "Connection": "close",
        "User-Agent": f"Mozilla/5.0 (compatible; TechLACares; +{settings.BASE_URL})",
    }
    headers |= {"If-None-Match": etag} if _is_plain(etag) else {}
    headers |= {"If-Modified-Since": last_modified} if _is_plain(last_modified) else {}
    for _step in range(MOST_REDIRECTS + 1):
        target = _target(url, guard)
        addresses = _addresses(target, guard, until)
        with _answer(target, addresses, headers, until) as response:
            if response.status in _REDIRECTS and response.getheader("Location"):
                url = urljoin(target.url, response.getheader("Location", ""))
                continue
            return _taken(target, response, most_bytes, until)
    raise TooManyRedirects(
        _("The address leads on more than %(most)d times. Use the one where it ends.")
        % {"most": MOST_REDIRECTS}
    )


def _is_plain(value: str) -> bool:
    return bool(value) and value.isascii() and value.isprintable()


def _target(url: str, guard: Guard) -> _Target:
    """Read an address; whatever two readers could read differently is refused."""
    url = url.strip(" ")
    if len(url) > MOST_LETTERS:
        raise BadAddress(_("The address is longer than %(most)d letters.") % {"most": MOST_LETTERS})
    if not url.isprintable() or " " in url or "\\" in url:
        raise BadAddress(_("The address holds a space, a backslash or a sign that cannot be seen."))
    scheme, mark, rest = url.partition("://")
    kind = _SCHEMES.get(scheme.lower())
    if not mark or kind is None:
        raise BadAddress(_("The address must begin with https://, http:// or webcal://."))
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        raise BadAddress(_("Leave the name and password out of the address."))
    path = rest[len(authority) :].partition("#")[0]
    host, port = _host_and_port(authority, _DEFAULT_PORTS[kind])
    if port not in guard.ports:
        raise BadAddress(_("Only the web’s own ports, 80 and 443, are asked."))
    path = path if path.startswith("/") else f"/{path}"
    return _Target(kind == "https", host, port, quote(path, safe="/%?&=+,;:@!$'()*~[]-._"))


def _host_and_port(authority: str, default: int) -> tuple[str, int]:
    found = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]*)(?::([0-9]{0,5}))?", authority, re.ASCII)
    if found is None or not found[1]:
        raise BadAddress(_("The address has no host such as example.org."))
    port = int(found[2]) if found[2] else default
    host = found[1].lower()
    if host.startswith("["):
        literal = _literal(host[1:-1])
        if literal is None:
            raise BadAddress(_("The address has no host such as example.org."))
        return str(literal), port
    if not host.isascii():
        raise BadAddress(
            _("Write the host with plain letters, as browsers copy it (xn--…), not “%(host)s”.")
            % {"host": host[:60]}
        )
    return _host_name(host.removesuffix(".")), port


def _host_name(host: str) -> str:
    if _literal(host) is not None:
        return host
    labels = host.split(".")
    if len(labels) < 2 or labels[-1] in _INSIDE:
        raise AddressInside(
            _("“%(host)s” is a name inside a network. Use an address that everybody can open.")
            % {"host": host[:60]}
        )
    # A last part that begins with a digit is a number in disguise: 127.1, 0177.0.0.1, 0x7f.0.0.0x1.
    fits = all(_LABEL.fullmatch(label) for label in labels) and _LAST_LABEL.fullmatch(labels[-1])
    if not fits or len(host) > 253:
        raise BadAddress(_("“%(host)s” is not a host such as example.org.") % {"host": host[:60]})
    return host


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _addresses(target: _Target, guard: Guard, until: float) -> list[Address]:
    """What the host resolves to, this once; refused if any of it is not public."""
    literal = _literal(target.host)
    if literal is not None:
        _require_permitted([literal], guard)
        return [literal]
    pool = ThreadPoolExecutor(1)  # the system's resolver knows no deadline
    try:
        texts = pool.submit(guard.resolve, target.host, target.port).result(_left(until))
    except ResolverSlow as error:
        raise _too_long() from error
    except (OSError, UnicodeError) as error:
        raise NoSuchHost(
            _("There is no host “%(host)s”. Look at the spelling.") % {"host": target.host[:60]}
        ) from error
    finally:
        pool.shutdown(wait=False)
    found = [ipaddress.ip_address(text.partition("%")[0]) for text in texts]
    if not found:
        raise NoSuchHost(
            _("There is no host “%(host)s”. Look at the spelling.") % {"host": target.host[:60]}
        )
    _require_permitted(found, guard)
    return found[:MOST_ADDRESSES]


def _require_permitted(addresses: list[Address], guard: Guard) -> None:
    if not all(guard.permits(address) for address in addresses):
        raise AddressInside(
            _("The address leads inside a network. Use one that everybody can open.")
        )


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, in the name of the host: its Host header, its certificate."""

    def __init__(self, target: _Target, addresses: list[Address], until: float) -> None:
        self._target, self._addresses, self._until = target, addresses, until
        self.default_port = 443 if target.is_secure else 80
        super().__init__(target.host, target.port)

    def connect(self) -> None:
        """Connect to the first of the checked addresses that answers."""
        for number, address in enumerate(self._addresses, start=1):
            seconds = min(CONNECT_SECONDS, _left(self._until))
            try:
                self.sock = socket.create_connection((str(address), self.port), timeout=seconds)
            except OSError:
                if number == len(self._addresses):
                    raise
            else:
                break
        self.sock.settimeout(_left(self._until))
        if self._target.is_secure:
            # The socket is known before the handshake, so that a slow one can be broken off.
            self.sock = _tls().wrap_socket(
                self.sock, server_hostname=self._target.host, do_handshake_on_connect=False
            )
            self.sock.do_handshake()

    def break_off(self) -> None:
        """Wake up whoever waits for this connection."""
        if self.sock is not None:
            try:
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
            except OSError:
                return  # it has ended by itself


@contextmanager
def _answer(
    target: _Target, addresses: list[Address], headers: dict[str, str], until: float
) -> Iterator[http.client.HTTPResponse]:
    """Ask, and hand out the answer while the time lasts."""
    connection = _Pinned(target, addresses, until)
    # A socket's own limit begins anew with each byte; a host that drips one now and then needs
    # a clock beside it.
    clock = threading.Timer(_left(until), connection.break_off)
    clock.daemon = True
    clock.start()
    try:
        connection.request("GET", target.path, headers=headers)
        yield connection.getresponse()
    except TimeoutError as error:
        raise _too_long() from error
    except ssl.SSLCertVerificationError as error:
        raise NoAnswer(
            _("The certificate of “%(host)s” is not valid.") % {"host": target.host[:60]}
        ) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        if time.monotonic() >= until:
            raise _too_long() from error
        raise NoAnswer(
            _("“%(host)s” does not answer as a website does.") % {"host": target.host[:60]}
        ) from error
    finally:
        clock.cancel()
        connection.close()


def _taken(
    target: _Target, response: http.client.HTTPResponse, most_bytes: int, until: float
) -> Fetched:
    etag = response.getheader("ETag", "")[:300]
    last_modified = response.getheader("Last-Modified", "")[:100]
    if response.status == 304:
        return Fetched(target.url, b"", etag, last_modified, is_unchanged=True)
    if response.status != 200:
        raise AnsweredNo(_refusal(response.status))
    body = _body(response, most_bytes, until)
    return Fetched(target.url, body, etag, last_modified)


def _refusal(status: int) -> str:
    if status in {401, 403}:
        return _("The address asks for a sign-in (%(status)d). Use one that is open to all.") % {
            "status": status
        }
    if status in {404, 410}:
        return _("Nothing is at that address (%(status)d).") % {"status": status}
    return _("The address answered with an error (%(status)d).") % {"status": status}


def _body(response: http.client.HTTPResponse, most_bytes: int, until: float) -> bytes:
    """The answer, unpacked; given up as soon as it is too large."""
    length = response.getheader("Content-Length", "")
    if length.isdecimal() and len(length) < 20 and int(length) > most_bytes:
        raise _too_large(most_bytes)
    coding = response.getheader("Content-Encoding", "identity").strip().lower()
    if coding not in {"identity", "", "gzip", "x-gzip"}:
        raise AnswerUnreadable(_("The answer is packed in a way that we do not unpack."))
    unpack = zlib.decompressobj(wbits=31) if coding.endswith("gzip") else None
    body = bytearray()
    while piece := response.read1(_PIECE):
        if time.monotonic() >= until:
            raise _too_long()
        if unpack is not None:
            try:
                piece = unpack.decompress(piece, most_bytes - len(body) + 1)
            except zlib.error as error:
                raise AnswerUnreadable(
                    _("The answer is packed in a way that we do not unpack.")
                ) from error
        body += piece
        if len(body) > most_bytes or (unpack is not None and unpack.unconsumed_tail):
            raise _too_large(most_bytes)
    if time.monotonic() >= until:
        raise _too_long()
    if response.length or (unpack is not None and not unpack.eof):
        raise NoAnswer(_("The answer broke off in the middle."))
    return bytes(body)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise _too_long()
    return left


def _too_long() -> TookTooLong:
    return TookTooLong(_("The answer took longer than %(n)d seconds.") % {"n": SECONDS})


def _too_large(most_bytes: int) -> AnswerTooLarge:
    return AnswerTooLarge(
        _("The answer is larger than %(most)d MB.") % {"most": max(1, most_bytes // 1_000_000)}
    )
