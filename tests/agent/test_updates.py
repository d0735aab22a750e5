"""What an agent does with what it is offered, and what it says of itself."""

import json
import os
from dataclasses import replace

import pytest

from sealift.agent.checking import roll_back
from sealift.agent.state import Statement
from sealift.client.local import LocalTrouble
from sealift.domain.errors import Refusal
from sealift.wire.device import Outcome, UpdateStatus
from tests.agent.device import Device
from tests.agent.lying_server import LyingServer, Offered, Served

_KERNEL = Served("kernel", os.urandom(300_000), version="6.1")
_MODEL = Served("model", os.urandom(1000), metadata={"slot": "a", "depth": [1, {"x": None}]})


def _said(server: LyingServer) -> list[dict[str, str]]:
    """What the device said of itself with each check."""
    return [
        {name: value for name, value in headers.items() if name.startswith("peridio-")}
        for headers in server.said
    ]


def _outcomes(server: LyingServer) -> list[object]:
    return [report["outcome"] for report in server.reports]


def _brought_to(device: Device, server: LyingServer, offer: Offered) -> None:
    server.offer = offer
    assert device.check().outcome is Outcome.INSTALLED


def test_what_is_offered_is_installed_and_reported(server: LyingServer, device: Device) -> None:
    server.offer = offer = server.release(_KERNEL, Served("empty", b""))

    checked = device.check()

    assert (checked.status, checked.outcome) == (UpdateStatus.UPDATE, Outcome.INSTALLED)
    assert device.live() == {"kernel": _KERNEL.content, "empty": b""}
    assert device.state().running == Statement(
        bundle_prn=offer.bundle_prn, release_prn=offer.release_prn, release_version="1.0.0"
    )
    assert _outcomes(server) == ["installed"]
    assert server.reports[0]["release_prn"] == offer.release_prn
    assert list((device.folder / "downloads").iterdir()) == []


def test_binaries_are_installed_in_the_order_of_their_bundle(
    server: LyingServer, device: Device
) -> None:
    names = ["m", "a", "z", "b"]
    server.offer = server.release(*(Served(name, name.encode()) for name in names))

    device.check()

    assert device.calls() == ["m 1", "a 1", "z 1", "b 1"]


def test_the_installer_is_told_all_there_is_to_know(server: LyingServer, device: Device) -> None:
    server.offer = offer = server.release(_MODEL)

    device.check()

    told = dict(device.told())
    assert json.loads(told.pop("SEALIFT_CUSTOM_METADATA")) == _MODEL.metadata
    assert told.pop("SEALIFT_HASH") == told["SEALIFT_CONTENT_PATH"].rpartition("/")[2]
    assert told.pop("SEALIFT_CONTENT_PATH").startswith(f"{device.folder}/downloads/")
    assert told == {
        "SEALIFT_CUSTOM_METADATA_PATH": f"{device.folder}/metadata.json",
        "SEALIFT_BINARY_PRN": _MODEL.prn,
        "SEALIFT_SIZE": "1000",
        "SEALIFT_TARGET": "portable",
        "SEALIFT_ARTIFACT_NAME": "model",
        "SEALIFT_ARTIFACT_VERSION": "1",
        "SEALIFT_BUNDLE_PRN": offer.bundle_prn,
        "SEALIFT_RELEASE_PRN": offer.release_prn,
        "SEALIFT_RELEASE_VERSION": "1.0.0",
    }


def test_metadata_that_no_variable_can_hold_comes_in_a_file(
    server: LyingServer, device: Device
) -> None:
    metadata = {"text": "ä" * 400_000}
    server.offer = server.release(Served("model", b"weights", metadata=metadata))

    device.check()

    assert device.live() == {"model": b"weights"}
    assert device.told()["SEALIFT_CUSTOM_METADATA"] == ""
    path = device.told()["SEALIFT_CUSTOM_METADATA_PATH"]
    with open(path, encoding="utf-8") as file:  # noqa: PTH123  as an installer would
        assert json.load(file) == metadata


