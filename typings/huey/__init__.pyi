# The part of Huey that Sealift uses; Huey itself carries no types.
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from huey.serializer import Serializer

class Storage:
    def enqueue(self, data: bytes) -> None: ...
    def enqueued_items(self) -> list[bytes]: ...
    def close(self) -> bool: ...

class Consumer:
    def run(self) -> None: ...

class Huey:
    storage: Storage
    def task(
        self,
        retries: int = 0,
        retry_delay: int = 0,
        *,
        retry_backoff: int = 0,
        context: bool = False,
        name: str = "",
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
    def scheduled_count(self) -> int: ...
    def scheduled(self) -> list[Any]: ...
    def read_schedule(self, timestamp: datetime) -> list[Any]: ...
    def enqueue(self, task: Any) -> object: ...
    def execute(self, task: Any, timestamp: datetime | None = None) -> object: ...
    def dequeue(self) -> Any: ...

class SqliteHuey(Huey):
    def __init__(
        self,
        name: str,
        *,
        filename: str,
        serializer: Serializer,
        results: bool,
        create_tables: bool,
        timeout: float,
    ) -> None: ...

class PostgresHuey(Huey):
    def __init__(
        self, name: str, *, dsn: str, serializer: Serializer, results: bool, create_tables: bool
    ) -> None: ...
