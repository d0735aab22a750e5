"""How events tell of things: the same thing in the same words, whatever happened to it."""

from typing import Any, Protocol

from sealift.domain.names import Kind, Name
from sealift.domain.x509 import LONGEST_NAME, Certificate
from sealift.records.fleet import Cohort


class Known(Protocol):
    """Whatever has a device's name and identifier."""

    @property
    def id(self) -> str: ...
    @property
    def organization_id(self) -> str: ...
    @property
    def identifier(self) -> str: ...


def device(row: Known, cohort_row: Cohort | None) -> dict[str, Any]:
    return {
        "prn": str(Name(row.organization_id, Kind.DEVICE, row.id)),
        "identifier": row.identifier,
        "cohort": cohort(cohort_row),
    }


def cohort(row: Cohort | None) -> dict[str, Any] | None:
    if row is None:
        return None
    name = Name(row.organization_id, Kind.COHORT, row.id)
    return {"cohort_prn": str(name), "cohort_name": row.name}


def release(prn: str | None, version: str | None) -> dict[str, Any] | None:
    return None if prn is None else {"prn": prn, "version": version}


def bundle(prn: str | None, name: str | None) -> dict[str, Any] | None:
    return None if prn is None else {"prn": prn, "name": name}


def certificate(shown: Certificate | None) -> dict[str, Any] | None:
    if shown is None:
        return None
    return {
        "authority_key_identifier": shown.authority_key_identifier,
        "common_name": _short(shown.common_name),
        "fingerprint": shown.fingerprint,
    }


def ca_certificate(ca: Certificate | None) -> dict[str, Any] | None:
    if ca is None:
        return None
    return {"common_name": _short(ca.common_name), "fingerprint": ca.fingerprint}


def _short(name: str | None) -> str | None:
    return None if name is None else name[:LONGEST_NAME]
