"""In which order bytes and names get onto the disk, as the kernel was asked for it.

Whatever is told to a client or to the database must survive a loss of power at that very
moment: first the bytes are durable, then the folder that names them, then it is said.
"""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.strace import CALLS, change

_STORE = """
import os
import sys
from pathlib import Path
from sealift.content.disk import DiskStore
from sealift.content.store import PartPlace

disk, key = DiskStore(Path(sys.argv[1])), "key"

def say(text):
    os.write(1, text.encode())

def send(part):
    with disk.receive(key, part) as writer:
        writer.write(b"a" * part.size)
        writer.sync()

disk.prepare()
say("prepared")
disk.open(key)
say("opened")
placed = PartPlace(1, 100, "0" * 64, 0)
send(placed)
say("placed part sent")
if sys.argv[2] == "joined":
    loose = PartPlace(2, 50, "0" * 64)
    send(loose)
    say("loose part sent")
    disk.close(key, "", [placed, loose])
else:
    disk.close(key, "", [placed])
say("closed")
disk.erase(key, "")
say("erased")
"""


def _trace(folder: Path, how: str) -> list[str]:
    """The steps, each a word and names below the folder; "say" is the answer."""
    root, trace = folder / "content", folder / "trace"
    tracing = ["strace", "-f", "-y", "-s", "64", "-o", str(trace)]
    selected = ["-e", f"trace={CALLS}", "-e", "signal=none"]
    program = [sys.executable, "-c", _STORE, str(root), how]
    subprocess.run([*tracing, *selected, *program], check=True, capture_output=True)
    steps = (_step(line, str(folder)) for line in trace.read_text().splitlines())
    return [step for step in steps if step is not None]


def _step(line: str, folder: str) -> str | None:
    _, _, call = line.partition(" ")
    name, _, rest = call.strip().partition("(")
    if said := re.match(r'1<[^>]*>, "([^"]*)"', rest):
        return f"say {said[1]}"
    found = change(name, rest, folder)
    return " ".join([found[0], *found[1]]) if found else None


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return _trace(tmp_path_factory.mktemp("joined"), "joined")


@pytest.fixture(scope="module")
def even(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return _trace(tmp_path_factory.mktemp("even"), "even")


def _between(steps: Sequence[str], first: str | None, last: str) -> list[str]:
    """What was done from one answer to the next."""
    begin = steps.index(f"say {first}") + 1 if first else 0
    return list(steps[begin : steps.index(f"say {last}")])


def test_a_prepared_store_has_its_mark_on_the_disk(even: list[str]) -> None:
    steps = _between(even, None, "prepared")

    assert [step for step in steps if step.startswith(("mkdir", "create", "sync"))] == [
        "mkdir content",
        "sync ",
        "create content/sealift-store",
        "sync content",
    ]


def test_an_opened_upload_has_its_folder_and_its_file_on_the_disk(even: list[str]) -> None:
    steps = _between(even, "prepared", "opened")

    assert steps == [
        "mkdir content/ke",
        "sync content",
        "mkdir content/ke/key",
        "sync content/ke",
        "create content/ke/key/arriving",
        "sync content/ke/key",
    ]


def test_a_placed_part_is_synced_before_it_counts(even: list[str]) -> None:
    steps = _between(even, "opened", "placed part sent")

    assert steps == [
        "create content/ke/key/lock-00001",
        "write content/ke/key/arriving",
        "sync content/ke/key/arriving",
    ]


def test_a_loose_part_is_synced_with_its_name_before_it_counts(joined: list[str]) -> None:
    steps = _between(joined, "placed part sent", "loose part sent")

    assert steps == [
        "create content/ke/key/lock-00002",
        "create content/ke/key/part-00002",
        "sync content/ke/key",
        "write content/ke/key/part-00002",
        "sync content/ke/key/part-00002",
    ]


def test_content_has_its_bytes_before_its_name_and_its_name_before_anything_is_dropped(
    even: list[str],
) -> None:
    steps = _between(even, "placed part sent", "closed")

    assert steps == [
        "sync content/ke/key/arriving",
        "rename content/ke/key/arriving content/ke/key/content",
        "sync content/ke/key",
        "remove content/ke/key/lock-00001",
    ]


def test_joined_content_has_its_bytes_before_its_name_too(joined: list[str]) -> None:
    steps = _between(joined, "loose part sent", "closed")

    assert steps[:8] == [
        "create content/ke/key/joining",
        "write content/ke/key/joining",
        "write content/ke/key/joining",
        "sync content/ke/key/joining",
        "rename content/ke/key/joining content/ke/key/content",
        "sync content/ke/key",
        "remove content/ke/key/arriving",
        "sync content/ke/key",
    ]
    assert sorted(steps[8:]) == [
        "remove content/ke/key/lock-00001",
        "remove content/ke/key/lock-00002",
        "remove content/ke/key/part-00002",
    ]


def test_erasing_is_durable_before_it_is_said(even: list[str]) -> None:
    steps = _between(even, "closed", "erased")

    assert steps[:2] == ["rename content/ke/key content/ke/key.erasing", "sync content/ke"]
    assert steps[-1] == "sync content/ke"
    assert all(step.startswith("remove") for step in steps[2:-1])
