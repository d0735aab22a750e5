"""What every answer keeps to, whatever was asked."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from hypothesis import HealthCheck, settings

# The suite tries the same requests each time; whoever names a number tries that many new ones.
_EXAMPLES: Final = os.environ.get("SEALIFT_TEST_EXAMPLES")
IS_REPEATABLE: Final = _EXAMPLES is None

_UNWORRIED: Final = [
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.function_scoped_fixture,  # one system serves all examples
    HealthCheck.large_base_example,
    HealthCheck.too_slow,
]
_DETAIL_ONLY: Final = {400, 404, 405, 408, 413, 429, 503}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is the same in the answers of all clients' libraries."""

    status: int
    headers: Mapping[str, str]  # by names in lowercase
    content: bytes
    to: str = "GET"  # the method


def tries(examples: int) -> settings:
    """For a test that has time for so many `examples` in the suite."""
    return settings(
        max_examples=int(_EXAMPLES or examples),
        derandomize=IS_REPEATABLE,
        deadline=None,
        suppress_health_check=_UNWORRIED,
    )


def assert_kept(answer: Answer) -> None:
    """No fault of ours, and a refusal looks like one. 503 is for who took something away."""
    assert answer.status < 500, answer
    assert len(answer.headers["peridio-request-id"]) == 20, answer
    if answer.status == 204:
        assert not answer.content, answer
    elif answer.status >= 400 and answer.to != "HEAD":
        assert_refusal(answer)


def assert_refusal(answer: Answer) -> None:
    assert answer.headers["content-type"] == "application/json", answer
    refusal = json.loads(answer.content)
    if answer.status == 403:
        assert refusal == {"status": "forbidden"}
        return
    errors: dict[str, Any] = refusal["errors"]
    if isinstance(errors.get("detail"), str):
        assert list(errors) == ["detail"], answer
        return
    assert answer.status not in _DETAIL_ONLY, answer
    assert errors, answer
    for texts in errors.values():
        assert isinstance(texts, list), answer
        assert {type(text) for text in cast("list[object]", texts)} == {str}, answer


def assert_away(answer: Answer) -> None:
    """The answer of a system whose database is away."""
    assert answer.status == 503, answer
    assert int(answer.headers["retry-after"]) > 0
    assert_refusal(answer)
