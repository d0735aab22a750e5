"""Parts that arrived without us, as a store with links of its own tells of them."""

from hashlib import md5

import pytest

from sealift.content.store import Received
from sealift.records.binaries import LEASE
from tests.faults import missing, once
from tests.life import begin_to_close, part_states
from tests.yard import CONTENT, Yard, a_binary, a_version, declare_part, digest, patch, see, upload

pytestmark = pytest.mark.lifecycle

_MD5 = md5(CONTENT, usedforsecurity=False).hexdigest()


def _tells(yard: Yard, size: int, reported: str | None) -> None:
    yard.store.after["received"] = lambda _: {1: Received(size, reported)}


@pytest.mark.parametrize(
    ("size", "reported", "state"),
    [
        pytest.param(14, None, "valid", id="no digest"),
        pytest.param(14, f"sha256:{digest(CONTENT)}", "valid", id="the declared SHA-256"),
        pytest.param(14, f"sha256:{digest(b'other')}", "invalid_hash", id="another SHA-256"),
        pytest.param(14, f"md5:{_MD5}", "valid", id="an MD5, which was never declared"),
        pytest.param(13, f"sha256:{digest(CONTENT)}", "invalid_size", id="another size"),
    ],
)
def test_a_part_is_as_its_store_tells(
    yard: Yard, size: int, reported: str | None, state: str
) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    declare_part(yard.api, binary, 1, CONTENT)

    _tells(yard, size, reported)

    assert part_states(yard, binary) == {1: state}


@pytest.mark.parametrize(("reported", "state"), [(_MD5, "signable"), ("0" * 32, "hashable")])
def test_a_store_that_knows_only_md5_is_checked_by_it(
    yard: Yard, reported: str, state: str
) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    upload(yard.api, binary)
    _tells(yard, len(CONTENT), f"md5:{reported}")

    for step in ("hashable", "hashing"):
        patch(yard.api, binary, state=step)
    yard.work()

    seen = see(yard.api, binary)
    assert seen["state"] == state
    if state == "hashable":
        assert seen["verification_error"]["code"] == "storage_hash_mismatch"
        assert seen["verification_error"]["reported"] == f"md5:{reported}"


def test_what_a_store_does_not_show_while_it_joins_is_not_called_lost(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    upload(yard.api, binary)
    before = part_states(yard, binary)

    def joining() -> None:
        begin_to_close(yard, binary)
        missing()

    once(yard, "received", joining)
    yard.store.after["size"] = lambda _: None

    assert part_states(yard, binary) == before == {1: "valid"}

    yard.store.after.clear()
    yard.clock.pass_time(LEASE)
    assert patch(yard.api, binary, state="hashable").status_code == 200
