"""Trust follows the records, and stays as it is while they are away."""

import logging
import ssl
from pathlib import Path

import pytest

from sealift.operate.certificates import Pair
from sealift.operate.trust import Trust, Watch
from tests.certificates import Issued, a_ca, a_device, issue


def _is_trusted(trust: Trust, device: Issued, folder: Path) -> bool:
    """Shakes hands without a network, as the door does."""
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    theirs.check_hostname, theirs.verify_mode = False, ssl.CERT_NONE
    theirs.load_cert_chain(*device.written(folder, "client"))
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = theirs.wrap_bio(back, there)
    door = trust.entrance.wrap_bio(there, back, server_side=True)
    for _ in range(4):
        for side in (client, door):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLError:
                return False
    return door.getpeercert(binary_form=True) == device.der


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    certificate, key = issue("door").written(tmp_path, "door")
    return Trust(Pair(certificate, key))


def test_what_is_trusted_is_read_when_something_has_changed(trust: Trust, tmp_path: Path) -> None:
    ca = a_ca()
    versions, reads = [{"a": 1}], list[int]()

    def trusted() -> frozenset[bytes]:
        reads.append(len(versions))
        return frozenset([ca.der])

    watch = Watch(trust, lambda: versions[-1], trusted)
    for _ in range(3):
        watch._look()
    versions.append({"a": 2})
    watch._look()

    assert reads == [1, 2]
    assert _is_trusted(trust, a_device("device-1", ca), tmp_path)


def test_while_the_records_are_away_all_stays_and_is_said_once(
    trust: Trust, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ca, later = a_ca("One"), a_ca("Two")
    wanted, is_away = {ca.der}, False

    def version() -> int:
        if is_away:
            raise ConnectionError("nobody there")
        return len(wanted)

    watch = Watch(trust, version, lambda: frozenset(wanted))
    watch._look()
    is_away = True
    wanted.add(later.der)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            watch._look()
    meanwhile = [_is_trusted(trust, a_device("x", each), tmp_path) for each in (ca, later)]
    is_away = False
    watch._look()
    afterwards = [_is_trusted(trust, a_device("x", each), tmp_path) for each in (ca, later)]

    assert meanwhile == [True, False]
    assert afterwards == [True, True]
    assert [each.message.partition(":")[0] for each in caplog.records] == [
        "trusted certificates stay as they are for now"
    ]


def test_another_certificate_of_the_door_changes_nobodys_trust(
    trust: Trust, tmp_path: Path
) -> None:
    ca = a_ca()
    trust.follow(frozenset([ca.der]))

    trust.show(Pair(*issue("door, renewed").written(tmp_path, "renewed")))

    assert _is_trusted(trust, a_device("device-1", ca), tmp_path)
    assert not _is_trusted(trust, a_device("device-1", a_ca("Another")), tmp_path)
