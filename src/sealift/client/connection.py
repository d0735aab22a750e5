"""One server, spoken to in JSON: who asks, how long to wait, what to try again.

What may be repeated without harm (`GET`, `PUT`, `PATCH`) is tried again when the server is
busy or the line breaks; anything else only when it cannot have been carried out. A server
that has answered before is waited for; one that never has is reported at once, because then
the address is wrong more often than the server is slow.
"""

import re
import ssl
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Final, Self, cast
from urllib.parse import quote

import httpx

from sealift import __version__
from sealift.client.patience import Patience, asked_to_wait
from sealift.client.problems import Json, refusal
from sealift.client.trust import trusting
from sealift.domain.errors import Invalid, Unavailable

_REPEATABLE: Final = frozenset({"GET", "PUT", "PATCH"})
_BUSY: Final = frozenset({502, 503, 504})
_THROTTLED: Final = 429
_MOST_CONNECTIONS: Final = 64
_LARGEST_PAGE: Final = 100  # records, by the API's own limit
_ERRNO: Final = re.compile(r"\[Errno -?\d+\] ")


class Connection:
    """`transport` stands in for the network, for those who have the server in process."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        ca_path: Path | None = None,
        api_version: int = 2,
        timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.base_url = _checked(base_url)
        self.patience = patience or Patience()
        self._ca_path = ca_path
        self._transport = transport
        self._timeout = httpx.Timeout(timeout, connect=min(timeout, 10.0))
        self._has_answered = False
        self._headers = {
            "authorization": f"Bearer {_sendable(api_key)}",
            "x-api-version": str(api_version),
            "accept": "application/json",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        for name in ("_api", "presigned"):
            if name in self.__dict__:  # else nothing was ever opened
                self.__dict__[name].close()

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        params: Mapping[str, str | int] | None = None,
    ) -> Json:
        """The JSON answer, empty where the server has nothing to say, or its refusal."""
        try:
            request = self._api.build_request(method, path, json=body, params=params)
        except UnicodeEncodeError as error:
            wrong = error.object[error.start : error.end]
            raise Invalid(f"{wrong!r} cannot be sent: it is no text in UTF-8") from error
        answer = self._patiently(request)
        if not answer.is_success:
            raise self._refusal(answer)
        if not answer.content:
            return {}
        return self._object(answer)

    def pages(self, path: str, params: Mapping[str, str | int]) -> Iterator[Json]:
        """The answers of a list from its first page to its last, fetched as they are asked for."""
        asked = {**params, "limit": _LARGEST_PAGE}
        while True:
            answer = self.call("GET", path, params=asked)
            yield answer
            cursor = answer.get("next_page")
            if not isinstance(cursor, str):
                return
            asked["page"] = cursor

    def _patiently(self, request: httpx.Request) -> httpx.Response:
        for wait in self.patience.waits():
            try:
                answer = self._api.send(request)
            except httpx.TransportError as error:
                if wait is None or not self._may_repeat(request, error):
                    raise self.unreachable(error, request.url) from error
                self.patience.sleep(wait)
                continue
            self._has_answered = True
            if wait is None or not _is_passing(request, answer):
                return answer
            self.patience.sleep(max(wait, asked_to_wait(answer)))
        raise AssertionError("the last wait is None")

    def _may_repeat(self, request: httpx.Request, error: httpx.TransportError) -> bool:
        never_arrived = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
        return self._has_answered and (never_arrived or request.method in _REPEATABLE)

    def unreachable(self, error: httpx.TransportError, url: httpx.URL) -> Unavailable:
        """What to tell a person whose request got no answer."""
        place = f"{url.scheme}://{url.netloc.decode()}"
        reason = _ERRNO.sub("", str(error)) or type(error).__name__
        if isinstance(error, httpx.TimeoutException):
            reason = "no answer in time"
        advice = "check that the server runs and that the base URL is right"
        if isinstance(error, httpx.RemoteProtocolError):
            advice = "if the server there speaks TLS, begin the base URL with https://"
        if "WRONG_VERSION_NUMBER" in reason:
            advice = "the server there does not speak TLS; begin the base URL with http://"
        if "CERTIFICATE_VERIFY_FAILED" in reason:
            advice = "if the server has a certificate of its own CA, name that CA with --ca-path"
        return Unavailable(f"cannot reach {place} ({reason}); {advice}", base_url=self.base_url)

    def _refusal(self, answer: httpx.Response) -> Exception:
        if answer.is_redirect:
            to = answer.headers.get("location", "elsewhere")
            return self._stranger(f"it sends us to {to}")
        return refusal(answer)

    def _object(self, answer: httpx.Response) -> Json:
        try:
            found: object = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            kind = answer.headers.get("content-type", "no content type")
            raise self._stranger(f"it answers {answer.status_code} with {kind}")
        return cast("Json", found)

    def _stranger(self, what: str) -> Unavailable:
        message = f"{self.base_url} does not seem to be a Sealift server: {what}"
        return Unavailable(f"{message}; check the base URL", base_url=self.base_url)

    @cached_property
    def _api(self) -> httpx.Client:
        return self._client(self.base_url, self._headers)

    @cached_property
    def presigned(self) -> httpx.Client:
        """For presigned links, which carry their own right: the API key never goes there."""
        return self._client("", {})

    def _client(self, base_url: str, headers: Mapping[str, str]) -> httpx.Client:
        is_plain = base_url.startswith("http://")
        return httpx.Client(
            base_url=base_url,
            headers={"user-agent": f"sealift/{__version__}", **headers},
            verify=False if is_plain else self._trust,  # reading all CAs takes a while
            timeout=self._timeout,
            transport=self._transport,
            limits=httpx.Limits(
                max_connections=_MOST_CONNECTIONS, max_keepalive_connections=_MOST_CONNECTIONS
            ),
        )

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return trusting(self._ca_path)


def path(*steps: str | int) -> str:
    """A path in which nothing that a step contains can become another step."""
    return "/" + "/".join(quote(str(step), safe=":") for step in steps)


def _sendable(api_key: str) -> str:
    if not (api_key.isascii() and api_key.isprintable()):
        raise Invalid("the API key has characters that no key has; copy it once more")
    return api_key


def _checked(base_url: str) -> str:
    try:
        url = httpx.URL(base_url)
    except (httpx.InvalidURL, UnicodeEncodeError) as error:
        raise Invalid(f"the base URL {base_url!r} is no URL: {error}") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise Invalid(f"the base URL must begin with http:// or https://, not {base_url!r}")
    return base_url.rstrip("/")


def _is_passing(request: httpx.Request, answer: httpx.Response) -> bool:
    """Whether the same request may well succeed in a moment."""
    if answer.status_code == _THROTTLED:
        return "too_many_requests" in answer.text  # refused before anything was done
    return answer.status_code in _BUSY and request.method in _REPEATABLE
