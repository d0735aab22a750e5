"""The folder in which an agent keeps what must outlive it. It is made for its owner alone.

- `state.json` is replaced as a whole and is on the disk before anything relies on it.
- `lock` is held by the agent. `installing` is held by it and by the installers that it starts:
  one that was left behind by an agent that was killed is waited for, never run twice at once.
- `downloads` has content by its digest. Nothing in it is believed because of its name.
"""

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from sealift.agent.state import State
from sealift.client.local import LocalTrouble
from sealift.client.progress import Progress

_OWNER_ONLY: Final = 0o600  # of files
_OWNERS_FOLDER: Final = 0o700
_LEFT_BEHIND: Final = 600.0  # seconds for an installer whose agent was killed
_LOOK_AGAIN: Final = 0.05  # seconds


@dataclass(frozen=True, slots=True)
class Folder:
    path: Path
    installing: int  # the descriptor of the lock that installers inherit

    @property
    def downloads(self) -> Path:
        return self.path / "downloads"

    @property
    def installer_log(self) -> Path:
        return self.path / "installer.log"

    def state(self) -> State:
        return read_state(self.path)

    def save(self, state: State) -> None:
        """Once this returns no loss of power takes it back; until then the old state stands."""
        replace(self.path / "state.json", state.model_dump_json().encode())


def read_state(folder: Path) -> State:
    """Whoever only wants to know needs no lock."""
    path = folder / "state.json"
    try:
        return State.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return State()
    except OSError as error:
        raise LocalTrouble(f"cannot read {path}: {error.strerror}") from error
    except ValidationError as error:
        message = f"{path} is damaged or of a newer version; move it away to start from nothing"
        raise LocalTrouble(message) from error


@contextmanager
def held(path: Path, progress: Progress) -> Generator[Folder]:
    """The folder for this agent alone; refuses while another one has it."""
    with ExitStack() as stack:
        try:
            path.mkdir(parents=True, exist_ok=True, mode=_OWNERS_FOLDER)
            (path / "downloads").mkdir(exist_ok=True, mode=_OWNERS_FOLDER)
            lock = stack.enter_context(_opened(path / "lock"))
            installing = stack.enter_context(_opened(path / "installing"))
        except OSError as error:
            place = error.filename or path
            raise LocalTrouble(f"cannot use {place}: {error.strerror or error}") from error
        if not _locked(lock):
            raise LocalTrouble(f"another agent works in {path}; each needs its own folder")
        _wait_for(installing, path, progress)
        yield Folder(path, installing)


def replace(path: Path, content: bytes) -> None:
    """The file has its old content or the new, and the new one for good once this returns."""
    draft = path.with_name(path.name + ".new")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise LocalTrouble(f"cannot write {path}: {error.strerror or error}") from error


def sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _opened(path: Path) -> Generator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, _OWNER_ONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait_for(installing: int, path: Path, progress: Progress) -> None:
    deadline = time.monotonic() + _LEFT_BEHIND
    is_said = False
    while not _locked(installing):
        if not is_said:
            progress.note("an installer of an agent that was killed is still at work; waiting")
            is_said = True
        if time.monotonic() > deadline:
            raise LocalTrouble(
                f"an installer, or something it has started, still holds {path / 'installing'};"
                " end it first"
            )
        time.sleep(_LOOK_AGAIN)
