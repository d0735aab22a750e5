"""A barrier that is left out: a part is called valid before its bytes are durable."""

from sealift.content.disk import DiskWriter


def _nothing(self: DiskWriter) -> None:  # noqa: ARG001 - it takes the place of a method
    return


DiskWriter.sync = _nothing