def test_a_device_says_all_of_a_release_and_only_the_bundle_of_an_override(
    server: LyingServer, device: Device
) -> None:
    release, override = server.release(_KERNEL), server.override(_MODEL)

    for offer in (release, override):
        server.offer = offer
        device.check()
    device.check()

    assert _said(server) == [
        {},
        {
            "peridio-bundle-prn": release.bundle_prn,
            "peridio-release-prn": release.release_prn,
            "peridio-release-version": "1.0.0",
        },
        {"peridio-bundle-prn": override.bundle_prn},
    ]
    assert "release_prn" not in server.reports[1]


def test_a_release_without_a_version_has_none_to_be_said(
    server: LyingServer, device: Device
) -> None:
    _brought_to(device, server, server.release(_KERNEL, version=None))

    device.check()

    assert sorted(_said(server)[-1]) == ["peridio-bundle-prn", "peridio-release-prn"]


def test_a_device_that_has_installed_nothing_yet_says_which_version_it_came_with(
    server: LyingServer, device: Device
) -> None:
    fresh = replace(device, initial_version="0.1.0")
    server.offer = server.override(_MODEL)

    fresh.check()
    fresh.check()

    assert _said(server)[0] == {"peridio-release-version": "0.1.0"}
    assert list(_said(server)[1]) == ["peridio-bundle-prn"]


@pytest.mark.parametrize("version", ["1.0\r\nx-other: 1", "1.0\x00", "1.0-ä", "1" * 1000])
def test_what_a_device_could_never_say_of_itself_is_not_installed(
    server: LyingServer, device: Device, version: str
) -> None:
    server.offer = server.release(_MODEL, version=version)

    with pytest.raises(Refusal, match="cannot be said in a header"):
        device.check()

    assert device.calls() == []
    assert device.state().running is None


def test_only_what_is_built_for_the_device_is_installed(
    server: LyingServer, device: Device
) -> None:
    targets = {"a": "arm", "b": "x86", "c": None, "d": "", "e": "portable"}
    server.offer = server.release(
        *(Served(name, b"bytes", target=target) for name, target in targets.items())
    )

    replace(device, targets=frozenset({"arm", "riscv"})).check()

    assert sorted(device.live()) == ["a", "c", "d"]
    assert {name for name, _ in server.asked_for} == {"a"}  # the same bytes are fetched once


def test_what_is_installed_already_is_neither_fetched_nor_installed(
    server: LyingServer, device: Device
) -> None:
    _brought_to(device, server, server.release(_KERNEL, _MODEL))
    metadata = {"depth": [1, {"x": None}], "slot": "a"}  # the same in another order
    same = Served("model", _MODEL.content, metadata=metadata, id=_MODEL.id)
    server.offer = offer = server.release(_KERNEL, same, version="2.0.0")
    server.asked_for.clear()

    checked = device.check()

    assert checked.outcome is Outcome.INSTALLED
    assert device.state().running == Statement(
        bundle_prn=offer.bundle_prn, release_prn=offer.release_prn, release_version="2.0.0"
    )
    assert server.asked_for == []
    assert device.calls() == ["kernel 6.1", "model 1"]


def test_the_same_binary_with_other_metadata_is_installed_again(
    server: LyingServer, device: Device
) -> None:
    _brought_to(device, server, server.release(_MODEL))
    other = Served("model", _MODEL.content, metadata={"slot": "b"}, id=_MODEL.id)

    _brought_to(device, server, server.release(other))

    assert device.calls() == ["model 1", "model 1"]


def test_an_installer_that_fails_leaves_the_state_as_it_was(
    server: LyingServer, device: Device
) -> None:
    old = server.release(Served("kernel", b"old"))
    _brought_to(device, server, old)
    server.offer = new = server.release(_MODEL, _KERNEL, Served("never", b"reached"))
    device.fails_on("kernel")

    checked = device.check()

    state = device.state()
    assert checked.outcome is Outcome.FAILED
    assert state.running is not None
    assert state.running.bundle_prn == old.bundle_prn
    assert state.update is None
    assert "never" not in device.live()
    assert server.reports[1]["outcome"] == "failed"
    assert server.reports[1]["binary_prn"] == _KERNEL.prn
    assert server.reports[1]["bundle_prn"] == new.bundle_prn
    assert server.reports[1]["message"] == "the installer ended with status 3: no such slot"


