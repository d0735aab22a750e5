"""A server that lies gets no byte to the installer, whatever it says and sends."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256

import pytest

from sealift.agent.asking import Limits
from sealift.agent.door import Away
from sealift.agent.judging import Trust
from sealift.client.signing import PrivateKey
from sealift.wire.device import Outcome
from tests.agent.device import Device
from tests.agent.lying_server import Babble, Lie, LyingServer, Served

_TRUTH = os.urandom(200_000)
_DIGEST = sha256(_TRUTH).hexdigest()
_STRANGER = PrivateKey.make()
_SECOND = PrivateKey.make()


def _assert_nothing_was_installed(server: LyingServer, device: Device) -> None:
    assert device.calls() == []
    assert device.live() == {}
    assert device.state().running is None
    assert device.state().installed == {}
    assert [report["outcome"] for report in server.reports] == ["failed"]


@pytest.mark.parametrize("parallel", [1, 3])
@pytest.mark.parametrize("lie", Lie)
def test_no_byte_of_a_lie_is_installed(
    server: LyingServer, device: Device, lie: Lie, parallel: int
) -> None:
    server.offer = server.release(Served("honest", b"first"), Served("kernel", _TRUTH))
    server.lies["kernel"] = lie

    checked = replace(device, parallel=parallel).check()

    assert checked.outcome is Outcome.FAILED
    assert "should have 200000 bytes" in str(checked.message)
    _assert_nothing_was_installed(server, device)


@pytest.mark.parametrize("lie", Lie)
def test_a_server_that_lied_once_is_believed_when_it_speaks_the_truth(
    server: LyingServer, device: Device, lie: Lie
) -> None:
    server.offer = server.release(Served("kernel", _TRUTH))
    server.lies["kernel"] = lie
    device.check()
    server.lies.clear()

    checked = device.check()

    assert checked.outcome is Outcome.INSTALLED
    assert device.live() == {"kernel": _TRUTH}


@pytest.mark.parametrize(
    "served",
    [
        Served("kernel", _TRUTH, hash=sha256(b"something else").hexdigest()),
        Served("kernel", _TRUTH, size=len(_TRUTH) - 1),
        Served("kernel", _TRUTH, size=len(_TRUTH) + 1),
        Served("kernel", _TRUTH, size=0),
    ],
    ids=["other hash", "shorter", "longer", "empty"],
)
def test_content_that_is_not_as_it_was_announced_is_not_installed(
    server: LyingServer, device: Device, served: Served
) -> None:
    server.offer = server.release(served)

    checked = device.check()

    assert checked.outcome is Outcome.FAILED
    _assert_nothing_was_installed(server, device)


def _none(_: PrivateKey) -> Sequence[str]:
    return []


def _of_a_stranger(_: PrivateKey) -> Sequence[str]:
    return [_STRANGER.sign(_DIGEST)]


def _no_signatures(_: PrivateKey) -> Sequence[str]:
    return ["", "ab", "z" * 128, "0" * 128]


def _of_other_bytes(key: PrivateKey) -> Sequence[str]:
    return [key.sign(sha256(b"something else").hexdigest())]


def _bent(key: PrivateKey) -> Sequence[str]:
    whole = key.sign(_DIGEST)
    return [("0" if whole[0] != "0" else "1") + whole[1:]]


@pytest.mark.parametrize(
    "signatures",
    [_none, _of_a_stranger, _no_signatures, _of_other_bytes, _bent],
)
def test_what_no_trusted_key_has_signed_is_not_even_fetched(
    server: LyingServer, device: Device, signatures: Callable[[PrivateKey], Sequence[str]]
) -> None:
    good = Served("honest", b"first")
    bad = Served("kernel", _TRUTH, signatures=signatures(server.key))
    server.offer = server.release(good, bad)

    checked = device.check()

    assert checked.outcome is Outcome.FAILED
    assert "signed by 0 trusted keys, not by 1" in str(checked.message)
    assert server.asked_for == []
    _assert_nothing_was_installed(server, device)


@pytest.mark.parametrize("raw", [False, True])
def test_a_signature_is_over_the_text_of_the_digest_or_over_its_bytes(
    server: LyingServer, device: Device, *, raw: bool
) -> None:
    signatures = [_STRANGER.sign(_DIGEST), server.key.sign(_DIGEST, raw=raw).lower()]
    server.offer = server.release(Served("kernel", _TRUTH, signatures=signatures))

    checked = device.check()

    assert checked.outcome is Outcome.INSTALLED


def test_two_signatures_of_one_key_are_those_of_one_key(
    server: LyingServer, device: Device
) -> None:
    both = frozenset({server.key.public_value, _SECOND.public_value})
    ours = [server.key.sign(_DIGEST), server.key.sign(_DIGEST, raw=True)]
    server.offer = server.release(Served("kernel", _TRUTH, signatures=ours))

    checked = replace(device, trust=Trust(both, 2)).check()

    assert "signed by 1 trusted keys, not by 2" in str(checked.message)
    _assert_nothing_was_installed(server, device)


def test_as_many_keys_as_the_device_asks_for_are_enough(
    server: LyingServer, device: Device
) -> None:
    both = frozenset({server.key.public_value, _SECOND.public_value})
    signatures = [key.sign(_DIGEST) for key in (_SECOND, _STRANGER, server.key)]
    server.offer = server.release(Served("kernel", _TRUTH, signatures=signatures))

    checked = replace(device, trust=Trust(both, 2)).check()

    assert checked.outcome is Outcome.INSTALLED


def test_who_asks_for_no_signature_still_gets_no_other_bytes(
    server: LyingServer, device: Device
) -> None:
    careless = replace(device, trust=Trust(frozenset(), 0))
    server.offer = server.release(Served("kernel", _TRUTH, signatures=[]))
    server.lies["kernel"] = Lie.WRONG_BYTES

    failed = careless.check()
    _assert_nothing_was_installed(server, device)
    server.lies.clear()
    installed = careless.check()

    assert failed.outcome is Outcome.FAILED
    assert installed.outcome is Outcome.INSTALLED


@pytest.mark.parametrize(
    ("babble", "seconds", "reason"),
    [
        (Babble.MUCH, 20, "the answer is longer than 100000 bytes"),
        (Babble.SLOW, 0.5, "no whole answer within 0.5 seconds"),
        (Babble.SLOW_HEAD, 0.5, "no whole answer within 0.5 seconds"),
        (Babble.PACKED, 20, "the answer is packed, which was not asked for"),
    ],
)
def test_an_answer_without_an_end_is_not_heard_to_its_end(
    server: LyingServer, device: Device, babble: Babble, seconds: float, reason: str
) -> None:
    server.babble = babble
    limited = replace(device, limits=Limits(size=100_000, seconds=seconds))
    begun = time.monotonic()

    with pytest.raises(Away, match=reason):
        limited.check()

    assert time.monotonic() - begun < 20
    assert device.calls() == []
