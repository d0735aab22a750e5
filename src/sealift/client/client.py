"""The Admin API as Python: one collection per noun, answers as the wire's own models.

    with Client("http://127.0.0.1:8000", api_key) as client:
        kernel = client.artifacts.create(NewArtifact(name="kernel"))
        for binary in client.binaries.all(search="state:'signed'"):
            print(binary.prn)

What the server refuses is raised as the refusal it is (`sealift.domain.errors`). A client
may be shared by threads.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Generic, TypeVar, cast

from pydantic import BaseModel, ValidationError

from sealift.client.connection import Connection, path
from sealift.client.problems import Json
from sealift.domain.errors import Unavailable
from sealift.wire.admin import (
    Artifact,
    ArtifactChanges,
    ArtifactVersion,
    ArtifactVersionChanges,
    Binary,
    BinaryChanges,
    BinaryPart,
    BinaryPartToSend,
    BinarySignature,
    NewArtifact,
    NewArtifactVersion,
    NewBinary,
    NewBinaryPart,
    NewBinarySignature,
    NewSigningKey,
    SigningKey,
    SigningKeyChanges,
    User,
)

_Model = TypeVar("_Model", bound=BaseModel)
Record = TypeVar("Record", bound=BaseModel)
New = TypeVar("New", bound=BaseModel)
Changes = TypeVar("Changes", bound=BaseModel)


class Listed(Generic[Record, New]):
    """What can be created, listed and deleted."""

    def __init__(self, connection: Connection, one: str, many: str, shape: type[Record]) -> None:
        self._connection = connection
        self._one = one
        self._many = many
        self._shape = shape

    def create(self, new: New) -> Record:
        body = new.model_dump(mode="json", exclude_unset=True)
        return self._record(self._connection.call("POST", f"/{self._many}", body=body))

    def page(
        self,
        *,
        search: str | None = None,
        limit: int | None = None,
        order: str | None = None,
        page: str | None = None,
    ) -> tuple[list[Record], str | None]:
        """One page of records, and the cursor of the next page or None."""
        asked = {"search": search, "limit": limit, "order": order, "page": page}
        params = {name: value for name, value in asked.items() if value is not None}
        answer = self._connection.call("GET", f"/{self._many}", params=params)
        return self._shaped(answer), cast("str | None", answer.get("next_page"))

    def all(self, *, search: str | None = None, order: str | None = None) -> Iterator[Record]:
        """Every record that matches, fetched page by page as they are asked for."""
        asked = {"search": search, "order": order}
        params = {name: value for name, value in asked.items() if value is not None}
        for answer in self._connection.pages(f"/{self._many}", params):
            yield from self._shaped(answer)

    def delete(self, prn: str) -> None:
        self._connection.call("DELETE", path(self._many, prn))

    def _shaped(self, answer: Json) -> list[Record]:
        return [shaped(self._shape, each) for each in _list(answer, self._many)]

    def _record(self, answer: Json) -> Record:
        return shaped(self._shape, answer.get(self._one))


class Collection(Listed[Record, New], Generic[Record, New, Changes]):
    """What can also be looked up by its name and changed."""

    def get(self, prn: str) -> Record:
        return self._record(self._connection.call("GET", path(self._many, prn)))

    def change(self, prn: str, changes: Changes) -> Record:
        """Only the fields that were set are sent; None clears one."""
        body = changes.model_dump(mode="json", exclude_unset=True)
        return self._record(self._connection.call("PATCH", path(self._many, prn), body=body))


class Binaries(Collection[Binary, NewBinary, BinaryChanges]):
    def parts(self, prn: str) -> list[BinaryPart]:
        """All of them, by index."""
        answer = self._connection.call("GET", path(self._many, prn, "parts"))
        return [shaped(BinaryPart, each) for each in _list(answer, "binary_parts")]

    def declare_part(self, prn: str, index: int, part: NewBinaryPart) -> BinaryPartToSend:
        """Announce a part, or announce it anew: earlier links to it die."""
        body = part.model_dump(mode="json")
        answer = self._connection.call("PUT", path(self._many, prn, "parts", index), body=body)
        return shaped(BinaryPartToSend, answer.get("binary_part"))

    def download_url(self, prn: str) -> str:
        answer = self._connection.call("GET", path(self._many, prn, "download_url"))
        return str(answer.get("download_url"))


class Client(Connection):
    """A connection that knows the nouns. `call` remains the way to what has no method here."""

    @cached_property
    def artifacts(self) -> Collection[Artifact, NewArtifact, ArtifactChanges]:
        return Collection(self, "artifact", "artifacts", Artifact)

    @cached_property
    def artifact_versions(
        self,
    ) -> Collection[ArtifactVersion, NewArtifactVersion, ArtifactVersionChanges]:
        return Collection(self, "artifact_version", "artifact_versions", ArtifactVersion)

    @cached_property
    def binaries(self) -> Binaries:
        return Binaries(self, "binary", "binaries", Binary)

    @cached_property
    def binary_signatures(self) -> Listed[BinarySignature, NewBinarySignature]:
        return Listed(self, "binary_signature", "binary_signatures", BinarySignature)

    @cached_property
    def signing_keys(self) -> Collection[SigningKey, NewSigningKey, SigningKeyChanges]:
        return Collection(self, "signing_key", "signing_keys", SigningKey)

    def me(self) -> User:
        return shaped(User, self.call("GET", "/users/me").get("data"))


def shaped(shape: type[_Model], value: object) -> _Model:
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        message = f"the server's answer is no {shape.__name__}: is it newer than this client?"
        raise Unavailable(message) from error


def _list(answer: Json, many: str) -> list[object]:
    found = answer.get(many)
    if not isinstance(found, list):
        raise Unavailable(f"the server's answer has no {many}: is it newer than this client?")
    return cast("list[object]", found)
