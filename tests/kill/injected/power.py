"""No fault: a journal of what a loss of power would take from the store, to be taken after a kill.

SIGKILL alone loses nothing that was written: the kernel has it. So each write, new name and
rename below KILL_STORE goes into the file KILL_JOURNAL, and each barrier too, before and after:
a barrier covers what was done when it began, once it has ended. Removals are not modelled; the
database has barriers of its own and is left alone.
"""

import json
import os
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any, Final

_STORE: Final = os.environ["KILL_STORE"]
_AROUND: Final = str(Path(_STORE).parent)  # whose barrier makes the store's own name durable
_JOURNAL: Final = os.open(
    os.environ["KILL_JOURNAL"], os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600
)
_NUMBERS: Final = count()

_open, _mkdir, _rename, _replace = os.open, os.mkdir, os.rename, os.replace
_pwrite, _write, _fsync, _fdatasync = os.pwrite, os.write, os.fsync, os.fdatasync


def _note(*words: object) -> None:
    _write(_JOURNAL, json.dumps(words).encode() + b"\n")


def _path_of(descriptor: int) -> str:
    try:
        return str(Path(f"/proc/self/fd/{descriptor}").readlink())
    except OSError:
        return ""


def _noted(path: str, words: tuple[object, ...], call: Callable[[], Any]) -> Any:  # noqa: ANN401
    is_barrier_around = words[0] == "synced" and path == _AROUND
    if not path.startswith(_STORE) and not is_barrier_around:
        return call()
    number = f"{os.getpid()}-{next(_NUMBERS)}"
    _note("begins", number, *words)
    answer = call()
    _note("ended", number)
    return answer


def open_(path: Any, flags: int, mode: int = 0o777, **more: Any) -> int:  # noqa: ANN401
    is_new = bool(flags & os.O_CREAT) and not Path(path).exists()
    if not is_new:
        return _open(path, flags, mode, **more)
    words = ("named", str(path))
    return _noted(str(path), words, lambda: _open(path, flags, mode, **more))


def mkdir(path: Any, mode: int = 0o777, **more: Any) -> None:  # noqa: ANN401
    _noted(str(path), ("named", str(path)), lambda: _mkdir(path, mode, **more))


def rename(source: Any, target: Any, **more: Any) -> None:  # noqa: ANN401
    words = ("renamed", str(source), str(target))
    _noted(str(target), words, lambda: _rename(source, target, **more))


def replace(source: Any, target: Any, **more: Any) -> None:  # noqa: ANN401
    words = ("renamed", str(source), str(target))
    _noted(str(target), words, lambda: _replace(source, target, **more))


def pwrite(descriptor: int, content: Any, offset: int) -> int:  # noqa: ANN401
    words = ("wrote", os.fstat(descriptor).st_ino, offset, len(content))
    return _noted(_path_of(descriptor), words, lambda: _pwrite(descriptor, content, offset))


def write(descriptor: int, content: Any) -> int:  # noqa: ANN401
    path = _path_of(descriptor)
    if not path.startswith(_STORE):
        return _write(descriptor, content)
    offset = os.lseek(descriptor, 0, os.SEEK_CUR)
    words = ("wrote", os.fstat(descriptor).st_ino, offset, len(content))
    return _noted(path, words, lambda: _write(descriptor, content))


def fsync(descriptor: int) -> None:
    path = _path_of(descriptor)
    words = ("synced", os.fstat(descriptor).st_ino, path)
    _noted(path, words, lambda: _fsync(descriptor))


def fdatasync(descriptor: int) -> None:
    path = _path_of(descriptor)
    words = ("synced", os.fstat(descriptor).st_ino, path)
    _noted(path, words, lambda: _fdatasync(descriptor))


os.open, os.mkdir, os.rename, os.replace = open_, mkdir, rename, replace
os.pwrite, os.write, os.fsync, os.fdatasync = pwrite, write, fsync, fdatasync
