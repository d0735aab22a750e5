"""The bytes of one part arriving at our own door.

The part's row says `uploadable` before the first byte and `valid` only after the bytes are
on the disk, so a connection or a process that dies in between leaves nothing false. What
does not match its declaration is refused and the part says how.
"""

import hashlib
from base64 import b64decode
from binascii import Error
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Final

from sealift.actions import uploads
from sealift.actions.system import System
from sealift.content.links import PartTicket
from sealift.content.store import LocalStore, PartWriter
from sealift.domain.binary import State
from sealift.domain.digest import tagged
from sealift.domain.errors import (
    ClosingAlready,
    ContentMissing,
    LinkDead,
    PartChecksumWrong,
    PartHeadersMissing,
    PartSizeWrong,
)
from sealift.domain.names import Kind, Name
from sealift.domain.parts import PartState
from sealift.records import audit, parts, rows
from sealift.records.binaries import BINARIES, Binary, owner_of
from sealift.records.parts import BinaryPart
from sealift.records.rows import Lock
from sealift.records.transaction import Transaction

_ACTOR: Final = "system:content"
_JUST_NOW: Final = timedelta(minutes=1)


class Arrival:
    """One part under way: `begin`, `feed` its bytes in order, `finish`; always `end`."""

    def __init__(self, system: System, ticket: PartTicket) -> None:
        self._system = system
        self._ticket = ticket
        self._digest = hashlib.sha256()
        self._size = 0
        self._receiving: AbstractContextManager[PartWriter] | None = None

    def begin(self, length: str | None, checksum: str | None, content_type: str | None) -> None:
        """Check the headers against the declaration; no byte is taken before that."""
        with self._system.records.read(None) as tx:
            self._binary, self._part = self._expected(tx, None)
        self._check_headers(length, checksum, content_type)
        store = self._system.stores.named(self._ticket.store)
        if not isinstance(store, LocalStore):
            raise LinkDead("this store takes its parts by links of its own")
        try:
            self._receiving = store.receive(self._ticket.key, uploads.place(self._part))
            self._writer = self._receiving.__enter__()
        except ContentMissing as missing:
            self._receiving = None
            with self._system.records.read(None) as tx:
                self._expected(tx, None)  # what is just being closed is moved, not lost
            if store.size(self._ticket.key) is not None:
                message = "the parts are joined already; finish the upload, no part can be sent"
                raise ClosingAlready(message) from missing
            uploads.lost(self._system, self._binary)
            raise LinkDead("the upload is gone; declare its parts again") from missing
        self._start()

    def _start(self) -> None:
        """Nobody else writes this part from here on; see that the record agrees."""
        with self._system.records.read(None) as tx:
            _, part = self._expected(tx, None)
        # An upload of many parts is spared as many commits where the record agrees already. It
        # must also look alive to the sweeper, so that it is not discarded while bytes arrive.
        if part.state is PartState.UPLOADABLE and self._system.now() - part.updated_at < _JUST_NOW:
            return
        now = self._system.now()
        with self._system.records.write(None) as tx:
            _, before = self._expected(tx, Lock.SHARED)
            after = parts.begin_arrival(
                tx, self._binary, self._ticket.index, self._ticket.generation, now
            )
            if before.state is not after.state:
                self._note(tx, after.state, now)

    def feed(self, chunk: bytes | memoryview) -> None:
        self._size += len(chunk)
        if self._size > self._part.size:
            self._refuse_size(self._size)
        self._digest.update(chunk)
        self._writer.write(chunk)

    def finish(self) -> None:
        """All bytes came. Returns once they are durable and the part is valid."""
        if self._size != self._part.size:
            self._refuse_size(self._size)
        if self._digest.hexdigest() != self._part.hash:
            self._settle(PartState.INVALID_HASH)
            raise PartChecksumWrong("the bytes do not have the declared SHA-256; send them again")
        self._writer.sync()
        self._settle(PartState.VALID)

    def end(self) -> None:
        if self._receiving is not None:
            self._receiving.__exit__(None, None, None)

    def _expected(self, tx: Transaction, lock: Lock | None) -> tuple[Binary, BinaryPart]:
        """The records the link stands for, or a refusal because it is dead."""
        binary = rows.find(tx, BINARIES, owner_of(self._ticket.key), lock)
        if binary is None or binary.content_key != self._ticket.key:
            raise LinkDead("the upload this link was for is gone")
        if binary.state is not State.UPLOADABLE:
            raise LinkDead(f"the binary takes no parts, it is {binary.state}")
        if binary.is_being_closed(self._system.now()):
            raise ClosingAlready("the upload is just being finished")
        part = parts.numbered(tx, binary.id, self._ticket.index)
        if part is None or part.generation != self._ticket.generation:
            raise LinkDead("the part was declared anew; use its newest link")
        return binary, part

    def _check_headers(
        self, length: str | None, checksum: str | None, content_type: str | None
    ) -> None:
        if length is None or checksum is None or content_type is None:
            wanted = "content-length, content-type and x-amz-checksum-sha256"
            raise PartHeadersMissing(f"the headers {wanted} are all needed")
        if content_type != "application/octet-stream":
            raise PartHeadersMissing("the content-type must be application/octet-stream")
        if _hex(checksum) != self._part.hash:
            self._settle_unless_valid(PartState.INVALID_HASH)
            message = "x-amz-checksum-sha256 must be base64 of the part's declared SHA-256"
            raise PartChecksumWrong(message)
        if length != str(self._part.size):
            self._settle_unless_valid(PartState.INVALID_SIZE)
            self._raise_size(length)

    def _refuse_size(self, size: int) -> None:
        self._settle(PartState.INVALID_SIZE)
        self._raise_size(size)

    def _raise_size(self, size: object) -> None:
        message = f"the part was declared with {self._part.size} bytes, not {size}"
        raise PartSizeWrong(message)

    def _settle_unless_valid(self, state: PartState) -> None:
        # Nothing was written: bytes that are already there and good stay good.
        now = self._system.now()
        with self._system.records.write(None) as tx:
            if parts.refuse_arrival(tx, self._part, state, now):
                self._note(tx, state, now)

    def _settle(self, state: PartState) -> None:
        now = self._system.now()
        reported = tagged(self._digest.hexdigest()) if state is PartState.VALID else None
        with self._system.records.write(None) as tx:
            if not parts.settle_arrival(tx, self._part, state, reported, now):
                raise LinkDead("the part was declared anew while its bytes arrived")
            self._note(tx, state, now)

    def _note(self, tx: Transaction, state: PartState, now: datetime) -> None:
        name = Name(self._part.organization_id, Kind.BINARY_PART, self._part.id)
        facts = {"index": self._part.index, "attempt": self._part.attempt}
        audit.note(tx, _ACTOR, f"binary_part.{state}", name, now, **facts)


def _hex(checksum: str) -> str | None:
    try:
        return b64decode(checksum, validate=True).hex()
    except (Error, ValueError):
        return None
