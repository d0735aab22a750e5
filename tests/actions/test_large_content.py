"""Content larger than any memory: more than 5 GiB verified, and a large part taken in.

The database plays no part in that, so it is SQLite only. The 5 GiB are holes in a file.
"""

import asyncio
import os
import resource
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from sealift.domain.parts import PartState
from sealift.records.tables import binary_parts
from tests.content_api.line import put_unheld
from tests.life import download_link, id_of, part_states
from tests.shelves import a_disk_shelf
from tests.yard import Yard, a_binary, a_version, a_yard, copy_sqlite, patch, see

MIB = 1024**2
GIB = 1024**3
MIB_OF_ZEROS = bytes(MIB)
TAIL = b"x" * 100

ZEROS_256_MIB = "a6d72ac7690f53be6ae46ba88506bd97302a093f7108472bd9efc3cefda06484"
ZEROS_1_GIB = "49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14"
ZEROS_5_GIB_AND_TAIL = "29c44abc5b6e5dddc467b6605822429d27a78b73fc4f4feca87d3c43a92d3be7"
TAIL_ALONE = "09ecb6ebc8bcefc733f6f2ec44f791abeed6a99edf0cc31519637898aebd52d8"


@pytest.fixture
def quiet_yard(sqlite_template: Path, tmp_path: Path) -> Iterator[Yard]:
    url = copy_sqlite(sqlite_template, tmp_path / "records.sqlite3")
    with a_yard(url, a_disk_shelf(tmp_path / "content")) as made:
        yield made


def most_memory() -> int:
    """The most bytes this process has ever had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def declare(yard: Yard, prn: str, index: int, size: int, digest: str, whole: int) -> str:
    body = {"expected_binary_size": whole, "size": size, "hash": digest}
    answer = yard.api.put(f"/binaries/{prn}/parts/{index}", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["binary_part"]["presigned_upload_url"]


def pretend_to_receive(yard: Yard, prn: str, size: int, tail: bytes) -> None:
    """Holes where zeros would have arrived; the parts are as if their bytes had come."""
    (arriving,) = [path for path in yard.disk.files() if path.name == "arriving"]
    os.truncate(arriving, size)
    with arriving.open("r+b") as file:
        file.seek(size - len(tail))
        file.write(tail)
    with yard.system.records.write(None) as tx:
        statement = update(binary_parts).where(binary_parts.c.binary_id == id_of({"prn": prn}))
        values = {"state": PartState.VALID, "reported": "sha256:" + binary_parts.c.hash}
        tx.connection.execute(statement.values(**values))


@pytest.mark.timeout(300)
def test_more_than_five_gibibytes_are_verified_in_little_memory(quiet_yard: Yard) -> None:
    yard, size = quiet_yard, 5 * GIB + len(TAIL)
    version = a_version(yard.api)
    prn = a_binary(yard.api, version, hash=ZEROS_5_GIB_AND_TAIL, size=size)["prn"]
    for index in range(1, 6):
        declare(yard, prn, index, GIB, ZEROS_1_GIB, size)
    declare(yard, prn, 6, len(TAIL), TAIL_ALONE, size)
    pretend_to_receive(yard, prn, size, TAIL)
    before = most_memory()

    for state in ("hashable", "hashing"):
        assert patch(yard.api, {"prn": prn}, state=state).status_code == 200
    yard.work()

    seen = see(yard.api, {"prn": prn})
    assert (seen["state"], seen["bytes_uploaded"]) == ("signable", size)
    assert yard.store.bytes_read == size
    assert most_memory() - before < 32 * MIB
    headers = {"range": f"bytes={5 * GIB - 2}-"}
    end = yard.anybody.get(download_link(yard, seen), headers=headers)
    assert end.content == b"\0\0" + TAIL
    assert end.headers["content-range"] == f"bytes {5 * GIB - 2}-{size - 1}/{size}"


def test_a_large_part_is_never_held_whole_in_memory(quiet_yard: Yard) -> None:
    yard, size = quiet_yard, 256 * MIB
    binary = a_binary(yard.api, a_version(yard.api), hash=ZEROS_256_MIB, size=size)
    link = declare(yard, binary["prn"], 1, size, ZEROS_256_MIB, size)

    async def zeros() -> AsyncIterator[bytes | None]:
        for _ in range(size // MIB):
            yield MIB_OF_ZEROS

    before = most_memory()
    status = asyncio.run(put_unheld(yard.anybody.app, link, ZEROS_256_MIB, size, zeros()))

    assert status == 200
    assert part_states(yard, binary) == {1: "valid"}
    assert most_memory() - before < 32 * MIB
