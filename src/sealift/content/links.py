"""Our own presigned links: one method, one part or one content, until a time.

    PUT       /content/<store>/<key>/parts/<index>?generation=…&expires=…&key=…&signature=…
    GET, HEAD /content/<store>/<key>?hash=…&expires=…&key=…&signature=…

The signature covers the verb, the path and every other parameter, so nothing of a link
can be altered and a link for one thing opens no other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode

from sealift.content.keyring import Keyring
from sealift.domain.errors import LinkForbidden

LIFETIME: Final = timedelta(hours=24)
_SIGNED_BESIDE: Final = ("key", "signature")
_ANY_TEXT: Final = "surrogatepass"  # a forged link may be spelled in anything


@dataclass(frozen=True, slots=True)
class PartTicket:
    """What a part link allows."""

    store: str
    key: str
    index: int
    generation: int


@dataclass(frozen=True, slots=True)
class ContentTicket:
    """What a download link allows; `hash` is the content's, and its ETag."""

    store: str
    key: str
    hash: str


class Links:
    def __init__(self, base_url: str, keyring: Keyring) -> None:
        self._base_url = base_url.rstrip("/")
        self._keyring = keyring

    def part(self, ticket: PartTicket, now: datetime) -> str:
        path = _part_path(ticket.store, ticket.key, str(ticket.index))
        return self._signed("PUT", path, {"generation": str(ticket.generation)}, now)

    def content(self, ticket: ContentTicket, now: datetime) -> str:
        path = _content_path(ticket.store, ticket.key)
        return self._signed("GET", path, {"hash": ticket.hash}, now)

    def part_ticket(
        self, store: str, key: str, index: str, query: dict[str, str], now: datetime
    ) -> PartTicket:
        path = _part_path(store, key, index)
        self._check("PUT", path, query, now)
        return PartTicket(store, key, int(index), int(query["generation"]))

    def content_ticket(
        self, store: str, key: str, query: dict[str, str], now: datetime
    ) -> ContentTicket:
        self._check("GET", _content_path(store, key), query, now)
        return ContentTicket(store, key, query["hash"])

    def _signed(self, verb: str, path: str, query: dict[str, str], now: datetime) -> str:
        query = {**query, "expires": str(int((now + LIFETIME).timestamp()))}
        key_id, signature = self._keyring.sign(_message(verb, path, query))
        return f"{self._base_url}{path}?{urlencode({**query, 'key': key_id})}&signature={signature}"

    def _check(self, verb: str, path: str, query: dict[str, str], now: datetime) -> None:
        signed = {name: value for name, value in query.items() if name not in _SIGNED_BESIDE}
        message = _message(verb, path, signed)
        if not self._keyring.verifies(query.get("key", ""), query.get("signature", ""), message):
            raise LinkForbidden("the link is not one of ours, or was altered")
        # What follows reads only what we signed ourselves.
        if int(query["expires"]) <= now.timestamp():
            raise LinkForbidden("the link has expired; ask for a fresh one")


def parameters(query: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Of a link as it was asked for. Nothing is signed twice, so a name that comes twice is forged.

    Which of the two counts is decided differently by whoever reads it next.
    """
    pairs = list(query)
    found = dict(pairs)
    if len(found) < len(pairs):
        raise LinkForbidden("the link has a parameter twice")
    return found


def _content_path(store: str, key: str) -> str:
    return f"/content/{_quoted(store)}/{_quoted(key)}"


def _part_path(store: str, key: str, index: str) -> str:
    return f"{_content_path(store, key)}/parts/{_quoted(index)}"


def _message(verb: str, path: str, query: dict[str, str]) -> str:
    return "\n".join([verb, path, urlencode(sorted(query.items()), errors=_ANY_TEXT)])


def _quoted(text: str) -> str:
    return quote(text, safe="", errors=_ANY_TEXT)
