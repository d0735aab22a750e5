"""What a long piece of work tells whoever watches it."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeAlias

Advance: TypeAlias = Callable[[int], None]


class Progress(Protocol):
    def note(self, text: str) -> None:
        """One thing that happened, said once."""
        ...

    def bar(self, label: str, total: int | None) -> AbstractContextManager[Advance]:
        """Work measured in bytes, or of unknown length. Threads may advance it, backwards too."""
        ...


class Unwatched:
    """Nobody looks."""

    def note(self, text: str) -> None:
        pass

    @contextmanager
    def bar(self, label: str, total: int | None) -> Generator[Advance]:
        del label, total
        yield lambda _: None
