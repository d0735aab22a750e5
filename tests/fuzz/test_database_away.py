"""While the database is away, whatever is asked is put off, and nothing is a fault of ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faults import database_away
from tests.fuzz.promises import assert_away, assert_kept, tries
from tests.fuzz.raw import Door, target_of
from tests.fuzz.stock import Stock
from tests.yard import CONTENT, declare_part, part_headers

_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]
_BODIES = [b"", b"{}", b"{", b"[]", b'{"name": "x"}', b'{"state": "destroyed"}', b"\xff"]


@pytest.fixture
def targets(stock: Stock) -> list[str]:
    own = [stock.path_of(kind) for kind in stock.prns]
    lists = [path.rpartition("/")[0] for path in own]
    odd = ["/nowhere", "/artifacts/nothing", "/artifacts?search=x", "/artifacts?page=x&limit=0"]
    parts = [f"{stock.path_of('binary')}/{rest}" for rest in ("parts", "parts/1", "download_url")]
    return [*own, *lists, *odd, *parts, "/users/me"]


@tries(150)
@given(data=st.data())
def test_every_request_is_put_off_or_refused(
    stock: Stock, door: Door, targets: list[str], data: st.DataObject
) -> None:
    method = data.draw(st.sampled_from(_METHODS))
    target = data.draw(st.sampled_from(targets))
    body = data.draw(st.sampled_from(_BODIES))
    word = data.draw(st.sampled_from([b"Bearer ", b"Token ", b"Basic ", b""]))
    key = data.draw(st.sampled_from([stock.key.partition(b" ")[2], b"unknown", b"\xff", b""]))
    headers = [(b"authorization", word + key), (b"content-type", b"application/json")]

    with database_away(stock.yard):
        answer = door.ask(method, target, headers, [body])

    if answer.status == 503:
        assert_away(answer)
    else:
        assert_kept(answer)
        # Without a key nobody has to be asked; nor where there is no such route.
        assert answer.status in {403, 404, 405}, answer


@tries(30)
@given(query=st.sampled_from(["", "x=1", "generation=2"]), cut=st.integers(0, len(CONTENT)))
def test_a_part_is_put_off_and_taken_afterwards(
    stock: Stock, door: Door, query: str, cut: int
) -> None:
    link = target_of(declare_part(stock.yard.api, stock.uploading(), 1, CONTENT))
    sent = {**part_headers(CONTENT), "content-length": str(len(CONTENT))}
    headers = [(name.encode(), value.encode()) for name, value in sent.items()]

    with database_away(stock.yard):
        forged = door.ask("PUT", f"{link}&{query}", headers, [CONTENT])
        put_off = door.ask("PUT", link, headers, [CONTENT[:cut], CONTENT[cut:]])
    taken = door.ask("PUT", link, headers, [CONTENT])

    assert_away(put_off)
    assert forged.status in {403, 503}
    assert taken.status == 200
