"""Collections: what can be done with the records of a noun, answers as the wire's own models."""

from collections.abc import Iterator
from typing import Generic, TypeVar, cast

from pydantic import BaseModel, ValidationError

from sealift.client.connection import Connection, path
from sealift.client.problems import Json
from sealift.domain.errors import Unavailable

_Model = TypeVar("_Model", bound=BaseModel)
Record = TypeVar("Record", bound=BaseModel)
New = TypeVar("New", bound=BaseModel)
Changes = TypeVar("Changes", bound=BaseModel)


class Listed(Generic[Record]):
    def __init__(self, connection: Connection, one: str, many: str, shape: type[Record]) -> None:
        self._connection = connection
        self._one = one
        self._many = many
        self._shape = shape

    def page(
        self,
        *,
        search: str | None = None,
        limit: int | None = None,
        order: str | None = None,
        page: str | None = None,
        **asked: str | None,
    ) -> tuple[list[Record], str | None]:
        """One page of records, and the cursor of the next page or None.

        What else is `asked` are parameters that only some lists have.
        """
        params = _given(search=search, limit=limit, order=order, page=page, **asked)
        answer = self._connection.call("GET", f"/{self._many}", params=params)
        return self._shaped(answer), cast("str | None", answer.get("next_page"))

    def all(
        self, *, search: str | None = None, order: str | None = None, **asked: str | None
    ) -> Iterator[Record]:
        """Every record that matches, fetched page by page as they are asked for."""
        params = _given(search=search, order=order, **asked)
        for answer in self._connection.pages(f"/{self._many}", params):
            yield from self._shaped(answer)

    def _shaped(self, answer: Json) -> list[Record]:
        return [shaped(self._shape, each) for each in listed(answer, self._many)]

    def _record(self, answer: Json) -> Record:
        return shaped(self._shape, answer.get(self._one))


class Creatable(Listed[Record], Generic[Record, New]):
    def create(self, new: New) -> Record:
        body = new.model_dump(mode="json", exclude_unset=True)
        return self._record(self._connection.call("POST", f"/{self._many}", body=body))


class Readable(Listed[Record]):
    def get(self, prn: str) -> Record:
        return self._record(self._connection.call("GET", path(self._many, prn)))


class Changeable(Listed[Record], Generic[Record, Changes]):
    def change(self, prn: str, changes: Changes) -> Record:
        """Only the fields that were set are sent; None clears one."""
        body = changes.model_dump(mode="json", exclude_unset=True)
        return self._record(self._connection.call("PATCH", path(self._many, prn), body=body))


class Deletable(Listed[Record]):
    def delete(self, prn: str) -> None:
        self._connection.call("DELETE", path(self._many, prn))


class Lasting(
    Creatable[Record, New],
    Readable[Record],
    Changeable[Record, Changes],
    Generic[Record, New, Changes],
):
    """What is never deleted."""


class Fixed(Creatable[Record, New], Readable[Record], Deletable[Record], Generic[Record, New]):
    """What is never changed."""


class Collection(Lasting[Record, New, Changes], Deletable[Record], Generic[Record, New, Changes]):
    """What has a whole life."""


def _given(**asked: str | int | None) -> dict[str, str | int]:
    return {name: value for name, value in asked.items() if value is not None}


def shaped(shape: type[_Model], value: object) -> _Model:
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        message = f"the server's answer is no {shape.__name__}: is it newer than this client?"
        raise Unavailable(message) from error


def listed(answer: Json, many: str) -> list[object]:
    found = answer.get(many)
    if not isinstance(found, list):
        raise Unavailable(f"the server's answer has no {many}: is it newer than this client?")
    return cast("list[object]", found)
