"""Requests made from nothing but the served document, right and wrong, are answered as it says.

`SEALIFT_TEST_EXAMPLES=500` tries for longer than the suite has time to.
"""

import zlib
from typing import Any, cast

import pytest

from tests.fuzz.document import OPERATIONS, Case, Operation, ask, for_every_operation
from tests.fuzz.promises import Answer, assert_kept, tries
from tests.fuzz.stock import LARGEST_KIND, Stock
from tests.yard import BASE_URL


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_operation_succeeds_with_what_is_in_stock(operation: Operation, stock: Stock) -> None:
    """Else nothing that is tried at random could: put into the stock what it needs."""
    answers: list[Answer] = []

    for place in range(LARGEST_KIND):
        body = stock.body(operation.route, operation.in_body)
        case = operation.case(stock.path(operation.in_path, place), body)
        answers.append(_asked(case, stock))
        if answers[-1].status < 300:
            return

    pytest.fail(f"every time it was refused: {answers}")


@for_every_operation()
@tries(20)
def test_every_operation_answers_as_documented(case: Case, stock: Stock) -> None:
    _hit_what_is_there(case, stock)

    assert_kept(_asked(case, stock))


def _asked(case: Case, stock: Stock) -> Answer:
    headers = {"authorization": stock.key.decode()}
    answer = ask(case, headers, BASE_URL, stock.yard.api.app)
    stock.used(case.method, case.formatted_path, answer.status, case.body)
    return answer


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
    values = stock.fitting(case.path)
    for name in sorted(body.keys() & values.keys()):
        fitting = {**body, name: values[name]}
        # What is wrong stays wrong.
        if shape is not None and shape.is_valid(fitting) == shape.is_valid(body):
            body = fitting
    case.body = body
