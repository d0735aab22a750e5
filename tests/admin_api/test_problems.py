"""What a refusal looks like, and the id by which one can ask about any answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from sealift.admin_api.app import make
from sealift.content.keyring import Keyring
from sealift.domain.rights import Role
from sealift.web.paging import Pages
from sealift.web.request_id import RequestId
from tests.admin_api.tenant import Tenant
from tests.yard import a_key, a_version

ID = "peridio-request-id"


def test_a_refusal_without_a_field_says_it_in_one_text(tenant: Tenant) -> None:
    answer = tenant.api.get("/artifacts/nothing")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "errors": {"detail": "no such artifact"},
        "code": "not_found",
        "facts": {},
    }


def test_a_refusal_for_fields_lists_texts_by_field(tenant: Tenant) -> None:
    answer = tenant.api.post("/artifacts", json={"name": "", "description": 1})

    assert answer.status_code == 422
    assert answer.json() == {
        "errors": {
            "name": ["is too short: at least 1 character"],
            "description": ["must be text"],
        },
        "code": "request.invalid",
        "facts": {},
    }


def test_a_lack_of_rights_tells_nothing_more(tenant: Tenant) -> None:
    answer = tenant.key_for(Role.READ).post("/artifacts", json={"name": "kernel"})

    assert (answer.status_code, answer.json()) == (403, {"status": "forbidden"})


NOT_BUILT = [
    "/", "/nothing", "/artifact", "/Artifacts", "/artifacts/", "/artifacts//", "/v2/artifacts",
     "/firmwares", "/deployments", "/orgs/default", "/users", "/users/auth", "/tunnels",
     "/webhooks", "/%00", "/..%2F..%2Fetc",
]  # fmt: skip


def test_what_is_not_built_is_not_there(tenant: Tenant) -> None:
    for path in NOT_BUILT:
        answers = [tenant.api.get(path, follow_redirects=False), tenant.api.post(path, json={})]

        for answer in answers:
            assert answer.status_code == 404, path
            assert answer.json()["errors"] == {"detail": "no such route"}
            assert answer.json()["code"] == "not_found"


def test_another_method_is_not_allowed(tenant: Tenant) -> None:
    answer = tenant.api.put("/artifacts", json={"name": "kernel"})

    assert answer.status_code == 405
    assert list(answer.json()["errors"]) == ["detail"]


def test_the_methods_of_an_address_are_all_told(tenant: Tenant) -> None:
    told = {
        path: tenant.api.options(path).headers["allow"]
        for path in ("/artifacts", "/artifacts/x", "/binaries/x/parts/1", "/healthz")
    }

    assert told == {
        "/artifacts": "GET, POST",
        "/artifacts/x": "GET, PATCH, DELETE",
        "/binaries/x/parts/1": "PUT",
        "/healthz": "GET, HEAD",
    }


def test_a_bug_is_bland(tenant: Tenant, caplog: pytest.LogCaptureFixture) -> None:
    broken = replace(tenant.system, now=lambda: datetime.max.replace(tzinfo=UTC) + timedelta.max)
    door = RequestId(make(broken, Pages(Keyring(dict))))
    key = {"authorization": tenant.api.headers["authorization"]}
    with TestClient(door, raise_server_exceptions=False, headers=key) as api:
        answer = api.post("/artifacts", json={"name": "kernel"})

    assert answer.status_code == 500
    assert answer.json() == {"errors": {"detail": "Internal Server Error"}}
    assert len(answer.headers[ID]) == 20
    assert "a bug answered a request" in caplog.text
    assert "OverflowError" in caplog.text


def test_every_answer_has_an_id_of_twenty_characters_that_no_other_has(tenant: Tenant) -> None:
    version = a_version(tenant.api)
    answers = [
        tenant.api.get("/artifacts"),
        tenant.api.get(f"/artifact_versions/{version}"),
        tenant.api.get("/artifacts/nothing"),
        tenant.api.get("/nothing"),
        tenant.api.put("/artifacts"),
        tenant.api.post("/artifacts", content=b"{"),
        tenant.api.delete(f"/signing_keys/{a_key(tenant.api)}"),
        tenant.anybody.get("/users/me"),
        tenant.anybody.get("/healthz"),
        tenant.anybody.get("/content/nothing"),
        *(tenant.api.get("/users/me") for _ in range(20)),
    ]

    ids = [each.headers[ID] for each in answers]
    assert {len(each) for each in ids} == {20}
    assert len(set(ids)) == len(answers)


def test_the_id_is_in_the_line_of_the_log(tenant: Tenant) -> None:
    with capture_logs(processors=[merge_contextvars]) as lines:
        answer = tenant.api.get("/artifacts/nothing?search=secret")

    line = next(each for each in lines if each["event"] == "request")
    assert line["request_id"] == answer.headers[ID]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/artifacts/nothing", 404)
    assert "secret" not in str(lines)


def test_an_id_that_a_client_brings_is_not_taken_over(tenant: Tenant) -> None:
    answer = tenant.api.get("/users/me", headers={ID: "0" * 20})

    assert answer.headers[ID] != "0" * 20
