"""Releases that count their devices: who takes one, and that it is counted exactly."""

from concurrent.futures import ThreadPoolExecutor

from tests.device_api.devices import Device, Fleet, stated_by


def _progress(fleet: Fleet, release: dict[str, str]) -> dict[str, int]:
    answer = fleet.yard.api.get(f"/releases/{release['prn']}/progress")
    assert answer.status_code == 200, answer.text
    return answer.json()["progress"]


def test_a_release_for_two_devices_is_given_to_two(fleet: Fleet) -> None:
    first = fleet.channel.add(version="1.0.0")
    last = fleet.channel.add(bundle_prn=fleet.bundle()["prn"], version="2.0.0", phase_value=2)
    devices = [fleet.device() for _ in range(3)]

    given = [each.given(**stated_by(first)) for each in devices]
    again = [each.given(**stated_by(first)) for each in devices]

    assert given == again == [last["prn"], last["prn"], None]
    assert _progress(fleet, last)["claimed"] == 2
    (told,) = fleet.events(devices[0], "claimed_release")
    assert told["release"] == {"prn": last["prn"], "version": "2.0.0"}
    assert "bundle" not in told
    assert fleet.events(devices[2], "claimed_release") == []


def test_who_is_refused_gets_the_one_before(fleet: Fleet) -> None:
    first = fleet.channel.add(version="1.0.0", version_requirement="< 1.0.0")
    fleet.channel.add(bundle_prn=fleet.bundle()["prn"], version="2.0.0", phase_value=0)
    device = fleet.device()

    assert device.given(version="0.0.1") == first["prn"]
    assert device.given(**stated_by(first)) is None


def test_a_share_counts_the_devices_that_are_there(fleet: Fleet) -> None:
    first = fleet.channel.add(version="1.0.0")
    last = fleet.channel.add(bundle_prn=fleet.bundle()["prn"], version="2.0.0", phase_value=0.5)
    devices = [fleet.device() for _ in range(4)]
    fleet.change(devices[3], archived=True)

    given = [each.given(**stated_by(first)) for each in devices[:3]]

    # 0.5 of 3 is 1.5: two devices come before that is reached.
    assert given == [last["prn"], last["prn"], None]
    assert _progress(fleet, last)["devices"] == 3


def test_a_phase_is_raised_without_taking_anything_back(fleet: Fleet) -> None:
    first = fleet.channel.add(version="1.0.0")
    last = fleet.channel.add(bundle_prn=fleet.bundle()["prn"], version="2.0.0", phase_value=2)
    devices = [fleet.device() for _ in range(4)]

    seen: list[int] = []
    for value in (2, 3, 2, 1):
        assert fleet.channel.change(last, phase_value=value).status_code == 200
        given = [each.given(**stated_by(first)) for each in devices]
        seen.append(given.count(last["prn"]))

    assert seen == [2, 3, 3, 4]
    assert _progress(fleet, last)["claimed"] == 3


def test_a_claim_outlives_its_device(fleet: Fleet) -> None:
    first = fleet.channel.add(version="1.0.0")
    last = fleet.channel.add(bundle_prn=fleet.bundle()["prn"], version="2.0.0", phase_value=2)
    gone, kept = fleet.device(), fleet.device()
    gone.ask(**stated_by(first))

    assert fleet.yard.api.delete(f"/devices/{gone.prn}").status_code == 204

    assert kept.given(**stated_by(first)) == last["prn"]
    assert fleet.device().given(**stated_by(first)) is None


def test_tags_are_not_counted(fleet: Fleet) -> None:
    first = fleet.channel.add(version="1.0.0")
    last = fleet.channel.add(
        bundle_prn=fleet.bundle()["prn"], version="2.0.0", phase_mode="tags", phase_tags=["early"]
    )
    early, late = fleet.device(tags=["early", "other"]), fleet.device(tags=["other"])

    assert early.given(**stated_by(first)) == last["prn"]
    assert late.given(**stated_by(first)) is None
    assert _progress(fleet, last)["claimed"] == 0


def test_many_devices_at_once_claim_no_more_than_there_is(fleet: Fleet) -> None:
    first = fleet.channel.add(version="1.0.0")
    last = fleet.channel.add(bundle_prn=fleet.bundle()["prn"], version="2.0.0", phase_value=3)
    devices = [fleet.device() for _ in range(12)]

    def ask(device: Device) -> str | None:
        return device.given(**stated_by(first))

    with ThreadPoolExecutor(12) as threads:
        given = list(threads.map(ask, devices))

    assert sorted(given, key=str) == [None] * 9 + [last["prn"]] * 3
    assert _progress(fleet, last)["claimed"] == 3
