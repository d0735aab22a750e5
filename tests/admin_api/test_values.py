"""Values of fields: their types, their limits, null, and what is not ours to know."""

import json
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response

from sealift.wire.text import DEEPEST
from tests.admin_api.tenant import Tenant
from tests.yard import PUBLIC_KEY, a_binary, a_key, a_version, patch

LARGEST = 1_000_000  # bytes of metadata


def _create(tenant: Tenant, **fields: object) -> Response:
    return tenant.api.post("/artifacts", json={"name": "kernel", **fields})


def _created(tenant: Tenant, **fields: object) -> dict[str, Any]:
    answer = _create(tenant, **fields)
    assert answer.status_code == 201, answer.text
    return answer.json()["artifact"]


def _raw(tenant: Tenant, text: str, path: str = "/artifacts") -> Response:
    headers = {"content-type": "application/json"}
    return tenant.api.post(path, content=text.encode(), headers=headers)


def _nothing_was_kept(tenant: Tenant) -> bool:
    return tenant.api.get("/artifacts").json()["artifacts"] == []


# --- null and what is left out -------------------------------------------------------------------


def test_null_is_as_good_as_nothing_when_something_is_created(tenant: Tenant) -> None:
    made = _created(tenant, description=None, custom_metadata=None, id=None)

    assert (made["description"], made["custom_metadata"]) == (None, None)


def test_null_for_what_is_required_is_as_bad_as_nothing(tenant: Tenant) -> None:
    left_out, null = tenant.api.post("/artifacts", json={}), _create(tenant, name=None)

    assert left_out.json()["errors"] == null.json()["errors"] == {"name": ["is required"]}
    assert (left_out.status_code, null.status_code) == (422, 422)


def test_null_clears_what_may_be_empty(tenant: Tenant) -> None:
    prn = _created(tenant, description="d", custom_metadata={"a": 1})["prn"]

    body = {"description": None, "custom_metadata": None}
    changed = tenant.api.patch(f"/artifacts/{prn}", json=body).json()["artifact"]

    assert (changed["description"], changed["custom_metadata"]) == (None, None)


def test_what_a_change_leaves_out_stays(tenant: Tenant) -> None:
    made = _created(tenant, description="d", custom_metadata={"a": 1})

    changed = tenant.api.patch(f"/artifacts/{made['prn']}", json={"name": "other"}).json()

    kept = {**made, "name": "other", "updated_at": changed["artifact"]["updated_at"]}
    assert changed["artifact"] == kept


def test_null_is_refused_where_nothing_may_not_be(tenant: Tenant) -> None:
    artifact, key = _created(tenant)["prn"], a_key(tenant.api)
    binary = a_binary(tenant.api, a_version(tenant.api, "other"))
    refused = [
        tenant.api.patch(f"/artifacts/{artifact}", json={"name": None}),
        tenant.api.patch(f"/signing_keys/{key}", json={"name": None, "value": None}),
        patch(tenant.api, binary, state=None, hash=None, size=None),
    ]

    fields = [{"name"}, {"name", "value"}, {"state", "hash", "size"}]
    assert [each.status_code for each in refused] == [422, 422, 422]
    assert [set(each.json()["errors"]) for each in refused] == fields


def test_fields_that_are_not_ours_are_ignored(tenant: Tenant) -> None:
    made = _created(tenant, prn="x", organization_prn=3, inserted_at="never", index=[], _=None)

    changed = tenant.api.patch(f"/artifacts/{made['prn']}", json={"prn": "x", "unknown": {}})

    assert changed.status_code == 200
    assert changed.json()["artifact"] == made


def test_names_of_fields_are_case_sensitive(tenant: Tenant) -> None:
    answer = tenant.api.post("/artifacts", json={"Name": "kernel"})

    assert answer.json()["errors"] == {"name": ["is required"]}


# --- times ---------------------------------------------------------------------------------------


