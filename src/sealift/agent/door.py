"""The Device API as the agent asks it, with the certificate of the device.

What the device runs is said with every request: either all of a release, or only the bundle of
an override. Before the agent has installed anything that is the version it came with. Content
comes by links that carry their own right, so the certificate is shown to nobody else.
"""

import os
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx
from pydantic import ValidationError

from sealift import __version__
from sealift.agent.asking import Limits, Question, Unusable, ask
from sealift.agent.state import Offer, Statement
from sealift.agent.wanted import EXPANSIONS, Entry, Update
from sealift.client.local import LocalTrouble
from sealift.client.patience import asked_to_wait
from sealift.client.problems import refusal
from sealift.client.trust import trusting
from sealift.domain.errors import Invalid, Refusal, Unavailable
from sealift.wire.device import (
    BUNDLE_PRN,
    RELEASE_PRN,
    RELEASE_VERSION,
    NewReport,
    SourceType,
    UpdateStatus,
)

_LONGEST_WAIT: Final = 24 * 60 * 60.0  # seconds; a server that asks for more gets this
_LIMITS: Final = Limits()
_ERRNO: Final = re.compile(r"\[Errno -?\d+\] ")
_LONGEST_SAID: Final = 256  # characters
_TIMEOUT: Final = httpx.Timeout(60.0, connect=10.0)  # seconds without a byte
# Of a report that will never be taken, however often it is sent.
_FOR_GOOD: Final = frozenset({400, 404, 405, 413, 422})


@dataclass(frozen=True, slots=True)
class Answer:
    update: Update
    retry_after: float  # seconds; 0 where the server does not say


class Away(Unavailable):
    """The server does not answer, or not as a server should; later it may."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Door:
    def __init__(
        self,
        url: str,
        certificate: Path,
        key: Path,
        ca_path: Path | None,
        initial_version: str | None = None,
        limits: Limits = _LIMITS,
    ) -> None:
        self._url = _checked(url)
        self._limits = limits
        self._initial = {RELEASE_VERSION: _sayable(initial_version)} if initial_version else {}
        trust = trusting(ca_path)
        try:
            trust.load_cert_chain(certificate, key)
        except (OSError, ssl.SSLError) as error:
            message = f"cannot use the certificate {certificate} with the key {key}: {error}"
            raise LocalTrouble(message) from error
        self._trust = trust
        self._ca_path = ca_path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if "links" in self.__dict__:  # else nothing was ever fetched
            self.links.close()

    def check(self, running: Statement | None) -> Answer:
        """What the server has for a device that runs this."""
        answer = self._answer("GET", "/update", running, params={"expand[]": EXPANSIONS})
        if not answer.is_success:
            raise self._refused(answer)
        try:
            update = Update.model_validate_json(answer.content)
        except ValidationError as error:
            fault = error.errors()[0]
            place = ".".join(map(str, fault["loc"])) or "the body"
            raise Away(f"{self._url} does not answer as a Device API: {place}") from error
        return Answer(update, asked_to_wait(answer, _LONGEST_WAIT))

    def report(self, report: NewReport, running: Statement | None) -> bool:
        """Whether the server took it; False where it never will."""
        body = report.model_dump(mode="json", exclude_none=True)
        answer = self._answer("POST", "/device/reports", running, json=body)
        if answer.is_success:
            return True
        if answer.status_code in _FOR_GOOD:
            return False
        raise self._refused(answer)

    @cached_property
    def links(self) -> httpx.Client:
        """For links to content, which know no certificate."""
        return httpx.Client(
            headers={"user-agent": f"sealift/{__version__}", "accept-encoding": "identity"},
            verify=trusting(self._ca_path),
            timeout=_TIMEOUT,
            follow_redirects=True,
        )

    def _answer(
        self,
        method: str,
        path: str,
        running: Statement | None,
        *,
        params: Mapping[str, Sequence[str]] | None = None,
        json: Mapping[str, object] | None = None,
    ) -> httpx.Response:
        headers = {
            "user-agent": f"sealift/{__version__}",
            "accept": "application/json",
            **(_headers(running) if running else self._initial),
        }
        question = Question(method, self._url + path, headers, params, json)
        try:
            return ask(question, self._trust, self._limits)
        except (httpx.TransportError, OSError, Unusable) as error:  # OSError: of TLS, unwrapped
            raise Away(f"cannot reach {self._url} ({reason(error)})") from error

    def _refused(self, answer: httpx.Response) -> Refusal:
        if answer.status_code in {HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED}:
            message = f"{self._url} does not accept this device; is its certificate registered?"
            return Away(message, asked_to_wait(answer))
        return Away(refusal(answer).message, asked_to_wait(answer, _LONGEST_WAIT))


def offered(update: Update, targets: frozenset[str]) -> Offer:
    """What an answer with an update means for a device with these targets."""
    bundle_prn = (update.bundle or {}).get("prn")
    if update.status is not UpdateStatus.UPDATE or not isinstance(bundle_prn, str):
        raise Away("the server offers an update and does not say of which bundle")
    if update.manifest is None:
        raise Away(f"the server offers {bundle_prn} without a manifest")
    entries = tuple(entry for entry in update.manifest if _is_for(entry, targets))
    if update.source_type is SourceType.BUNDLE_OVERRIDE:
        return Offer(statement=Statement(bundle_prn=_sayable(bundle_prn)), entries=entries)
    release = update.release or {}
    release_prn, version = release.get("prn"), release.get("version")
    if not isinstance(release_prn, str) or not isinstance(version, str | None):
        raise Away(f"the server offers {bundle_prn} and does not say by which release")
    statement = Statement(
        bundle_prn=_sayable(bundle_prn),
        release_prn=_sayable(release_prn),
        release_version=version and _sayable(version),
    )
    return Offer(statement=statement, entries=entries)


def reason(error: Exception) -> str:
    """Why a request got no answer, for people."""
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    if isinstance(error, Unusable):
        return str(error)
    text = _said(_first(error)) or type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return f"{text}; if the server has a certificate of its own CA, name it with --ca-path"
    if "ALERT" in text:
        return f"{text}; the server refuses the certificate of this device"
    return text


def _first(error: BaseException) -> BaseException:
    """What it began with, which says more than what it was made into."""
    while before := error.__cause__ or error.__context__:
        error = before
    return error


def _said(error: BaseException) -> str:
    if isinstance(error, OSError) and not isinstance(error, ssl.SSLError):
        number = error.errno or 0
        return os.strerror(number) if number > 0 else _ERRNO.sub("", str(error))
    return _ERRNO.sub("", str(error))


def _is_for(entry: Entry, targets: frozenset[str]) -> bool:
    return not entry.target or entry.target in targets


def _headers(running: Statement) -> dict[str, str]:
    said = {
        BUNDLE_PRN: running.bundle_prn,
        RELEASE_PRN: running.release_prn,
        RELEASE_VERSION: running.release_version,
    }
    return {name: value for name, value in said.items() if value is not None}


def _sayable(text: str) -> str:
    """What a device cannot say in a header it could never report."""
    if not (text.isascii() and text.isprintable() and len(text) <= _LONGEST_SAID):
        raise Invalid(f"{text[:_LONGEST_SAID]!r} cannot be said in a header")
    return text


def _checked(url: str) -> str:
    try:
        found = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeEncodeError) as error:
        raise Invalid(f"the URL {url!r} is none: {error}") from error
    if found.scheme != "https" or not found.host:
        raise Invalid(
            f"the URL must begin with https://, not {url!r}: a device shows who it is by TLS"
        )
    return url.rstrip("/")
