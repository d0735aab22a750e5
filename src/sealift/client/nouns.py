"""What some nouns have of their own, beside what all collections have."""

from sealift.client.collections import (
    Collection,
    Creatable,
    Deletable,
    New,
    Record,
    listed,
    shaped,
)
from sealift.client.connection import path
from sealift.wire.admin import (
    Binary,
    BinaryChanges,
    BinaryPart,
    BinaryPartToSend,
    NewBinary,
    NewBinaryPart,
)


class Signatures(Creatable[Record, New], Deletable[Record]):
    """They are read with what they sign."""


class Binaries(Collection[Binary, NewBinary, BinaryChanges]):
    def parts(self, prn: str) -> list[BinaryPart]:
        """All of them, by index."""
        answer = self._connection.call("GET", path(self._many, prn, "parts"))
        return [shaped(BinaryPart, each) for each in listed(answer, "binary_parts")]

    def declare_part(self, prn: str, index: int, part: NewBinaryPart) -> BinaryPartToSend:
        """Announce a part, or announce it anew: earlier links to it die."""
        body = part.model_dump(mode="json")
        answer = self._connection.call("PUT", path(self._many, prn, "parts", index), body=body)
        return shaped(BinaryPartToSend, answer.get("binary_part"))

    def download_url(self, prn: str) -> str:
        answer = self._connection.call("GET", path(self._many, prn, "download_url"))
        return str(answer.get("download_url"))