def test_times_are_utc_with_six_digits_even_when_they_are_round(tenant: Tenant) -> None:
    tenant.clock.pass_time(timedelta(microseconds=999_999 - tenant.clock.moment.microsecond))

    made = _created(tenant)

    assert made["inserted_at"] == f"{tenant.clock.moment:%Y-%m-%dT%H:%M:%S}.000000Z"


def test_a_change_moves_one_time_only(tenant: Tenant) -> None:
    made = _created(tenant)

    changed = tenant.api.patch(f"/artifacts/{made['prn']}", json={"description": "x"}).json()

    assert changed["artifact"]["inserted_at"] == made["inserted_at"]
    assert changed["artifact"]["updated_at"] > made["updated_at"]


# --- types ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [1, 1.5, True, [], ["kernel"], {}, {"name": "kernel"}])
def test_only_text_is_text(tenant: Tenant, wrong: object) -> None:
    answer = _create(tenant, name=wrong, description=wrong)

    texts = ["must be text"]
    assert (answer.status_code, answer.json()["errors"]) == (
        422,
        {"name": texts, "description": texts},
    )
    assert _nothing_was_kept(tenant)


@pytest.mark.parametrize("wrong", ["12", "", True, False, 12.0, 1.5, 1e3, [12], {"size": 12}])
def test_only_a_whole_number_is_a_whole_number(tenant: Tenant, wrong: object) -> None:
    body = {"artifact_version_prn": a_version(tenant.api), "target": "t", "hash": "0" * 64}

    answer = tenant.api.post("/binaries", json={**body, "size": wrong})

    assert answer.status_code == 422
    assert answer.json()["errors"] == {"size": ["must be a whole number"]}
    assert tenant.api.get("/binaries").json()["binaries"] == []


@pytest.mark.parametrize("wrong", ["{}", 1, True, [], [{"a": 1}]])
def test_only_an_object_is_metadata(tenant: Tenant, wrong: object) -> None:
    answer = _create(tenant, custom_metadata=wrong)

    assert answer.status_code == 422
    assert answer.json()["errors"] == {"custom_metadata": ["must be a JSON object"]}


def test_every_wrong_field_is_named_at_once(tenant: Tenant) -> None:
    body = {"artifact_version_prn": 1, "target": "", "hash": "x", "size": -1, "description": ""}

    answer = tenant.api.post("/binaries", json=body)

    assert set(answer.json()["errors"]) == set(body)


# --- text that cannot be kept --------------------------------------------------------------------

_TEXT_FIELDS = [
    ("/artifacts", {"name": "n", "description": "d"}),
    ("/artifact_versions", {"artifact_prn": "p", "version": "v", "description": "d"}),
    ("/binaries", {"artifact_version_prn": "p", "target": "t", "hash": "h", "description": "d"}),
    ("/signing_keys", {"name": "n"}),
    ("/signing_keys", {"value": "v"}),
    ("/binary_signatures", {"binary_prn": "b", "signing_key_prn": "k", "signature": "s"}),
    ("/binary_signatures", {"signing_key_keyid": "k"}),
]
_REST = {"/signing_keys": {"name": "n", "value": PUBLIC_KEY}}


@pytest.mark.parametrize("escape", [r"\u0000", r"\ud800", r"\udfff\ud800"])
def test_text_that_no_database_keeps_is_refused_in_every_field(tenant: Tenant, escape: str) -> None:
    for path, fields in _TEXT_FIELDS:
        body = {**_REST.get(path, {"size": 1}), **dict.fromkeys(fields, f"a{escape}")}
        answer = _raw(tenant, json.dumps(body).replace("\\\\", "\\"), path)

        assert answer.status_code == 422, (path, answer.text)
        assert set(fields) <= set(answer.json()["errors"])


