"""Whatever a body is made of, it is kept as it was meant or refused in words."""

import json
import zlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sealift.wire.text import DEEPEST
from tests.fuzz.changed import changed
from tests.fuzz.promises import Answer, assert_kept, tries
from tests.fuzz.raw import Door
from tests.fuzz.stock import Stock

_JSON_TYPE = (b"content-type", b"application/json")
_WHOLE = {
    "name": "a whole body",
    "description": "größe \U0001f600",
    "custom_metadata": {"a": [1, 2.5]},
}
_NUMBERS = st.sampled_from([
    "0", "-0", "-0.0", "1e400", "-1e400", "1e-400", "1e308", "NaN", "Infinity", "-Infinity", "00",
    "1.", ".5", "1E5", "0x10", str(2**63), str(-(2**64)), "9" * 4299, "9" * 4301, "1" + "0" * 400,
    "0.1", "1e22", "123456789012345678.5", "true", "null", "none",
])  # fmt: skip
_STRINGS = st.one_of(
    st.text(max_size=8).map(json.dumps),
    st.sampled_from([
        r'"\ud800"', r'"\udc00\ud800"', r'"\ud83d\ude00"', r'"\u0000"', r'"\u00e9"', '""',
        '"\u2028"', r'"\x41"', '"a\tb"', r'"\/"', '"', "'a'", '"\ufffe"',
    ]),
)  # fmt: skip
_NAMES = st.one_of(st.sampled_from(['"a"', '"a"', '""', r'"\ud800"', r'"\u0000"', "a"]), _STRINGS)


def _containers(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = st.lists(st.tuples(_NAMES, inside).map(":".join), max_size=4).map(",".join)
    depth = st.sampled_from([1, 1, 1, 2, 50, 98, 99, 100, 101, 500, 5000])
    return st.one_of(
        members.map(lambda text: "{" + text + "}"),
        st.lists(inside, max_size=4).map(lambda texts: "[" + ",".join(texts) + "]"),
        st.tuples(depth, inside).map(lambda it: "[" * it[0] + it[1] + "]" * it[0]),
    )


_TEXTS = st.recursive(_NUMBERS | _STRINGS, _containers, max_leaves=8)


def _post(door: Door, key: bytes, body: bytes, *headers: tuple[bytes, bytes]) -> Answer:
    sent = [(b"authorization", key), (b"content-length", str(len(body)).encode()), *headers]
    answer = door.ask("POST", "/artifacts", sent, [body])
    assert_kept(answer)
    return answer


def _is_same(one: object, other: object) -> bool:
    """Not by `==`, for which 1, 1.0 and True are the same, and 0.0 and -0.0."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _is_plain(text: str) -> bool:
    """Whether it is JSON that every reader takes: not deep, no lone surrogates, no infinity."""
    try:
        value = json.loads(text)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return False
    return max(text.count("["), text.count("{")) < DEEPEST // 2


@tries(250)
@given(text=_TEXTS, number=st.integers())
def test_metadata_comes_back_as_it_was_sent_or_is_refused(
    stock: Stock, door: Door, text: str, number: int
) -> None:
    name = f"metadata {zlib.crc32(text.encode(errors='replace'))} {number}"
    body = f'{{"name": "{name}", "custom_metadata": {{"kept": {text}}}}}'.encode(
        errors="surrogatepass"
    )

    answer = _post(door, stock.key, body, _JSON_TYPE)

    assert answer.status == 201 or not _is_plain(text), answer
    if answer.status == 201:
        made: dict[str, Any] = json.loads(answer.content)["artifact"]
        assert _is_same(made["custom_metadata"], {"kept": json.loads(text)})
        seen = stock.yard.api.get(f"/artifacts/{made['prn']}").json()["artifact"]
        assert _is_same(seen, made)
        assert stock.yard.api.delete(f"/artifacts/{made['prn']}").status_code == 204


@tries(150)
@given(data=st.data())
def test_a_body_in_any_encoding_and_state_is_answered(
    stock: Stock, door: Door, data: st.DataObject
) -> None:
    text = data.draw(changed(json.dumps(_WHOLE, ensure_ascii=data.draw(st.booleans()))))
    encoding = data.draw(
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "utf-7"])
    )
    body = text.encode(encoding, "surrogatepass" if "utf" in encoding else "replace")
    body = body[: data.draw(st.integers(0, len(body)))] if data.draw(st.booleans()) else body
    body = zlib.compress(body, wbits=31) if data.draw(st.booleans()) else body
    kind = data.draw(st.sampled_from([b"application/json", b"application/json; charset=latin-1"]))
    packing = data.draw(st.sampled_from([b"identity", b"gzip", b"br", b"", b"\xff"]))

    answer = _post(door, stock.key, body, (b"content-type", kind), (b"content-encoding", packing))

    assert answer.status in {201, 400, 422}, answer


@tries(150)
@given(
    body=st.binary(max_size=60),
    kind=st.none() | st.binary(max_size=20) | st.just(b"application/json"),
    cut=st.integers(0, 60),
)
def test_a_body_of_any_bytes_in_any_pieces_is_answered(
    stock: Stock, door: Door, body: bytes, kind: bytes | None, cut: int
) -> None:
    headers = [(b"authorization", stock.key)]
    headers += [(b"content-type", kind)] if kind is not None else []
    for method, target in (
        ("POST", "/artifacts"),
        ("PATCH", stock.path_of("binary")),
        ("PUT", stock.path_of("binary") + "/parts/1"),
    ):
        assert_kept(door.ask(method, target, headers, [body[:cut], body[cut:]]))
