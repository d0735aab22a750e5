"""Bodies that are no JSON object are refused clearly, whatever they are instead."""

import json

import pytest

from sealift.web.limits import LARGEST_BODY
from tests.admin_api.tenant import Tenant

JSON = {"content-type": "application/json"}

NOT_JSON = {
    "half an object": b'{"name": "kernel"',
    "two objects": b'{"name": "a"}{"name": "b"}',
    "a bare word": b"kernel",
    "single quotes": b"{'name': 'kernel'}",
    "a comma too many": b'{"name": "kernel",}',
    "a comment": b'{"name": "kernel"} // kernel',
    "a control character": b'{"name": "a\nb"}',
    "a broken escape": rb'{"name": "\x41"}',
    "bytes that are not UTF-8": b'{"name": "\xff\xfe"}',
    "open brackets": b"[" * 200_000,
    "deep nesting": b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a number of five thousand digits": b'{"name": ' + b"9" * 5000 + b"}",
}
NO_OBJECT: dict[str, object] = {
    "a list": [],
    "text": "kernel",
    "a number": 1,
    "a truth": True,
    "nothing": None,
}


@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_what_is_no_json_is_malformed(tenant: Tenant, body: bytes) -> None:
    answer = tenant.api.post("/artifacts", content=body, headers=JSON)

    assert answer.status_code == 400
    assert answer.json()["code"] == "request.malformed"
    assert list(answer.json()["errors"]) == ["detail"]
    assert tenant.api.get("/artifacts").json()["artifacts"] == []


@pytest.mark.parametrize("body", NO_OBJECT.values(), ids=NO_OBJECT.keys())
def test_json_that_is_no_object_is_invalid(tenant: Tenant, body: object) -> None:
    answers = [
        tenant.api.post(path, content=json.dumps(body), headers=JSON)
        for path in ("/artifacts", "/artifact_versions", "/signing_keys", "/binary_signatures")
    ]

    assert {each.status_code for each in answers} == {422}
    assert {tuple(each.json()["errors"]) for each in answers} == {("body",)}


def test_a_surrogate_that_came_as_bytes_is_as_bad_as_an_escaped_one(tenant: Tenant) -> None:
    answer = tenant.api.post("/artifacts", content=b'{"name": "\xed\xa0\x80"}', headers=JSON)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["name"])


def test_no_body_is_invalid(tenant: Tenant) -> None:
    for headers in ({}, JSON):
        answer = tenant.api.post("/artifacts", headers=headers)

        assert (answer.status_code, answer.json()["errors"]) == (422, {"body": ["is required"]})


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/xml", "garbage", ""])
def test_json_of_another_type_is_told_so(tenant: Tenant, content_type: str | None) -> None:
    headers = {} if content_type is None else {"content-type": content_type}

    answer = tenant.api.post("/artifacts", content=b'{"name": "kernel"}', headers=headers)

    assert answer.status_code == 422
    assert "application/json" in answer.json()["errors"]["body"][0]


def test_forms_are_not_read(tenant: Tenant) -> None:
    form = tenant.api.post("/artifacts", data={"name": "kernel"})
    file = tenant.api.post("/artifacts", files={"name": b"kernel"})

    assert (form.status_code, file.status_code) == (422, 422)


@pytest.mark.parametrize(
    "content_type",
    ["application/json; charset=utf-8", "APPLICATION/JSON", "application/merge-patch+json"],
)
def test_the_type_of_json_may_be_spelled_in_its_ways(tenant: Tenant, content_type: str) -> None:
    headers = {"content-type": content_type}

    answer = tenant.api.post("/artifacts", content=b'{"name": "kernel"}', headers=headers)

    assert answer.status_code == 201


def test_a_byte_order_mark_does_no_harm(tenant: Tenant) -> None:
    answer = tenant.api.post("/artifacts", content=b'\xef\xbb\xbf{"name": "kernel"}', headers=JSON)

    assert answer.json()["artifact"]["name"] == "kernel"


def test_of_a_field_given_twice_the_last_counts(tenant: Tenant) -> None:
    body = b'{"name": "first", "name": "last"}'

    answer = tenant.api.post("/artifacts", content=body, headers=JSON)

    assert answer.json()["artifact"]["name"] == "last"


def test_a_body_beyond_the_limit_is_too_large(tenant: Tenant) -> None:
    fits = json.dumps({"name": "kernel"}).encode().ljust(LARGEST_BODY)

    exceeds = tenant.api.post("/artifacts", content=fits + b" ", headers=JSON)

    assert exceeds.status_code == 413
    assert exceeds.json()["code"] == "request.too_large"
    assert list(exceeds.json()["errors"]) == ["detail"]
    assert len(exceeds.headers["peridio-request-id"]) == 20
    assert tenant.api.post("/artifacts", content=fits, headers=JSON).status_code == 201


def test_a_body_of_no_declared_length_is_limited_too(tenant: Tenant) -> None:
    chunks = (b" " * 1024 * 1024 for _ in range(9))

    answer = tenant.api.post("/artifacts", content=chunks, headers=JSON)

    assert answer.status_code == 413
