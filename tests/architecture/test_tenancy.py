"""Statements on a tenant's rows are built in one place, which adds the organization to them."""

import ast
from collections.abc import Iterator
from pathlib import Path

from sealift.records.tables import metadata
from tests.architecture.sources import ROOT, place, python_files

RECORDS = ROOT / "src" / "sealift" / "records"
# Who is named here builds statements by itself, for a reason.
FREE = {
    "transaction.py": "the one place",
    "accounts.py": "who comes with a key has no organization before the key is looked up",
    "generations.py": "each organization is a row of its own, and tells nothing but a number",
    "secrets.py": "keys for links and cursors belong to all servers, not to a tenant",
    "condition.py": "asks a database how it is, and no table anything",
    "tallies.py": "totals are of all tenants",
    "audit.py": "adds lines for the server's own work as well, which has no organization",
    "base.py": "conditions of indexes are text, and no statement",
    "migrate.py": "takes a lock; it knows no tenant's table",
    "sqlite.py": "begins transactions",
    "text_index.py": "makes an index of all tenants' texts, which knows whose each is",
}
# Parts of a statement that is confined already: each refers to rows of that one.
CORRELATED = {
    ("pages.py", "_through_candidates"),
    ("substrings.py", "nearest_first"),
    ("keys.py", "_of_the_key"),
    ("unfinished.py", "abandoned"),
}
BUILDERS = {"select", "insert", "update", "delete", "exists", "text", "union", "union_all"}
OWN_BUILDERS = {"insert", "select", "update", "delete"}  # of a table: table.delete()
DRIVERS_OWN = {"exec_driver_sql"}


def _record_files() -> list[Path]:
    return [path for path in python_files("src/sealift/records") if "migrations" not in path.parts]


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Every statement of a module with the name of the function around it, or of none."""
    for node in tree.body:
        yield getattr(node, "name", ""), node


def _is_a_builder(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name in BUILDERS
        case ast.Call(func=ast.Attribute(value=ast.Name(id="tx"))):
            return False  # the one place
        case ast.Call(func=ast.Attribute(value=ast.Name(id="sqlalchemy" | "sa"), attr=name)):
            return name in BUILDERS
        case ast.Call(func=ast.Attribute(attr=name), args=[]):
            return name in OWN_BUILDERS
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in DRIVERS_OWN
        case _:
            return False


def _built(path: Path) -> Iterator[tuple[str, str]]:
    """Where statements are built without a transaction: the place, and the function there."""
    for function, node in _functions(ast.parse(path.read_text())):
        for inner in ast.walk(node):
            if _is_a_builder(inner) and isinstance(inner, ast.Call):
                yield place(path, inner.lineno), function


def test_statements_on_tenants_rows_are_built_by_a_transaction_only() -> None:
    wrong = [
        where
        for path in _record_files()
        if path.name not in FREE
        for where, function in _built(path)
        if (path.name, function) not in CORRELATED
    ]

    assert wrong == []


def test_the_exceptions_are_still_needed() -> None:
    built = {(path.name, function) for path in _record_files() for _, function in _built(path)}

    assert built >= CORRELATED
    assert {name for name, _ in built} >= set(FREE)


def test_only_records_and_their_own_actions_build_statements() -> None:
    """An action may name a column in a condition; it never builds the statement around it."""
    others = [path for path in python_files("src/sealift") if RECORDS not in path.parents]

    importing = [
        place(path, node.lineno)
        for path in others
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        if {alias.name for alias in node.names} & BUILDERS
    ]

    assert importing == []


def test_every_table_is_a_tenants_or_says_why_not() -> None:
    without = {name for name, table in metadata.tables.items() if "organization_id" not in table.c}

    # An organization is itself; users may be in several; secrets and totals are the servers' own.
    assert without == {"organizations", "users", "secrets", "device_checks", "verifications"}
