# The part of Huey that Sealift uses; Huey itself carries no types.
from collections.abc import Callable
from typing import Any, Literal

from huey.serializer import Serializer

class Consumer:
    def run(self) -> None: ...

class Huey:
    def task(
        self, retries: int = 0, retry_delay: int = 0, *, context: bool = False, name: str = ""
    ) -> Callable[[Callable[..., None]], Callable[..., object]]: ...
    def create_consumer(
        self,
        *,
        workers: int,
        periodic: bool,
        initial_delay: float,
        max_delay: float,
        shutdown_timeout: float,
        graceful_signal: Literal["INT", "TERM"],
    ) -> Consumer: ...
    def pending_count(self) -> int: ...
    def execute(self, task: Any) -> object: ...
    def dequeue(self) -> Any: ...

class SqliteHuey(Huey):
    def __init__(
        self, name: str, *, filename: str, serializer: Serializer, results: bool
    ) -> None: ...

class PostgresHuey(Huey):
    def __init__(self, name: str, *, dsn: str, serializer: Serializer, results: bool) -> None: ...