def test_after_a_failure_only_what_is_missing_is_done(server: LyingServer, device: Device) -> None:
    server.offer = server.release(_MODEL, _KERNEL)
    device.fails_on("kernel")
    device.check()
    device.fails_on("kernel", fails=False)
    fetched = list(server.asked_for)

    checked = device.check()

    assert checked.outcome is Outcome.INSTALLED
    assert device.calls() == ["model 1", "kernel 6.1", "kernel 6.1"]
    assert server.asked_for == fetched


def test_what_a_failed_update_may_have_replaced_is_installed_again(
    server: LyingServer, device: Device
) -> None:
    old = server.release(Served("kernel", b"old"))
    _brought_to(device, server, old)
    server.offer = server.release(_KERNEL, _MODEL)
    device.fails_on("model")
    device.check()

    _brought_to(device, server, server.override(*old.served))

    assert device.live()["kernel"] == b"old"


@pytest.mark.parametrize("command", ["", "/nowhere/installer"])
def test_an_installer_that_cannot_be_started_is_reported(
    server: LyingServer, device: Device, command: str
) -> None:
    server.offer = server.release(_MODEL)
    device.have_installer(f"#!{command}\n")

    checked = device.check()

    assert checked.outcome is Outcome.FAILED
    assert "cannot be started" in str(checked.message)
    assert device.live() == {}


def test_what_no_environment_can_hold_is_refused_as_the_rest_is(
    server: LyingServer, device: Device
) -> None:
    server.offer = server.release(Served("model", b"weights", version="1\x00"))

    checked = device.check()

    assert checked.outcome is Outcome.FAILED
    assert "cannot be started" in str(checked.message)


def test_a_report_is_kept_until_the_server_has_it(server: LyingServer, device: Device) -> None:
    server.offer = server.release(_MODEL)
    server.refuses_reports = 503
    device.check()
    kept = device.state().reports
    server.refuses_reports = None

    device.check()

    assert [report["id"] for report in server.reports] == [report.id for report in kept]
    assert device.state().reports == ()


def test_a_report_that_the_server_will_never_take_is_dropped(
    server: LyingServer, device: Device
) -> None:
    server.offer = server.release(_MODEL)
    server.refuses_reports = 422

    checked = device.check()

    assert checked.outcome is Outcome.INSTALLED
    assert device.state().reports == ()


@pytest.mark.parametrize("status", ["no_update", "device_quarantine"])
def test_a_check_without_an_update_changes_nothing(
    server: LyingServer, device: Device, status: str
) -> None:
    server.status = status

    checked = device.check()

    assert checked.status == status
    assert checked.outcome is None
    assert not (device.folder / "state.json").exists()


def test_a_device_that_went_back_says_so_and_runs_what_it_ran_before(
    server: LyingServer, device: Device
) -> None:
    old, new = server.release(_KERNEL), server.release(_MODEL)
    _brought_to(device, server, old)
    _brought_to(device, server, new)

    with device.agent() as agent:
        state = roll_back(agent, "no watchdog")

    assert state.running is not None
    assert state.running.bundle_prn == old.bundle_prn
    assert server.reports[-1]["outcome"] == "rolled_back"
    assert server.reports[-1]["bundle_prn"] == new.bundle_prn
    assert server.reports[-1]["message"] == "no watchdog"
    _brought_to(device, server, new)  # and nothing of it is taken for installed
    assert device.calls() == ["kernel 6.1", "model 1", "model 1"]


def test_a_device_that_never_had_anything_cannot_go_back(device: Device) -> None:
    with device.agent() as agent, pytest.raises(LocalTrouble, match="nothing was ever installed"):
        roll_back(agent, "")
