"""The folder of an agent: its own, for its owner alone, and on the disk before anything goes on."""

import hashlib
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from sealift.agent.folder import held, read_state
from sealift.agent.state import State, Statement
from sealift.client.local import LocalTrouble
from sealift.client.patience import Patience
from sealift.client.progress import Unwatched
from sealift.wire.device import Outcome
from tests.agent.device import Device
from tests.agent.lying_server import LyingServer, Served, a_prn
from tests.journeys.mounts import a_disk
from tests.strace import CALLS, change

_QUIET = Unwatched()
_CALL = re.compile(r"^\d+ +(\w+)\((.*)$")


def _a_statement() -> Statement:
    return Statement(bundle_prn=a_prn("bundle"))


def test_two_agents_never_share_a_folder(tmp_path: Path) -> None:
    with (
        held(tmp_path / "state", _QUIET),
        pytest.raises(LocalTrouble, match="another agent works in"),
        held(tmp_path / "state", _QUIET),
    ):
        pass

    with held(tmp_path / "state", _QUIET) as folder:
        assert folder.state() == State()


def test_nobody_else_may_look_into_it(tmp_path: Path) -> None:
    with held(tmp_path / "state", _QUIET) as folder:
        folder.save(State(running=_a_statement()))

        modes = [path.stat().st_mode & 0o77 for path in (folder.path, *folder.path.iterdir())]

    assert set(modes) == {0}


def test_a_state_is_read_as_it_was_saved(tmp_path: Path) -> None:
    state = State(running=_a_statement(), installed={"an id": "a digest"})

    with held(tmp_path / "state", _QUIET) as folder:
        folder.save(state)

    assert read_state(tmp_path / "state") == state


@pytest.mark.parametrize("text", ["", "{", '{"version": 2}', '{"running": 5}'])
def test_a_state_that_cannot_be_understood_is_not_taken_for_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)

    with pytest.raises(LocalTrouble, match="damaged or of a newer version; move it away"):
        read_state(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(LocalTrouble, match=r"cannot use .*file"), held(tmp_path / "file", _QUIET):
        pass


def test_a_full_disk_is_named_and_nothing_is_installed(
    server: LyingServer, device: Device, tmp_path: Path
) -> None:
    server.offer = offer = server.release(Served("kernel", b"x" * 200_000))
    with a_disk(tmp_path / "disk", "size=400k") as disk:
        device.folder.symlink_to(disk.folder)
        disk.fill()

        full = device.check()
        calls = device.calls()
        disk.make_room()
        enough = device.check()

        assert full.outcome is Outcome.FAILED
        assert "no room for 200000 bytes more; 0 are free" in str(full.message)
        assert calls == []
        assert enough.outcome is Outcome.INSTALLED
        assert device.live() == {served.name: served.content for served in offer.served}
        assert [report["outcome"] for report in server.reports] == ["failed", "installed"]


def test_a_disk_that_fills_up_on_the_way_is_named_and_nothing_is_installed(
    server: LyingServer, device: Device, tmp_path: Path
) -> None:
    server.offer = server.release(Served("kernel", b"x" * 400_000))
    server.links_die_after = 100_000
    with a_disk(tmp_path / "disk", "size=1m") as disk:
        device.folder.symlink_to(disk.folder)
        patience = Patience(sleep=lambda _: disk.fill())

        checked = replace(device, patience=patience).check()

        assert checked.outcome is Outcome.FAILED
        assert "No space left on device" in str(checked.message)
        assert device.calls() == []
        assert read_state(disk.folder) == State()


def test_a_state_that_finds_no_room_leaves_the_old_one(tmp_path: Path) -> None:
    state = State(running=_a_statement())
    with a_disk(tmp_path / "disk", "size=100k") as disk, held(disk.folder, _QUIET) as folder:
        folder.save(state)
        disk.fill()

        with pytest.raises(LocalTrouble, match=r"cannot write .*No space left on device"):
            folder.save(state.rolled_back(_a_statement(), "x" * 10_000))

        assert folder.state() == state
        assert not list(disk.folder.glob("*.new"))


def _steps(trace: Path, folder: Path) -> list[str]:
    """What was done below the folder, and when the installer was started."""
    found: list[str] = []
    for line in trace.read_text().splitlines():
        call = _CALL.match(line)
        if call is None:
            continue
        name, rest = call.groups()
        if name == "execve" and "/installer" in rest and " = 0" in rest:
            found.append("install")
        elif done := change(name, rest, str(folder)):
            word, paths = done
            found.append(" ".join([word, *(path or "." for path in paths)]))
    return found


def test_content_and_state_are_on_the_disk_before_the_installer_begins(
    server: LyingServer, device: Device, tmp_path: Path
) -> None:
    server.offer = server.release(Served("kernel", b"x" * 100_000))
    trace = tmp_path / "trace"
    tracer = ["strace", "-f", "-y", "-qq", "-e", f"trace=execve,{CALLS}", "-o", str(trace)]

    subprocess.run([*tracer, *device.command("check")], check=True, capture_output=True)

    digest = hashlib.sha256(b"x" * 100_000).hexdigest()
    steps = [step.replace(digest, "CONTENT") for step in _steps(trace, device.folder)]
    saved = ["sync state.json.new", "rename state.json.new state.json", "sync ."]
    assert [step for step in steps if step.startswith(("sync", "rename", "install"))] == [
        "rename downloads/CONTENT.gaps-new downloads/CONTENT.gaps",
        "sync downloads/CONTENT.part",
        "rename downloads/CONTENT.part downloads/CONTENT",
        "sync downloads",
        *saved,  # an installer is at work
        "install",
        *saved,  # it is done
        *saved,  # the new state is adopted
        *saved,  # and reported
    ]
