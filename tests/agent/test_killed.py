"""An agent that is killed leaves the old state or the new one, and the next run ends with the new.

The agents that are killed are processes of their own, forked from one that has imported all.
"""

import multiprocessing
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sealift.agent.state import State
from sealift.wire.device import Outcome
from tests.agent.device import Device
from tests.agent.lying_server import LyingServer, Offered, Served

_KILLS = 100
_QUICK = """\
#!/bin/sh
cd {home}/live
cp "$SEALIFT_CONTENT_PATH" "$SEALIFT_ARTIFACT_NAME.new"
mv "$SEALIFT_ARTIFACT_NAME.new" "$SEALIFT_ARTIFACT_NAME"
"""
_NAMES = ("kernel", "model", "rules")
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.agent.device", "httpx"])


def _check(device: Device) -> None:
    device.check()


def _run_for(device: Device, seconds: float | None) -> None:
    process = _FORKS.Process(target=_check, args=[device])
    process.start()
    process.join(seconds)
    process.kill()
    process.join()


def _release(server: LyingServer, number: int) -> Offered:
    """A third of it stays as it was."""
    served = [
        Served(name, f"{name} {number} ".encode() * 2000, version=str(number)) for name in _NAMES
    ]
    return server.release(*served, version=f"{number}.0.0")


def _judge(device: Device, old: Offered, new: Offered) -> str:
    """Where the kill met the update; fails where the state is neither the old nor the new."""
    state, whole = device.state(), device.live()
    was = {served.name: served.content for served in old.served}
    will_be = {served.name: served.content for served in new.served}
    assert all(whole[name] in {was[name], will_be[name]} for name in _NAMES)
    assert state.running is not None
    if state.running.bundle_prn == new.bundle_prn:
        assert whole == will_be
        assert state.update is None
        return "after"
    assert state.running.bundle_prn == old.bundle_prn
    if state.update is None:
        assert whole == was
        return "before"
    assert state.update.offer.statement.bundle_prn == new.bundle_prn
    for name in _noted(state, new):
        assert whole[name] == will_be[name]
    return "within"


def _noted(state: State, offer: Offered) -> Sequence[str]:
    return [served.name for served in offer.served if served.id in state.installed]


def test_a_hundred_kills_leave_the_old_state_or_the_new(
    server: LyingServer, device: Device
) -> None:
    dice = random.Random(20261124)
    device.have_installer(_QUICK.format(home=device.home))
    server.pause = 0.002
    server.offer = old = _release(server, 0)
    begun = time.monotonic()
    _run_for(device, None)
    longest = 1.1 * (time.monotonic() - begun)
    met: Counter[str] = Counter()

    for number in range(1, _KILLS + 1):
        server.offer = new = _release(server, number)
        _run_for(device, dice.uniform(0, longest))
        met[_judge(device, old, new)] += 1
        device.check()

        assert _judge(device, old, new) == "after"
        assert {report["outcome"] for report in server.reports} == {"installed"}
        told = [each["id"] for each in server.reports if each["bundle_prn"] == new.bundle_prn]
        assert len(set(told)) == 1
        old = new

    assert min(met["before"], met["within"]) >= 5, met


def _until_called(device: Device, count: int) -> None:
    deadline = time.monotonic() + 30
    while len(device.calls()) < count:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def _takes_its_agent_down(device: Device) -> str:
    """The text of the installer that is replaced by one which gets nothing done."""
    good = device.installer.read_text()
    device.have_installer("#!/bin/sh\nkill -9 $PPID\n")
    return good


def test_the_program_goes_on_where_it_was_killed_and_needs_no_server_for_that(
    server: LyingServer, device: Device
) -> None:
    server.offer = new = _release(server, 1)
    gate = device.home / "gate"
    text = device.installer.read_text()
    waiting = f"[ $SEALIFT_ARTIFACT_NAME = kernel ] || until [ -e {gate} ]; do sleep 0.02; done"
    device.have_installer(text.replace("cp ", f"{waiting}\ncp "))
    with subprocess.Popen(device.command("check"), stderr=subprocess.DEVNULL) as program:
        _until_called(device, 2)
        program.send_signal(signal.SIGKILL)
    assert program.returncode == -signal.SIGKILL
    server.is_down = True

    with subprocess.Popen(device.command("check"), stderr=subprocess.PIPE, text=True) as program:
        assert program.stderr is not None
        first = program.stderr.readline()
        gate.touch()
        program.stderr.read()

    state = device.state()
    assert first == "an installer of an agent that was killed is still at work; waiting\n"
    assert program.returncode == 1  # the server is away, which is another matter
    assert state.running is not None
    assert state.running.bundle_prn == new.bundle_prn
    assert device.calls() == ["kernel 1", "model 1", "model 1", "rules 1"]
    assert [report.outcome for report in state.reports] == [Outcome.INSTALLED]


def test_an_update_that_takes_the_device_down_again_and_again_is_given_up(
    server: LyingServer, device: Device
) -> None:
    server.offer = _release(server, 1)
    good = _takes_its_agent_down(device)
    for _ in range(5):
        _run_for(device, 30)

    device.have_installer(good)
    server.offer = None
    device.check()

    assert device.live() == {}
    assert device.state().update is None
    assert device.state().running is None
    assert [report["message"] for report in server.reports] == [
        "its installation was interrupted 5 times; given up"
    ]


def test_content_that_was_spoilt_while_the_agent_was_dead_is_not_installed(
    server: LyingServer, device: Device
) -> None:
    server.offer = _release(server, 1)
    good = _takes_its_agent_down(device)
    _run_for(device, 30)
    for path in (device.folder / "downloads").iterdir():
        path.write_bytes(path.read_bytes()[:-1])
    device.have_installer(good)

    device.check()

    assert device.live() == {served.name: served.content for served in server.offer.served}
    assert [report["outcome"] for report in server.reports] == ["installed"]


def test_a_key_that_is_trusted_no_longer_stops_what_was_begun(
    server: LyingServer, device: Device
) -> None:
    server.offer = _release(server, 1)
    good = _takes_its_agent_down(device)
    _run_for(device, 30)
    device.have_installer(good)
    strict = replace(device, trust=replace(device.trust, minimum=2))

    checked = strict.check()

    assert checked.outcome is Outcome.FAILED
    assert device.live() == {}
