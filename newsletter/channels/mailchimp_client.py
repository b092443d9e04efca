"""Mailchimp's own client with what it lacks: time limits, kept connections, honest errors.

As shipped it waits 120 seconds, opens a connection a call, hands back an error whose body is
empty as if it were an answer, and puts the data center in place of the word "server" anywhere
in an address. It also has no retries; ours are for calls that may be made twice.
"""

import json
import logging
import time
from http import HTTPStatus
from secrets import SystemRandom
from typing import Any

import requests
from mailchimp_marketing.api_client import ApiClient, ApiClientError
from requests.adapters import HTTPAdapter

from newsletter.channels.port import ChannelDown, ChannelRefused

logger = logging.getLogger(__name__)

#: Seconds to connect, and to wait for each answer.
TIMEOUT = (3.0, 10.0)
MOST_TRIES = 5
#: Mailchimp answers 429 to more than ten connections at once.
MOST_CONNECTIONS = 8
#: Seconds before the second try; doubles, up to the last.
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0

#: Asking for the same again gives the same: worth a second try whatever went wrong.
_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_random = SystemRandom()


class Refused(ChannelRefused):
    """Mailchimp's "no", from its problem document (RFC 7807)."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status = status
        self.title = title


class MailchimpClient(ApiClient):
    """Makes one call of Mailchimp's API at a time.

    Args:
        api_key: as Mailchimp gives it, data center at the end.
        url: where the API is, if not where the key says.
        timeout: seconds to connect and to wait.
        first_pause: seconds before the second try.
    """

    def __init__(
        self,
        api_key: str,
        *,
        url: str = "",
        timeout: tuple[float, float] = TIMEOUT,
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        super().__init__({"api_key": api_key})
        data_center = api_key.rpartition("-")[2]
        self.host = url or f"https://{data_center}.api.mailchimp.com/3.0"
        self.server = ""
        self.timeout = timeout
        self.first_pause = first_pause
        self.session = requests.Session()
        self.session.auth = ("user", api_key)
        adapter = HTTPAdapter(pool_maxsize=MOST_CONNECTIONS, pool_block=True)
        self.session.mount("https://", adapter)
        self.session.mount("http://", adapter)

    def call_api(self, *args: Any, **kwargs: Any) -> Any:
        """Make a call; the answer's document, or nothing where it has none.

        Raises:
            ChannelDown: if there was no answer, or none to make sense of.
            Refused: if the answer was no.
        """
        try:
            answer = super().call_api(*args, **kwargs)
        except ApiClientError as error:
            # The client wraps whatever `request` raises, and prints it as an empty string.
            if isinstance(error.text, (ChannelDown, Refused)):
                raise error.text from error
            raise
        return None if isinstance(answer, requests.Response) else answer

    def request(
        self,
        method: str,
        url: str,
        query_params: Any = None,
        headers: Any = None,
        body: Any = None,
    ) -> requests.Response:
        """Make a request, again where that can do no harm, and read the answer whole."""
        for tries in range(1, MOST_TRIES + 1):
            failure: ChannelDown
            try:
                return self._once(method, url, query_params, headers, body)
            except _Throttled as error:
                # Turned away at the door: nothing was done, so even a POST may knock again.
                failure, repeatable = error, not url.endswith("/actions/send")
            except ChannelDown as error:
                failure, repeatable = error, method in _REPEATABLE
            if not repeatable or tries == MOST_TRIES:
                raise failure
            logger.warning("Mailchimp, try %s of %s %s: %s", tries, method, url, failure)
            pause = min(LONGEST_PAUSE, self.first_pause * 2 ** (tries - 1))
            time.sleep(pause * _random.uniform(0.5, 1))
        raise AssertionError

    def _once(
        self, method: str, url: str, query_params: Any, headers: Any, body: Any
    ) -> requests.Response:
        try:
            response = self.session.request(
                method,
                url,
                params=query_params,
                data=None if body is None else json.dumps(body),
                headers=headers,
                timeout=self.timeout,
            )
        except requests.RequestException as error:
            raise ChannelDown(f"{type(error).__name__}: {error}") from error
        problem = _document(response)
        if response.ok:
            if problem is None and response.content:
                raise ChannelDown(f"{response.status_code} with half an answer")
            return response
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise _Throttled("429, too many requests")
        if response.status_code >= 500 or problem is None:
            # A 403 without a document comes from what stands before Mailchimp, not from it.
            raise ChannelDown(f"{response.status_code} without a reason")
        raise Refused(
            response.status_code,
            str(problem.get("title", "")),
            str(problem.get("detail", "")) + _fields(problem),
        )


class _Throttled(ChannelDown):
    """Too many calls; this one was not looked at."""


def _document(response: requests.Response) -> dict[str, Any] | None:
    try:
        document = response.json()
    except requests.JSONDecodeError:
        return None
    return document if isinstance(document, dict) and (document or response.ok) else None


def _fields(problem: dict[str, Any]) -> str:
    errors = problem.get("errors") or []
    return "".join(f" {e.get('field', '')}: {e.get('message', '')}" for e in errors)
