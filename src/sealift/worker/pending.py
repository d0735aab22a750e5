"""How many jobs are in the queue, for whoever has no queue of his own open."""

from pathlib import Path

from sealift.worker import engine


def count(database: str, folder: Path) -> int:
    queue = engine.queue(database, folder, create=False)
    try:
        return queue.pending_count()
    finally:
        queue.storage.close()
