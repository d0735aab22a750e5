"""A file becomes a binary: found or created, sent, verified, signed, from wherever it stands.

Each step looks at the record's state and does what that state waits for, so a run that was
interrupted anywhere is continued by the same call. Content is discarded only where the file
is another one, and never without saying so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sealift.client.client import Client
from sealift.client.local import LocalContent, LocalTrouble, read, size_of
from sealift.client.problems import Json
from sealift.client.progress import Progress
from sealift.client.signing import PrivateKey
from sealift.client.upload import (
    default_concurrency,
    earlier_part_size,
    part_size_for,
    plan,
    send_missing,
)
from sealift.client.waiting import wait_until
from sealift.domain.binary import HAS_VERIFIED_CONTENT, State, must_be
from sealift.domain.errors import ClosingAlready, Conflict, Taken, WrongState
from sealift.domain.search import quoted
from sealift.wire.admin import Binary, BinaryChanges, NewBinary, NewBinarySignature

_CLOSING_PAUSE: Final = 1.0  # seconds; joining uneven parts takes a while


@dataclass(frozen=True, slots=True)
class Wanted:
    """The record to find or create. What is None is left as it is."""

    artifact_version_prn: str
    target: str
    description: str | None = None
    custom_metadata: Json | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Signer:
    """`raw_digest` signs the 32 bytes of the hash in place of its text."""

    signing_key_prn: str
    key: PrivateKey
    raw_digest: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """How far to go, and how."""

    part_size: int | None = None  # bytes; None: what suits the file
    concurrency: int = field(default_factory=default_concurrency)
    is_awaited: bool = True  # False: return as soon as the server verifies
    signers: Sequence[Signer] = ()


def create(
    client: Client, wanted: Wanted, path: Path, progress: Progress, way: Way | None = None
) -> Binary:
    """The file as a binary, sent, verified and signed. Continues what an earlier run began."""
    way = way or Way()
    found = find(client, wanted.artifact_version_prn, wanted.target)
    content = _read(client, found, path, way, progress)
    binary = _record(client, wanted, content.hash, content.size, progress, found)
    return _bring(client, binary, content, way, progress)


def record_for(client: Client, wanted: Wanted, path: Path, progress: Progress) -> Binary:
    """The record that `create` would send the file to, and nothing sent."""
    content = _read(client, None, path, Way(), progress)
    return record(client, wanted, content.hash, content.size, progress)


def record(
    client: Client, wanted: Wanted, content_hash: str, size: int, progress: Progress
) -> Binary:
    """The record for content known by its digest only: found and made to fit, or new."""
    found = find(client, wanted.artifact_version_prn, wanted.target)
    return _record(client, wanted, content_hash, size, progress, found)


def upload(
    client: Client, prn: str, path: Path, progress: Progress, way: Way | None = None
) -> Binary:
    """Content for a binary that exists; the file must be what its record says."""
    way = way or Way()
    binary = client.binaries.get(prn)
    must_be(binary.state, frozenset(State) - {State.DESTROYED}, "an upload")
    content = _read(client, binary, path, way, progress)
    if binary.state is State.UPLOADABLE and binary.hash == content.hash:
        binary = _with_size(client, binary, content.size, progress)
    _check_same(binary, content)
    return _bring(client, binary, content, way, progress)


def find(client: Client, artifact_version_prn: str, target: str) -> Binary | None:
    """The live binary of that target, if there is one. Destroyed ones have freed theirs."""
    search = f"target:{quoted(target)} and artifact_version_prn:{quoted(artifact_version_prn)}"
    found = client.binaries.all(search=search)
    return next((binary for binary in found if binary.state is not State.DESTROYED), None)


def check_content(binary: Binary, path: Path, progress: Progress) -> None:
    """Refuse unless the file is what the record says."""
    size = size_of(path)
    with progress.bar("hashing", size) as advance:
        _check_same(binary, read(path, max(size, 1), advance))


def _record(
    client: Client,
    wanted: Wanted,
    content_hash: str,
    size: int,
    progress: Progress,
    found: Binary | None,
) -> Binary:
    if found is None:
        try:
            binary = client.binaries.create(_new(wanted, content_hash, size))
        except Taken:  # somebody created it just now, or `id` is taken
            found = find(client, wanted.artifact_version_prn, wanted.target)
            if found is None:
                raise
        else:
            progress.note(f"created {binary.prn}")
            return binary
    if (found.hash, found.size) == (content_hash, size):
        progress.note(f"{found.prn} exists already and is {found.state}")
    else:
        found = _with_other_content(client, found, content_hash, size, progress)
    return _described(client, found, wanted)


def sign(client: Client, binary: Binary, signers: Sequence[Signer], progress: Progress) -> Binary:
    """Add the signatures that are missing."""
    signed_by = {each.signing_key_prn for each in binary.signatures or ()}
    for signer in signers:
        if signer.signing_key_prn in signed_by:
            progress.note(f"{signer.signing_key_prn} has signed it already")
            continue
        signature = NewBinarySignature(
            binary_prn=binary.prn,
            signing_key_prn=signer.signing_key_prn,
            signature=signer.key.sign(binary.hash, raw=signer.raw_digest),
        )
        try:
            client.binary_signatures.create(signature)
        except Taken:
            continue  # by the same key, meanwhile
        progress.note(f"signed with {signer.signing_key_prn}")
    return client.binaries.change(binary.prn, BinaryChanges(state=State.SIGNED))


def _check_same(binary: Binary, content: LocalContent) -> None:
    if (content.hash, content.size) != (binary.hash, binary.size):
        raise LocalTrouble(
            f"{content.path} is not the content of {binary.prn}: it has {content.size} bytes"
            f" that hash to {content.hash}, the record says {binary.size} bytes and {binary.hash}"
        )


def _bring(
    client: Client, binary: Binary, content: LocalContent, way: Way, progress: Progress
) -> Binary:
    """From the state it is in to the end of the way."""
    if binary.state is State.UPLOADABLE:
        _send(client, binary, content, way, progress)
        progress.note("finishing the upload")
        binary = _move(client, binary, State.HASHABLE)
    if binary.state is State.HASHABLE:
        progress.note("having the content verified")
        binary = _move(client, binary, State.HASHING)
    if binary.state is State.HASHING and (way.is_awaited or way.signers):
        binary = wait_until(client, binary.prn, State.SIGNABLE, progress)
    if binary.state in HAS_VERIFIED_CONTENT and way.signers:
        binary = sign(client, binary, way.signers, progress)
    return binary


def _send(
    client: Client, binary: Binary, content: LocalContent, way: Way, progress: Progress
) -> None:
    todo = plan(content, client.binaries.parts(binary.prn))
    if todo.superfluous:
        indexes = ", ".join(map(str, todo.superfluous))
        progress.note(
            "the parts of an earlier upload were cut in another way and do not fit this file"
            f" (parts {indexes}); all of them are discarded and sent anew"
        )
        _discard_parts(client, binary)
        todo = plan(content, [])
    if todo.sent:
        progress.note(f"{todo.sent} of {content.size} bytes are there already")
    if not todo.missing:
        return
    send_missing(client, binary, content, todo, concurrency=way.concurrency, progress=progress)


def _discard_parts(client: Client, binary: Binary) -> None:
    """Parts fall with a change of hash or size, and only so while a binary is uploadable.

    The hash stays, so that a run which ends in between loses nothing: whoever knows the hash
    finds the record, and the content that has it can have only one size.
    """
    another = binary.size - 1 if binary.size else 1
    client.binaries.change(binary.prn, BinaryChanges(size=another))
    client.binaries.change(binary.prn, BinaryChanges(size=binary.size))


def _with_size(client: Client, binary: Binary, size: int, progress: Progress) -> Binary:
    if binary.size == size:
        return binary
    progress.note(f"{binary.prn} says {binary.size} bytes for this hash, corrected to {size}")
    return client.binaries.change(binary.prn, BinaryChanges(size=size))


def _read(
    client: Client, found: Binary | None, path: Path, way: Way, progress: Progress
) -> LocalContent:
    """Hash the file, cut as an earlier upload of it was cut, if there was one."""
    size = size_of(path)
    part_size = part_size_for(size, way.part_size)
    if found is not None and found.state is State.UPLOADABLE and found.size == size:
        earlier = earlier_part_size(client.binaries.parts(found.prn), size)
        if earlier is not None and earlier != part_size and size > min(earlier, part_size):
            progress.note(f"continuing with parts of {earlier} bytes, as the upload was begun")
            part_size = earlier
    with progress.bar("hashing", size) as advance:
        return read(path, part_size, advance)


def _move(client: Client, binary: Binary, state: State) -> Binary:
    """Ask for `state`. A repeated request may find that the first one was carried out."""
    while True:
        try:
            return client.binaries.change(binary.prn, BinaryChanges(state=state))
        except ClosingAlready:
            client.patience.sleep(_CLOSING_PAUSE)
        except WrongState:
            now = client.binaries.get(binary.prn)
            if now.state is binary.state:
                raise
            return now


def _with_other_content(
    client: Client, found: Binary, content_hash: str, size: int, progress: Progress
) -> Binary:
    if found.state is State.SIGNED:
        raise Conflict(
            f"{found.prn} has this version and target and is signed with other content"
            f" ({found.size} bytes, {found.hash}); signed content is final: destroy that binary,"
            " or use another version or target",
            state=found.state,
        )
    progress.note(f"{found.prn} exists with other content, which is discarded")
    # In one request: a reset record that still has the old hash would take the wrong content.
    changes = BinaryChanges(state=State.UPLOADABLE, hash=content_hash, size=size)
    return client.binaries.change(found.prn, changes)


def _described(client: Client, found: Binary, wanted: Wanted) -> Binary:
    changes: Json = {}
    if wanted.description not in {None, found.description}:
        changes["description"] = wanted.description
    if wanted.custom_metadata is not None and wanted.custom_metadata != found.custom_metadata:
        changes["custom_metadata"] = wanted.custom_metadata
    if not changes:
        return found
    return client.binaries.change(found.prn, BinaryChanges.model_construct(None, **changes))


def _new(wanted: Wanted, content_hash: str, size: int) -> NewBinary:
    fields: Json = {
        "artifact_version_prn": wanted.artifact_version_prn,
        "target": wanted.target,
        "hash": content_hash,
        "size": size,
        "description": wanted.description,
        "custom_metadata": wanted.custom_metadata,
        "id": wanted.id,
    }
    # Not checked here: the server says better what is wrong, and it has the last word anyway.
    return NewBinary.model_construct(
        None, **{name: value for name, value in fields.items() if value is not None}
    )
