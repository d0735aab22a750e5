"""What a real server asks of the kernel, in words: bytes, names, commits, answers.

A commit of the records is counted when its log is synced, and anything else when the kernel has
done it; an answer counts when it is begun. So what stands before an answer is true before it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.strace import CALLS, change

_ANSWERING: Final = "writev,sendto,sendmsg"
_ANSWER: Final = re.compile(r'"HTTP/1\.1 (\d{3})')
_PARTS_OF_A_KEY: Final = 2  # its shelf and its folder
_RECORDS: Final = "sealift.sqlite3-wal"
_QUEUE: Final = "queue.sqlite3-wal"


def tracer(trace: Path) -> list[str]:
    """The beginning of a command. The tracer is not the parent, so that signals get through."""
    selected = ["-e", f"trace={CALLS},{_ANSWERING}", "-e", "signal=none"]
    return ["strace", "-D", "-f", "--seccomp-bpf", "-y", "-s", "64", "-o", str(trace), *selected]


def steps(trace: Path, data_dir: Path) -> list[str]:
    """The steps below the folder and the answers; what is repeated at once is said once."""
    found: list[str] = []
    is_committed = True
    for name, rest in _calls(trace):
        step = _step(name, rest, str(data_dir))
        if step == f"write {_RECORDS}":
            is_committed = False
            continue
        if step == f"sync {_RECORDS}":
            step, is_committed = None if is_committed else "commit", True
        if step is None or ([step] == found[-1:] and not step.startswith("answer")):
            continue
        if step.startswith("answer") and not is_committed:
            found.append("never committed")
        found.append(step)
    return found


def _calls(trace: Path) -> Iterator[tuple[str, str]]:
    """Each call once: an answer when it is begun, all else when it was done."""
    begun: dict[str, str] = {}
    for line in trace.read_text(errors="replace").splitlines():
        thread, _, call = line.partition(" ")
        call = call.strip()
        if call.endswith("<unfinished ...>"):
            begun[thread] = call.removesuffix("<unfinished ...>")
            if _ANSWER.search(call):
                yield "answer", begun.pop(thread)
            continue
        if call.startswith("<... "):
            call = begun.pop(thread, "") + call.partition(" resumed>")[2]
        name, is_call, rest = call.partition("(")
        if is_call and " = -1 " not in rest:
            yield name, rest


def _step(name: str, rest: str, folder: str) -> str | None:
    if answer := _ANSWER.search(rest):
        return f"answer {answer[1]}"
    found = change(name, rest, folder)
    if found is None:
        return None
    word, paths = found
    if paths[0] == _QUEUE:
        return "enqueue" if name == "pwrite64" else None
    if not paths[0].startswith("content") and paths[0] != _RECORDS:
        return None
    return " ".join([word, *map(_shown, paths)])


def _shown(path: str) -> str:
    """Names of a store without the key: `arriving`, or `KEY` of the folder itself."""
    first, *names = path.split("/")
    if first != "content":
        return path
    key = names[1] if len(names) >= _PARTS_OF_A_KEY else None
    match names:
        case []:
            return "STORE"
        case [_]:
            return "SHELF"
        case [_, _]:
            return "ASIDE" if str(key).endswith(".erasing") else "KEY"
        case _:
            return names[-1]
