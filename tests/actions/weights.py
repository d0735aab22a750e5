"""Which calls are made how often, and with what.

Rules of Hypothesis have no weights, and most examples would do without most of them; so a
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
Step = tuple[str, dict[str, Any]]


class Calls:
    """Those of one machine; `steps` draws one of them, with its arguments."""

    def __init__(self) -> None:
        self._weighted: list[SearchStrategy[Step]] = []
        self.steps = deferred(lambda: sampled_from(self._weighted).flatmap(lambda step: step))

    def call(self, weight: int, **arguments: SearchStrategy[Any]) -> Callable[[_Method], _Method]:
        """The method is one of the machine's calls, made with such arguments."""

        def note(method: _Method) -> _Method:
            step = tuples(just(method.__name__), fixed_dictionaries(arguments))
            self._weighted.extend([step] * weight)
            return method

        return note
