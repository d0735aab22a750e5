"""Looking at a server that was killed and started again: its records, its API, its store.

Once the API has listed the parts, the records are read, in one snapshot; whatever is seen later
can only be further on by what the server itself does. No connection outlives the look: the next
start has to find the database as the kill has left it.
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import httpx
from sqlalchemy import select

from kill.ledger import Account
from kill.observed import Line, Link, Observed, SeenBinary, SeenPart, Tried
from kill.requests import here, part_headers
from kill.shelves import Shelf
from kill.stage import Clients, ServerFailed, Stage
from sealift.domain.binary import HAS_VERIFIED_CONTENT, State
from sealift.domain.names import Kind, Name
from sealift.domain.parts import PartState
from sealift.records import rows, tables, unfinished
from sealift.records.binaries import BINARIES, Binary
from sealift.records.parts import BINARY_PARTS, BinaryPart
from sealift.records.transaction import Records, Transaction

_TRIES: Final = 15  # seconds
_HAS_CONTENT: Final = {State.HASHABLE, State.HASHING, State.SIGNABLE, State.SIGNED}


@dataclass(frozen=True, slots=True)
class _Read:
    """What the records say."""

    binaries: Sequence[Binary]
    parts: Mapping[str, list[BinaryPart]]
    signatures: Mapping[str, dict[str, str]]
    lines: Mapping[str, list[Line]]
    to_erase: frozenset[str]


def look(
    stage: Stage,
    clients: Clients,
    accounts: Mapping[str, Account],
    links: Sequence[tuple[Account, Link]] = (),
    *,
    is_settled: bool = False,
) -> Observed:
    """`links` are tried, too: those of what was given up have to be dead."""
    shelf, asked_at = stage.shelf, datetime.now(UTC)
    _have_parts_listed(clients.api, accounts)
    records = Records(stage.database)
    with closing(records), records.read(None) as tx:
        read = _read(tx)
    kept = frozenset(shelf.kept())
    shown = _shown(clients.api)
    return Observed(
        binaries={
            each.id: _seen(each, read, shelf, accounts.get(each.id), asked_at)
            for each in read.binaries
        },
        lines=read.lines,
        to_erase=read.to_erase,
        kept=kept,
        shown=shown,
        served={
            each.id: _served(clients, str(Name(each.organization_id, Kind.BINARY, each.id)))
            for each in read.binaries
            if each.state in HAS_VERIFIED_CONTENT
        },
        tried=[_tried(clients.links, *each) for each in links],
        is_settled=is_settled,
    )


def _have_parts_listed(client: httpx.Client, accounts: Mapping[str, Account]) -> None:
    """Which parts came to another store is put on record when somebody asks for them."""
    for account in accounts.values():
        if account.prn and (account.state is State.UPLOADABLE or account.is_unsure):
            _list_parts(client, account.prn)


def _list_parts(client: httpx.Client, prn: str) -> None:
    answer = client.get(f"/binaries/{prn}/parts")
    for _ in range(_TRIES):
        if not answer.is_server_error:
            return
        time.sleep(1)  # the store is busy, or rests
        answer = client.get(f"/binaries/{prn}/parts")
    raise ServerFailed(f"the parts of {prn} cannot be listed: {answer.text}")


def _read(tx: Transaction) -> _Read:
    binaries = rows.all_of(tx, BINARIES, rows.query(tx, BINARIES))
    received = rows.all_of(tx, BINARY_PARTS, rows.query(tx, BINARY_PARTS))
    by_binary: dict[str, list[BinaryPart]] = {each.id: [] for each in binaries}
    for part in sorted(received, key=lambda each: each.index):
        by_binary[part.binary_id].append(part)
    signatures: dict[str, dict[str, str]] = {}
    for row in tx.connection.execute(tx.select(tables.binary_signatures)):
        signatures.setdefault(row.binary_id, {})[row.id] = row.signing_key_id
    keys = frozenset(each.key for each in unfinished.to_erase(tx))
    return _Read(binaries, by_binary, signatures, _lines(tx), keys)


def _lines(tx: Transaction) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    audit = tables.audit
    about_binaries = audit.c.resource.like("%:binary:%")
    for row in tx.connection.execute(select(audit).where(about_binaries).order_by(audit.c.id)):
        line = _line(row.action, row.facts)
        found.setdefault(row.resource.rpartition(":")[2], []).append(line)
    return found


def _line(action: str, facts: Mapping[str, Any]) -> Line:
    moved = [State(facts[name]) if name in facts else None for name in ("from", "to")]
    return Line(action, *moved, attempt=facts.get("attempt"))


def _seen(
    binary: Binary, read: _Read, shelf: Shelf, account: Account | None, asked_at: datetime
) -> SeenBinary:
    has_content = binary.state in _HAS_CONTENT
    content = shelf.content(binary.content_key) if has_content else None
    seen: list[SeenPart] = []
    if binary.state is State.UPLOADABLE and account is not None:
        # A store that takes parts itself is not asked about them while the upload is being
        # closed: then the records need not know what came.
        may_be_late = shelf.takes_parts and binary.is_being_closed(asked_at)
        seen = _parts(read.parts[binary.id], binary, shelf, account, may_be_late=may_be_late)
    return SeenBinary(
        id=binary.id,
        state=binary.state,
        attempt=binary.attempt,
        key=binary.content_key,
        has_store=binary.store is not None,
        stored=None if content is None else sha256(content).hexdigest(),
        parts=tuple(seen),
        signatures=read.signatures.get(binary.id, {}),
    )


def _parts(
    received: Sequence[BinaryPart],
    binary: Binary,
    shelf: Shelf,
    account: Account,
    *,
    may_be_late: bool,
) -> list[SeenPart]:
    begins = 0
    seen: list[SeenPart] = []
    for part in received:
        is_valid = part.state is PartState.VALID
        sent = account.content.part(part.index) if is_valid or may_be_late else b""
        is_stored = bool(sent) and shelf.has_part(binary, part, begins, sent)
        seen.append(SeenPart(part.index, is_valid or (may_be_late and is_stored), is_stored))
        begins += part.size
    return seen


def _shown(client: httpx.Client) -> dict[str, State]:
    found: dict[str, State] = {}
    query = {"limit": "100"}
    while True:
        answer = client.get("/binaries", params=query)
        answer.raise_for_status()
        page = answer.json()
        found |= {each["prn"].rpartition(":")[2]: State(each["state"]) for each in page["binaries"]}
        if page["next_page"] is None:
            return found
        query["page"] = page["next_page"]


def _served(clients: Clients, prn: str) -> str:
    answer = clients.api.get(f"/binaries/{prn}/download_url")
    if answer.is_success:
        answer = clients.links.get(here(answer.json()["download_url"]))
    if answer.is_success:
        return sha256(answer.content).hexdigest()
    return f"answers {answer.status_code}: {answer.text}"


def _tried(client: httpx.Client, account: Account, link: Link) -> Tried:
    if link.index:
        content = account.content.part(link.index)
        answer = client.put(here(link.url), content=content, headers=part_headers(content))
    else:
        answer = client.get(here(link.url))
    return Tried(account.id, link, answer.status_code)
