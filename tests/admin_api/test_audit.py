"""Whatever changes leaves one line of history, in the same transaction, with who and what."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select, text

from sealift.domain.rights import Role
from sealift.records.tables import audit
from tests.admin_api.routes import Route, all_that_is_seen, leaves_first, routes, stocked
from tests.admin_api.tenant import Tenant, a_tenant
from tests.yard import (
    PUBLIC_KEY,
    Yard,
    a_binary,
    a_key,
    a_version,
    brought_to,
    patch,
    send_part,
    sign,
    signature_of,
    upload,
)


def _lines(tenant: Tenant) -> list[dict[str, Any]]:
    """The lines of the tenant's organization, the oldest first."""
    organization_id = tenant.organization_prn.removeprefix("prn:1:")
    with tenant.system.records.read(None) as tx:
        statement = select(audit).where(audit.c.organization_id == organization_id)
        return [
            dict(row) for row in tx.connection.execute(statement.order_by(audit.c.id)).mappings()
        ]


def _new_lines(tenant: Tenant, before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    after = _lines(tenant)
    assert after[: len(before)] == before
    return after[len(before) :]


def _a_change_by(route: Route) -> dict[str, str]:
    """Fields that make a request really change something."""
    if route.method not in {"patch", "put"} or route.shape is None:
        return {}
    return {"description" if "description" in route.shape["properties"] else "name": "changed"}


def _changing_routes(tenant: Tenant) -> list[Route]:
    found = leaves_first([each for each in routes(tenant.api) if each.changes])
    # No device has failed on the release, so there is nothing to forget.
    return [each for each in found if not each.path.endswith("/retries")]


def test_every_route_that_changes_something_leaves_one_line(tenant: Tenant) -> None:
    prns = stocked(tenant)
    key = tenant.key_for(Role.WRITE)
    changed = 0

    # What a PUT says again is no change.
    for route in [each for each in _changing_routes(tenant) if each.method != "put"]:
        before = _lines(tenant)
        answer = route.send(key, prns, **_a_change_by(route))

        lines = [line for line in _new_lines(tenant, before) if line["actor"] != "system:erasing"]
        if answer.is_success:
            changed += 1
            # To come back to a release is to make one and to change those around it.
            assert len(lines) == 1 or (lines and route.path.endswith("/rollback")), str(route)
            assert lines[0]["actor"].startswith(f"{tenant.organization_prn}:api_key:")
            assert lines[0]["resource"].startswith(tenant.organization_prn)
            assert lines[0]["at"] <= tenant.clock.moment
        else:
            assert lines == [], (str(route), lines)
    assert changed >= 25


def test_what_is_refused_leaves_no_line(tenant: Tenant) -> None:
    prns, binary = stocked(tenant), a_binary(tenant.api, a_version(tenant.api, "other"))
    reader = tenant.key_for(Role.READ)
    before = _lines(tenant)
    refused = [
        tenant.api.post("/artifacts", json={"name": "kernel"}),
        tenant.api.post("/artifacts", json={"name": 1}),
        tenant.api.post("/artifact_versions", json={"artifact_prn": "x", "version": "1"}),
        tenant.api.post("/signing_keys", json={"name": "other", "value": PUBLIC_KEY}),
        tenant.api.delete(f"/artifacts/{prns['artifact']}"),
        tenant.api.delete(f"/artifact_versions/{prns['artifact_version']}"),
        tenant.api.delete(f"/signing_keys/{prns['signing_key']}"),
        tenant.api.delete(f"/binary_signatures/{prns['binary_signature']}"),
        tenant.api.patch(f"/signing_keys/{prns['signing_key']}", json={"value": "x"}),
        sign(tenant.api, binary, prns["signing_key"]),
        patch(tenant.api, binary, state="signed"),
        patch(tenant.api, binary, state="hashable"),
        patch(tenant.api, binary, state="destroyed", description="x"),
        tenant.api.put(f"/binaries/{binary['prn']}/parts/1", json={}),
        tenant.other.patch(f"/binaries/{prns['binary']}", json={"description": "x"}),
        reader.post("/artifacts", json={"name": "mine"}),
    ]

    assert all(400 <= each.status_code < 500 for each in refused)
    assert _new_lines(tenant, before) == []


def test_what_changes_nothing_leaves_no_line(tenant: Tenant) -> None:
    stocked(tenant)
    binary = a_binary(tenant.api, a_version(tenant.api, "other"))
    before = _lines(tenant)

    all_that_is_seen(tenant)
    patch(tenant.api, binary)
    patch(tenant.api, binary, state="uploadable", size=binary["size"])

    assert _new_lines(tenant, before) == []


def test_a_life_can_be_told_from_its_lines(tenant: Tenant) -> None:
    key, version = a_key(tenant.api), a_version(tenant.api)
    before = _lines(tenant)

    binary = a_binary(tenant.api, version)
    upload(tenant.api, binary)
    patch(tenant.api, binary, state="hashable")
    patch(tenant.api, binary, state="uploadable")
    upload(tenant.api, binary)
    patch(tenant.api, binary, state="hashable")
    patch(tenant.api, binary, state="hashing")
    tenant.work()
    sign(tenant.api, binary, key)
    patch(tenant.api, binary, state="destroyed")
    tenant.api.delete(f"/binaries/{binary['prn']}")

    lines = _new_lines(tenant, before)
    told = [(line["action"], line["facts"].get("from"), line["facts"].get("to")) for line in lines]
    assert told == [
        ("binary.created", None, None),
        ("binary_part.declared", None, None),
        ("binary_part.valid", None, None),
        ("binary.finish", "uploadable", "hashable"),
        ("binary.reset", "hashable", "uploadable"),
        ("binary.content_erased", None, None),
        ("binary_part.declared", None, None),
        ("binary_part.valid", None, None),
        ("binary.finish", "uploadable", "hashable"),
        ("binary.hash", "hashable", "hashing"),
        ("binary.accept", "hashing", "signable"),
        ("binary.signed", "signable", "signed"),
        ("binary.destroy", "signed", "destroyed"),
        ("binary.content_erased", None, None),
        ("binary.deleted", None, None),
    ]
    assert {line["resource"] for line in lines if line["action"].startswith("binary.")} == {
        binary["prn"]
    }
    actors = {line["actor"].partition(":")[0]: line["actor"] for line in lines}
    assert set(actors) == {"prn", "system"}


def test_lines_say_what_was_changed_but_not_to_what(tenant: Tenant) -> None:
    artifact = tenant.api.post("/artifacts", json={"name": "kernel"}).json()["artifact"]["prn"]
    before = _lines(tenant)

    body = {"name": "renamed", "custom_metadata": {"token": "very private"}}
    tenant.api.patch(f"/artifacts/{artifact}", json=body)

    line = _new_lines(tenant, before)[0]
    assert (line["action"], line["resource"]) == ("artifact.changed", artifact)
    assert line["facts"] == {"fields": ["custom_metadata", "name"]}


def test_no_line_has_a_secret_in_it(tenant: Tenant) -> None:
    key_text = tenant.api.headers["authorization"].partition(" ")[2]
    binary = brought_to(tenant, "signed", a_version(tenant.api))
    again = a_binary(tenant.api, binary["artifact_version_prn"], target="other")
    send_part(tenant.api, again, 1, b"Hello, Binary\n")
    link = tenant.api.get(f"/binaries/{binary['prn']}/download_url").json()["download_url"]

    told = str(_lines(tenant))

    assert "binary.signed" in told
    for secret in (key_text, signature_of(binary), link.rpartition("/")[2], "sealift_", "PRIVATE"):
        assert secret not in told


@contextmanager
def _audit_refused(yard: Yard) -> Generator[None]:
    def rename(old: str, new: str) -> None:
        with yard.system.records.write(None) as tx:
            tx.connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    rename("audit", "audit_elsewhere")
    yield
    rename("audit_elsewhere", "audit")


def test_what_cannot_be_noted_does_not_happen(yard: Yard) -> None:
    with a_tenant(yard) as tenant:
        prns = stocked(tenant)
        waiting = brought_to(tenant, "hashing", prns["artifact_version"], target="other")
        before, tried = all_that_is_seen(tenant), 0

        with _audit_refused(yard):
            for route in _changing_routes(tenant):
                answer = route.send(tenant.api, prns, **_a_change_by(route))
                tried += answer.status_code >= 500
                assert not answer.is_success, str(route)
            moved = patch(tenant.api, waiting, state="uploadable")

        assert moved.status_code == 500
        assert tried >= 25
        assert all_that_is_seen(tenant) == before
