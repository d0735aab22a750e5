"""A resource is named by its PRN, letter for letter; whatever else is written names nothing."""

import json
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.fuzz.changed import changed
from tests.fuzz.promises import Answer, assert_kept, tries
from tests.fuzz.raw import Door
from tests.fuzz.stock import Stock

_PATHS = {
    "artifact": ["/artifacts/{}"],
    "artifact_version": ["/artifact_versions/{}"],
    "binary": ["/binaries/{}", "/binaries/{}/parts", "/binaries/{}/download_url"],
    "signing_key": ["/signing_keys/{}"],
}
_FIELDS = {
    "artifact_prn": ("/artifact_versions", "artifact", {"version": "1"}),
    "artifact_version_prn": (
        "/binaries",
        "artifact_version",
        {"target": "any", "hash": "0" * 64, "size": 1},
    ),
    "binary_prn": ("/binary_signatures", "binary", {"signature": "0" * 128}),
}
_NO_TEXT: st.SearchStrategy[Any] = st.sampled_from([None, 1, True, [], {}])
_ODD = ["", ":", "prn", "%", "%00", "\0", "'", "*", "..", "a" * 257, "\ud800", "0" * 5000, "[1]"]


def _ask(door: Door, key: bytes, method: str, target: str, body: object = None) -> Answer:
    sent = b"" if body is None else json.dumps(body).encode()
    headers = [(b"authorization", key), (b"content-type", b"application/json")]
    answer = door.ask(method, target, headers, [sent])
    assert_kept(answer)
    return answer


def _otherwise(data: st.DataObject, stock: Stock, prn: str) -> str:
    """A PRN with something changed, or one of another kind, or of somebody else."""
    organization = prn.split(":")[2]
    foreign = stock.foreign_organization
    others = [each for prns in stock.prns.values() for each in prns]
    return data.draw(
        st.one_of(
            changed(prn),
            st.sampled_from(others),
            st.just(prn.replace(organization, foreign)),
            st.sampled_from([*_ODD, prn.upper(), prn.rpartition(":")[2], f"prn:1:{organization}"]),
        ),
        label="in its place",
    )


@tries(120)
@given(data=st.data())
def test_a_path_with_another_name_finds_nothing(
    stock: Stock, door: Door, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from(sorted(_PATHS)))
    path = data.draw(st.sampled_from(_PATHS[kind]))
    other = _otherwise(data, stock, stock.prns[kind][0])
    assume(other not in stock.prns[kind])
    method = data.draw(st.sampled_from(["GET", "PATCH", "DELETE"]))
    target = path.format(quote(other, safe="", errors="surrogatepass"))

    answer = _ask(door, stock.key, method, target, {} if method == "PATCH" else None)

    assert answer.status in {404, 405}, answer


@tries(60)
@given(data=st.data())
def test_a_path_may_spell_a_name_with_any_letters_encoded(
    stock: Stock, door: Door, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from(sorted(_PATHS)))
    prn = stock.prns[kind][0]
    encoded = data.draw(st.sets(st.integers(0, len(prn) - 1)))
    spelled = "".join(
        f"%{ord(letter):02x}" if place in encoded else letter for place, letter in enumerate(prn)
    )

    answer = _ask(door, stock.key, "GET", _PATHS[kind][0].format(spelled))

    assert answer.status == 200
    (found,) = json.loads(answer.content).values()
    assert found["prn"] == prn == unquote(spelled)


@tries(120)
@given(data=st.data())
def test_a_body_with_another_name_is_refused_for_that_field(
    stock: Stock, door: Door, data: st.DataObject
) -> None:
    field = data.draw(st.sampled_from(sorted(_FIELDS)))
    path, kind, rest = _FIELDS[field]
    is_text = data.draw(st.integers(0, 9)) > 0
    other = _otherwise(data, stock, stock.prns[kind][0]) if is_text else data.draw(_NO_TEXT)
    assume(other not in stock.prns[kind])
    body = {**rest, field: other}
    if path == "/binary_signatures":
        body["signing_key_prn"] = stock.prns["signing_key"][1]

    answer = _ask(door, stock.key, "POST", path, body)

    assert answer.status == 422, answer
    assert list(json.loads(answer.content)["errors"]) == [field], answer


@tries(120)
@given(
    id_=st.one_of(
        changed("6ba7b810-9dad-41d1-80b4-00c04fd430c8"),
        st.uuids().map(str),
        st.uuids().map(lambda each: str(each).upper()),
        st.uuids().map(lambda each: each.hex),
        st.uuids().map(lambda each: each.urn),
        st.sampled_from([*_ODD, 1, True, [], {}]),
    ),
    number=st.integers(),
)
def test_an_id_of_ones_own_is_a_uuid_or_refused(
    stock: Stock, door: Door, id_: object, number: int
) -> None:
    body = {"name": f"own id {number}", "id": id_}

    answer = _ask(door, stock.key, "POST", "/artifacts", body)

    if answer.status == 201:
        prn = json.loads(answer.content)["artifact"]["prn"]
        assert prn.rpartition(":")[2] == str(id_).lower() == str(UUID(str(id_)))
        assert stock.yard.api.delete(f"/artifacts/{prn}").status_code == 204
    else:
        assert answer.status == 422
        assert list(json.loads(answer.content)["errors"]) == ["id"]
