"""The commands that every noun has in the same way: list, get, delete."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, TypeAlias, cast

import typer

from sealift.cli import session
from sealift.cli.config import Json
from sealift.cli.options import checked_prn, given, in_words
from sealift.cli.output import emit
from sealift.cli.session import Session
from sealift.domain.names import Kind


class Order(StrEnum):
    NEWEST_FIRST = "desc"
    OLDEST_FIRST = "asc"


Limit: TypeAlias = Annotated[
    int | None, typer.Option("--limit", min=1, max=100, metavar="N", help="Records per page.")
]
Sort: TypeAlias = Annotated[
    Order | None,
    typer.Option("--order", help="By time of creation; desc is newest first."),
]
Search: TypeAlias = Annotated[
    str | None,
    typer.Option("--search", metavar="QUERY", help="Only what matches; see the examples."),
]
PageCursor: TypeAlias = Annotated[
    str | None,
    typer.Option("--page", metavar="CURSOR", help="The next_page of the answer before."),
]
All: TypeAlias = Annotated[bool, typer.Option("--all", help="All pages, joined into one list.")]


PrnArgument: TypeAlias = Annotated[str, typer.Argument(metavar="PRN", help="Its PRN.")]


@dataclass(frozen=True, slots=True)
class Noun:
    kind: Kind
    many: str  # in the wire's words, such as artifact_versions
    columns: tuple[str, ...]
    search: str  # an example worth copying

    @property
    def group(self) -> str:
        return self.many.replace("_", "-")

    @property
    def title(self) -> str:
        return in_words(self.kind)

    @property
    def address(self) -> str:
        return f"/{self.many}"

    def path(self, prn: str) -> str:
        from sealift.client.connection import path

        return path(self.many, checked_prn(prn, self.kind))


def group(about: str) -> typer.Typer:
    return typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=about)


def create_record(context: typer.Context, noun: Noun, body: Json) -> None:
    current = session.of(context)
    with current.connection() as connection:
        emit(current, connection.call("POST", noun.address, body=body))


def change_record(context: typer.Context, noun: Noun, prn: str, body: Json) -> None:
    current = session.of(context)
    with current.connection() as connection:
        emit(current, connection.call("PATCH", noun.path(prn), body=body))


def add_list(app: typer.Typer, noun: Noun) -> None:
    plural = in_words(noun.many)
    epilog = examples(
        f"sealift {noun.group} list --limit 50",
        f'sealift {noun.group} list --all --search "{noun.search}"',
    )

    @app.command("list", help=f"List {plural}, newest first.", epilog=epilog)
    def _(
        context: typer.Context,
        limit: Limit = None,
        order: Sort = None,
        search: Search = None,
        page: PageCursor = None,
        every: All = False,
    ) -> None:
        asked = given(limit=limit, order=order, search=search, page=page)
        show_list(session.of(context), noun.address, noun, asked, is_whole=every)


def show_list(current: Session, address: str, noun: Noun, asked: Json, *, is_whole: bool) -> None:
    """The page that was asked for, or all of them in one."""
    params = cast("dict[str, str | int]", asked)
    with current.connection() as connection:
        if is_whole:
            answer = _joined(connection.pages(address, params), noun.many)
        else:
            answer = connection.call("GET", address, params=params)
    emit(current, answer, noun.columns)


def _joined(pages: Iterable[Json], many: str) -> Json:
    records = [each for page in pages for each in cast("list[object]", page.get(many, []))]
    return {many: records, "next_page": None}


def add_get(app: typer.Typer, noun: Noun) -> None:
    @app.command("get", help=f"Show one {noun.title}.")
    def _(
        context: typer.Context,
        prn: PrnArgument,
    ) -> None:
        current = session.of(context)
        with current.connection() as connection:
            emit(current, connection.call("GET", noun.path(prn)))


def add_delete(app: typer.Typer, noun: Noun, what: str) -> None:
    @app.command("delete", help=what)
    def _(
        context: typer.Context,
        prn: PrnArgument,
    ) -> None:
        current = session.of(context)
        with current.connection() as connection:
            connection.call("DELETE", noun.path(prn))
        current.note(f"deleted {prn}")


def examples(*lines: str) -> str:
    """An epilog that is not wrapped: that is what the escape at its head asks for."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])
