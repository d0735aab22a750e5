"""The opening step, when it is cut off after its upload was given up."""

from datetime import timedelta

import pytest

from sealift.actions import uploads
from sealift.domain.parts import Part
from sealift.records import unfinished
from sealift.worker.sweep import sweep
from tests.faults import PowerCut, once, power_cut
from tests.life import actor_of, id_of
from tests.yard import CONTENT, Yard, a_binary, a_version, digest

pytestmark = pytest.mark.lifecycle

DISCARDED_AFTER = timedelta(days=7)


def test_what_is_opened_after_its_erasure_by_who_dies_then_is_erased_again(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    deleted: list[int] = []

    def delete() -> None:
        deleted.append(yard.api.delete(f"/binaries/{binary['prn']}").status_code)

    once(yard, "open", delete)
    yard.store.after["open"] = power_cut
    with pytest.raises(PowerCut):
        uploads.declare_part(
            yard.system, actor_of(binary), id_of(binary), Part(1, 14, digest(CONTENT)), 14
        )
    yard.store.after.clear()
    assert deleted == [204]
    assert yard.kept() != []

    yard.clock.pass_time(timedelta(minutes=1))
    sweep(yard.system, DISCARDED_AFTER)

    assert yard.kept() == []
    with yard.system.records.read(None) as tx:
        assert unfinished.to_erase(tx) == []
