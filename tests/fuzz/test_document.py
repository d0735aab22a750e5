"""Requests made from nothing but the served document, right and wrong, are answered as it says.

`SEALIFT_TEST_EXAMPLES=500` tries for longer than the suite has time to.
"""

import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

import pytest

from tests.fuzz.document import Case, ask, for_every_operation
from tests.fuzz.promises import assert_kept, tries
from tests.fuzz.stock import Stock
from tests.yard import BASE_URL


@pytest.fixture
def statuses() -> Iterator[Counter[int]]:
    """Of all answers that a test got; if none is a success, nothing was tried."""
    seen: Counter[int] = Counter()
    yield seen
    assert any(status < 300 for status in seen), seen


@for_every_operation()
@tries(20)
def test_every_operation_answers_as_documented(
    case: Case, stock: Stock, statuses: Counter[int]
) -> None:
    _hit_what_is_there(case, stock)

    headers = {"authorization": stock.key.decode()}
    answer = ask(case, headers, BASE_URL, stock.yard.api.app)

    assert_kept(answer)
    statuses[answer.status] += 1
    stock.used(case.method, case.formatted_path, answer.status, case.body)


def _hit_what_is_there(case: Any, stock: Stock) -> None:  # noqa: ANN401 - of an operation that is
    """Put what exists in most places; where follows from the case, so that it can be repeated."""
    seed = zlib.crc32(repr(case).encode(errors="replace"))
    for name, given in case.path_parameters.items():
        among = [*stock.prns.get(name.removesuffix("_prn"), []), given]
        case.path_parameters[name] = among[seed % len(among)]
    if case.media_type is None or not isinstance(case.body, dict) or seed % 4 == 0:
        return
    shape = case.operation.get_body_for_media_type(case.media_type)
    body = cast("dict[str, Any]", case.body)
    for name in sorted(body.keys() & stock.values.keys()):
        fitting = {**body, name: stock.values[name]}
        # What is wrong stays wrong.
        if shape is not None and shape.is_valid(fitting) == shape.is_valid(body):
            body = fitting
    case.body = body