def test_all_other_text_is_kept_as_it_is(tenant: Tenant) -> None:
    for name in [
        "\N{GRINNING FACE}" * 128,
        "\x01\x1f\x7f",
        " ",
        "e\u0301",
        "\ufeff",
        "\uffff",
        "\\",
    ]:
        assert _created(tenant, name=name)["name"] == name


# --- metadata ------------------------------------------------------------------------------------


def _metadata(size: int, letter: str) -> dict[str, str]:
    """Exactly this many bytes of compact JSON, mostly made of `letter`."""
    room = size - len('{"k":""}')
    letters, rest = divmod(room, len(letter.encode()))
    return {"k": letter * letters + "a" * rest}


@pytest.mark.parametrize("letter", ["a", "\N{LATIN SMALL LETTER E WITH ACUTE}", "\U0001f600"])
def test_metadata_is_measured_in_bytes_of_compact_json(tenant: Tenant, letter: str) -> None:
    fits, exceeds = _metadata(LARGEST, letter), _metadata(LARGEST + 1, letter)

    refused = _create(tenant, custom_metadata=exceeds)
    prn = _created(tenant, custom_metadata=fits)["prn"]
    refused_change = tenant.api.patch(f"/artifacts/{prn}", json={"custom_metadata": exceeds})

    text = "is too large: 1000001 bytes of JSON, at most 1000000 are kept"
    assert refused.json()["errors"] == {"custom_metadata": [text]}
    assert refused_change.json()["errors"] == {"custom_metadata": [text]}
    assert tenant.api.get(f"/artifacts/{prn}").json()["artifact"]["custom_metadata"] == fits


def test_spaces_and_escapes_of_metadata_do_not_count(tenant: Tenant) -> None:
    value = _metadata(LARGEST, "\N{LATIN SMALL LETTER E WITH ACUTE}")
    body = json.dumps({"name": "kernel", "custom_metadata": value}, indent=8, ensure_ascii=True)

    assert _raw(tenant, body).status_code == 201


def test_metadata_comes_back_as_it_was_given(tenant: Tenant) -> None:
    value: dict[str, Any] = {
        "z": 1,
        "a": [None, True, -0.5, 1e300, 10**4000, "\x00\x7f\u2028\U0001f600", {}, []],
        "": {"nested": [[[]]]},
        "1": 1.0,
    }

    prn = _created(tenant, custom_metadata=value)["prn"]

    found = tenant.api.get(f"/artifacts/{prn}").json()["artifact"]["custom_metadata"]
    assert json.dumps(found) == json.dumps(value)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999", r'"\ud800"'])
def test_metadata_that_is_no_json_is_refused(tenant: Tenant, word: str) -> None:
    answer = _raw(tenant, f'{{"name": "kernel", "custom_metadata": {{"a": [{word}]}}}}')

    assert answer.status_code == 422
    assert answer.json()["errors"] == {"custom_metadata": ["is invalid: cannot be kept as JSON"]}
    assert _nothing_was_kept(tenant)


def _nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


def test_metadata_may_be_nested_as_deeply_as_any_answer_can_show(tenant: Tenant) -> None:
    deepest = f'{{"name": "kernel", "custom_metadata": {_nested(DEEPEST)}}}'
    deeper = f'{{"name": "too deep", "custom_metadata": {_nested(DEEPEST + 1)}}}'

    assert _raw(tenant, deepest).status_code == 201
    assert list(_raw(tenant, deeper).json()["errors"]) == ["custom_metadata"]
    listed = tenant.api.get("/artifacts")
    assert listed.status_code == 200
    assert [each["name"] for each in listed.json()["artifacts"]] == ["kernel"]


@pytest.mark.parametrize("levels", [300, 900, 1100, 100_000])
def test_absurd_nesting_is_refused_without_harm(tenant: Tenant, levels: int) -> None:
    answer = _raw(tenant, f'{{"name": "kernel", "custom_metadata": {_nested(levels)}}}')

    assert answer.status_code in {400, 422}
    assert _nothing_was_kept(tenant)
