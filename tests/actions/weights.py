"""Which calls are made how often, and with what.

Rules of Hypothesis have no weights, and most examples would do without most of them; so the
machine has one rule, which makes any of the calls noted here.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis.strategies import (
    SearchStrategy,
    deferred,
    fixed_dictionaries,
    just,
    sampled_from,
    tuples,
)

_Method = TypeVar("_Method", bound=Callable[..., None])
_weighted: list[SearchStrategy[tuple[str, dict[str, Any]]]] = []

steps = deferred(lambda: sampled_from(_weighted).flatmap(lambda step: step))


def call(weight: int, **arguments: SearchStrategy[Any]) -> Callable[[_Method], _Method]:
    """The method is one of the machine's calls, made with such arguments."""

    def note(method: _Method) -> _Method:
        step = tuples(just(method.__name__), fixed_dictionaries(arguments))
        _weighted.extend([step] * weight)
        return method

    return note
