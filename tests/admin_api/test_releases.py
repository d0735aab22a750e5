"""Releases: their fields, and what a release may become."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import Response

from tests.admin_api.tenant import Tenant
from tests.yard import (
    Yard,
    a_bundle,
    a_cohort,
    a_product,
    a_release,
    a_version,
    brought_to,
)

NOW = "2026-01-01T00:00:00Z"


def _bundle(yard: Yard) -> dict[str, Any]:
    return a_bundle(yard.api, brought_to(yard, "signed", a_version(yard.api, f"{uuid4()}")))


def _cohort(yard: Yard) -> str:
    return a_cohort(yard.api, a_product(yard.api, f"{uuid4()}"))


def _see(yard: Yard, release: dict[str, Any]) -> dict[str, Any]:
    return yard.api.get(f"/releases/{release['prn']}").json()["release"]


def _change(yard: Yard, release: dict[str, Any], **changes: object) -> Response:
    return yard.api.patch(f"/releases/{release['prn']}", json=changes)


def _soon(yard: Yard) -> str:
    return (yard.clock.moment + timedelta(hours=1)).isoformat()


def test_a_release_is_created_read_and_listed(tenant: Tenant) -> None:
    bundle, cohort = _bundle(tenant), _cohort(tenant)
    body = {
        "bundle_prn": bundle["prn"],
        "cohort_prn": cohort,
        "name": "spring",
        "required": True,
        "schedule_date": "2025-06-01T02:00:00.5+02:00",
    }

    answer = tenant.api.post("/releases", json=body)

    assert answer.status_code == 201
    made = answer.json()["release"]
    assert made == {
        **body,
        "prn": made["prn"],
        "organization_prn": tenant.organization_prn,
        "inserted_at": made["inserted_at"],
        "updated_at": made["inserted_at"],
        "schedule_date": "2025-06-01T00:00:00.500000Z",
        "schedule_complete": True,
        "next_release_prn": None,
        "description": None,
        "disabled": False,
        "phase_mode": "numeric",
        "phase_type": "percent",
        "phase_value": 1,
        "phase_tags": None,
        "version": None,
        "version_requirement": None,
        "retry_limit": None,
        "disable_after_failures": None,
        "disable_after_failure_share": None,
        "deleted_at": None,
    }
    assert tenant.api.get(f"/releases/{made['prn']}").json() == {"release": made}
    assert tenant.api.get("/releases").json() == {"releases": [made], "next_page": None}
