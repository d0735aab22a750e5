"""The job queue: Huey, on a SQLite file of its own or in PostgreSQL.

Messages are JSON: a queue that can be written to must not be able to run code. A job is
only a hint, so the queue's file needs no durability beyond Huey's own.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from huey import Huey, PostgresHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer
from psycopg import OperationalError
from sqlalchemy.engine import make_url

from sealift.domain.errors import RecordsUnavailable
from sealift.records.sqlite import make_private

_NAME: Final = "sealift"
_BUSY_SECONDS: Final = 2  # a queue that answers later is as good as none: the sweep is there


class JsonSerializer(Serializer):
    """A message is a named tuple of plain values; a time in it is when to try again."""

    def _serialize(self, data: Message) -> bytes:
        return json.dumps(data, default=_time_out).encode()

    def _deserialize(self, data: bytes) -> Message:
        return Message(*json.loads(data, object_hook=_time_in))


def _time_out(value: object) -> dict[str, str]:
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    raise TypeError(f"a job cannot carry {type(value).__name__}")


def _time_in(value: dict[str, Any]) -> object:
    return datetime.fromisoformat(value["time"]) if value.keys() == {"time"} else value


def queue(database: str, folder: Path, *, create: bool) -> Huey:
    """The queue beside the records: in the same PostgreSQL, or in a file of the data folder.

    Only who may `create` its tables needs the database to be there now.
    """
    serializer = JsonSerializer()
    if database.startswith("sqlite"):
        path = folder / "queue.sqlite3"
        make_private(path)
        return SqliteHuey(
            _NAME,
            filename=str(path),
            serializer=serializer,
            results=False,
            create_tables=create,
            timeout=_BUSY_SECONDS,
        )
    url = make_url(database).set(drivername="postgresql")
    if "connect_timeout" not in url.query:
        url = url.update_query_dict({"connect_timeout": str(_BUSY_SECONDS)})
    dsn = url.render_as_string(hide_password=False)
    try:
        return PostgresHuey(
            _NAME, dsn=dsn, serializer=serializer, results=False, create_tables=create
        )
    except OperationalError as error:
        raise RecordsUnavailable(f"the database does not answer: {error}") from error
