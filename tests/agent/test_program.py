"""`sealift device …`: results, statuses, and what is said to people."""

import json
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import trustme

from sealift.agent.judging import Trust
from sealift.client.signing import PrivateKey, write_pair
from tests.agent.device import Device
from tests.agent.lying_server import LyingServer, Served
from tests.cli.terminal import Desk, Ended

_PROGRAM = 3  # words that start it


def _run(words: list[str]) -> Ended:
    """In this process, which need not begin by importing everything."""
    return Desk(Path("/nowhere")).run(*words[_PROGRAM:])


def _without(words: list[str], *options: str) -> list[str]:
    return [word for word in words if word.partition("=")[0] not in options]


def test_a_check_prints_what_came_of_it_and_status_shows_what_runs(
    server: LyingServer, device: Device
) -> None:
    server.offer = offer = server.release(Served("kernel", b"bytes"))

    checked = _run(device.command("check"))
    status = _run([*device.command("status")[: _PROGRAM + 2], "--state-dir", str(device.folder)])

    assert checked.status == 0, checked.err
    runs = {
        "bundle_prn": offer.bundle_prn,
        "release_prn": offer.release_prn,
        "release_version": "1.0.0",
    }
    assert json.loads(checked.out) == {
        "status": "update",
        "outcome": "installed",
        "message": None,
        **{f"offered_{name}": value for name, value in runs.items()},
        **runs,
    }
    assert json.loads(status.out) == {
        **runs,
        **{f"previous_{name}": None for name in runs},
        **{f"installing_{name}": None for name in runs},
        "installed_binaries": 1,
        "reports_to_send": 0,
    }
    assert checked.err.splitlines()[-1] == "installing kernel 1"


def test_a_failed_update_is_explained_and_has_status_1(server: LyingServer, device: Device) -> None:
    server.offer = server.release(Served("kernel", b"bytes", signatures=[]))

    done = _run(device.command("check"))

    assert done.status == 1
    answer = json.loads(done.out)
    assert (answer["status"], answer["outcome"]) == ("update", "failed")
    assert answer["message"] in done.err
    assert answer["bundle_prn"] is None


def test_quarantine_is_said_plainly(server: LyingServer, device: Device) -> None:
    server.status = "device_quarantine"

    done = _run(device.command("check"))

    assert done.status == 0
    assert json.loads(done.out)["status"] == "device_quarantine"
    assert done.err == "this device is in quarantine: it is offered nothing\n"


def test_running_prints_a_line_for_each_check_until_it_is_stopped(
    server: LyingServer, device: Device
) -> None:
    server.offer = server.release(Served("kernel", b"bytes"))
    server.retry_after = "1"

    with subprocess.Popen(
        device.command("run"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        answers = [json.loads(program.stdout.readline()) for _ in range(3)]
        program.send_signal(signal.SIGTERM)

    assert [answer["status"] for answer in answers] == ["update", "no_update", "no_update"]
    assert program.returncode == -signal.SIGTERM


def test_a_server_that_is_away_is_an_error_that_quiet_agents_tell_too(
    server: LyingServer, device: Device
) -> None:
    server.is_down = True

    with subprocess.Popen(
        device.command("run", "--quiet"), stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stderr is not None
        said = program.stderr.readline()
        program.send_signal(signal.SIGTERM)

    assert said.startswith("error: ")
    assert "; trying again in " in said


def test_a_device_that_went_back_says_so(server: LyingServer, device: Device) -> None:
    server.offer = server.release(Served("kernel", b"bytes"))
    device.check()
    words = _without(device.command("rolled-back", "--message", "no boot"), "--trusted-key")
    place = words.index("--installer")
    del words[place : place + 2]

    done = _run(words)

    assert done.status == 0, done.err
    assert json.loads(done.out)["bundle_prn"] is None
    assert server.reports[-1]["outcome"] == "rolled_back"
    assert server.reports[-1]["message"] == "no boot"


def test_a_certificate_of_another_ca_is_refused_in_words(device: Device, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.pem"
    leaf = trustme.CA().issue_cert(common_name="device-1")
    leaf.private_key_and_cert_chain_pem.write_to_path(stranger)

    done = _run(replace(device, certificate=stranger).command("check"))

    assert done.status == 1
    assert "refuses the certificate of this device" in done.err


def test_a_server_of_an_unknown_ca_is_not_told_anything(
    server: LyingServer, device: Device, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)

    done = _run(replace(device, ca_path=other).command("check"))

    assert done.status == 1
    assert "name it with --ca-path" in done.err
    assert server.said == []


def test_what_cannot_work_is_refused_before_the_server_is_asked(
    server: LyingServer, device: Device, tmp_path: Path
) -> None:
    nowhere = tmp_path / "nowhere"
    wrong = {
        "the URL must begin with https://": replace(device, url="http://127.0.0.1:1"),
        "cannot use the certificate": replace(device, certificate=nowhere),
        "cannot be run; name a program that is there": replace(device, home=nowhere),
        "name more with --trusted-key": replace(device, trust=Trust(frozenset(), 1)),
        "is neither a file nor base64": replace(device, trust=Trust(frozenset({"key"}), 1)),
    }

    for message, each in wrong.items():
        done = _run(each.command("check"))

        assert done.status in {1, 2, 65}
        assert message in done.err
    assert server.said == []


def test_keys_are_trusted_from_files_too(
    server: LyingServer, device: Device, tmp_path: Path
) -> None:
    files = write_pair(server.key, tmp_path / "keys", "release")
    second = PrivateKey.make().public_value
    trust = Trust(frozenset({str(files.public), second}), 1)
    server.offer = server.release(Served("kernel", b"bytes"))

    enough = _run(replace(device, trust=trust).command("check"))
    too_few = _run(replace(device, trust=trust).command("check", "--minimum-signatures", "2"))

    assert json.loads(enough.out)["outcome"] == "installed"
    assert json.loads(too_few.out)["outcome"] is None  # it runs that already


@pytest.mark.parametrize("word", ["check", "run"])
def test_a_second_agent_is_refused(device: Device, word: str) -> None:
    with device.agent():
        done = _run(device.command(word))

    assert done.status == 65
    assert "another agent works in" in done.err
