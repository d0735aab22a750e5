"""What holds after every call, however it was answered."""

from collections import Counter
from typing import Any, Final

from sqlalchemy import func, select

from sealift.domain.parts import PartState
from sealift.records import parts, rows, tables
from sealift.records.binaries import BINARIES, owner_of
from tests.actions.model import Model
from tests.actions.supplies import digest
from tests.yard import Yard

_SHOWN: Final = (
    "artifact_version_prn",
    "target",
    "hash",
    "size",
    "description",
    "state",
    "revision",
    "bytes_uploaded",
    "destroyed",
)


def records_agree(yard: Yard, model: Model) -> None:
    listed = yard.api.get("/binaries?limit=100").json()["binaries"]

    assert {each["prn"] for each in listed} == model.binaries.keys()
    for each in listed:
        shown, expected = _shown(each), _expected(model, each["prn"])
        assert shown == expected, shown.items() ^ expected.items()
    alive = [(each["artifact_version_prn"], each["target"]) for each in listed if _lives(each)]
    assert len(alive) == len(set(alive))


def _lives(shown: dict[str, Any]) -> bool:
    return shown["state"] != "destroyed"


def _shown(binary: dict[str, Any]) -> dict[str, object]:
    attached: list[dict[str, str]] = binary["signatures"] or []
    error: dict[str, str] = binary["verification_error"] or {}
    shown: dict[str, object] = {name: binary[name] for name in _SHOWN}
    shown["signers"] = tuple(each["signing_key_prn"] for each in attached)
    shown["error"] = error.get("code")
    return shown


def _expected(model: Model, prn: str) -> dict[str, object]:
    binary = model.binaries[prn]
    return {
        "artifact_version_prn": binary.version,
        "target": binary.target,
        "hash": binary.hash,
        "size": binary.size,
        "description": binary.description,
        "state": binary.state,
        "revision": binary.revision,
        "bytes_uploaded": binary.bytes_uploaded,
        "destroyed": binary.state == "destroyed",
        "signers": tuple(model.signers_of(prn)),
        "error": binary.error,
    }


def store_agrees(yard: Yard, model: Model) -> None:
    """It keeps what it should and nothing else; what is said to be there is there."""
    kept = Counter(owner_of(key) for key in {each.partition("/")[0] for each in yard.kept()})
    assert kept == Counter(upload.owner.rpartition(":")[2] for upload in model.stored)
    for prn, binary in model.binaries.items():
        if binary.upload is not None:
            _content_agrees(yard, prn)


def _content_agrees(yard: Yard, prn: str) -> None:
    with yard.system.records.read(None) as tx:
        row = rows.get(tx, BINARIES, prn.rpartition(":")[2])
        received = parts.of(tx, row.id)
    if row.state in {"signable", "signed"}:
        stored = b"".join(yard.store.inner.read(row.content_key))
        assert digest(stored) == row.hash
    if row.state == "uploadable":
        for part in received:
            if part.state is PartState.VALID:
                assert yard.shelf.has_part(row, part)


def lines_in_audit(yard: Yard) -> int:
    with yard.system.records.read(None) as tx:
        return tx.connection.execute(select(func.count()).select_from(tables.audit)).scalar_one()
