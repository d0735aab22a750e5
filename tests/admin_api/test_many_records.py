"""A hundred thousand binaries are searched in the blink of an eye, and no store is asked."""

import time
from typing import Any

from sqlalchemy import text

from tests.yard import Yard, a_version

NUMBER = 100_000
BUDGET = 0.5  # seconds, for the best of three tries on whatever machine this is
STATES = ["signed", "destroyed", "hashing", "uploadable"]  # one in four each

# The same rows in both dialects; only what makes an id and a hash of a number differs.
_ROWS = """
INSERT INTO binaries (id, organization_id, artifact_version_id, target, hash, size, state,
                      description, revision, attempt, inserted_at, updated_at)
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :number)
SELECT {id}, {organization}, {version}, 'target-' || n, {hash}, n,
       CASE n % 4 WHEN 0 THEN 'signed' WHEN 1 THEN 'destroyed' WHEN 2 THEN 'hashing'
                  ELSE 'uploadable' END,
       'number ' || n, 0, 1, 1700000000000000 + n, 1700000000000000 + n
FROM numbers
"""
_DIALECTS = {
    "sqlite": {"id": "printf('%032x', n)", "hash": "printf('%064x', n)"},
    "postgresql": {
        "id": "CAST(lpad(to_hex(n), 32, '0') AS uuid)",
        "hash": "lpad(to_hex(n), 64, '0')",
    },
}


def _fill(yard: Yard, version: str, number: int = NUMBER) -> None:
    dialect = yard.system.records.engine.dialect.name
    _, _, organization_id, _, version_id = version.split(":")
    ids = {"organization": organization_id, "version": version_id}
    if dialect == "sqlite":
        ids = {name: value.replace("-", "") for name, value in ids.items()}
    quoted = {name: f"'{value}'" for name, value in ids.items()}
    if dialect == "postgresql":
        quoted = {name: f"CAST({value} AS uuid)" for name, value in quoted.items()}
    with yard.system.records.write(None) as tx:
        statement = _ROWS.format(**quoted, **_DIALECTS[dialect])
        tx.connection.execute(text(statement), {"number": number})
        tx.connection.execute(text("ANALYZE"))


def _searched(yard: Yard, search: str, **query: str | int) -> tuple[list[dict[str, Any]], float]:
    """What is found, and the seconds that the quickest of three tries took."""
    took: list[float] = []
    found: list[dict[str, Any]] = []
    for _ in range(3):
        begun = time.perf_counter()
        answer = yard.api.get("/binaries", params={"search": search, **query})
        took.append(time.perf_counter() - begun)
        assert answer.status_code == 200, answer.text
        found = answer.json()["binaries"]
    return found, min(took)


def test_searching_a_hundred_thousand_records_is_quick_and_asks_no_store(yard: Yard) -> None:
    version, empty = a_version(yard.api), a_version(yard.api, "other")
    _fill(yard, version)
    yard.store.calls.clear()
    middle = NUMBER // 2
    searches = {
        f"artifact_version_prn:'{version}'": 10,
        f"artifact_version_prn:'{empty}'": 0,
        f"artifact_version_prn:'{version}' and target:'target-{middle}'": 1,
        f"target:'target-{middle}'": 1,
        "target:'nowhere'": 0,
        f"target~'arget-{middle}'": 1,
        "state:hashing": 10,
        "state:signable": 0,
        f"state:signed and artifact_version_prn:'{version}'": 10,
        f"hash:'{middle:064x}'": 1,
        f"hash:'{'f' * 64}'": 0,
        f"size>={NUMBER - 1}": 2,
        "inserted_at<'2023-11-14T22:13:20.000003Z'": 2,
    }

    for search, number in searches.items():
        found, took = _searched(yard, search)

        assert len(found) == number, search
        assert took < BUDGET, (search, took)
    assert not yard.store.calls


def test_the_last_page_is_as_quick_as_the_first(yard: Yard) -> None:
    _fill(yard, a_version(yard.api), 20_000)
    deep = "inserted_at<='2023-11-14T22:13:20.000200Z'"
    cursor = yard.api.get("/binaries", params={"limit": 100, "search": deep}).json()["next_page"]

    found, took = _searched(yard, "size>0", limit=99, page=cursor)

    assert [each["size"] for each in found] == list(range(100, 1, -1))
    assert took < BUDGET
