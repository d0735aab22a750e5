"""Taking releases back: the bundle of an earlier one comes last, and what came after it is over.

The releases in between are withdrawn: disabled, so that no device is given one of them, and not
required, so that none holds a device up. The latest loses its limits as well, since something
has to follow it; disabled, it is complete without anybody being given it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sealift.domain.errors import ChannelBroken
from sealift.domain.release import COMPLETE, PhaseMode, Release


def withdrawn(releases: Sequence[Release], earlier: Release, now: datetime) -> list[Release]:
    """What came after `earlier`, one after the other up to the latest, as it has to be."""
    by_id = {each.id: each for each in releases}
    found: list[Release] = []
    following = by_id.get(earlier.next_release_id or "")
    while following is not None:
        found.append(replace(following, disabled=True, required=False))
        following = by_id.get(following.next_release_id or "")
    if not found:
        message = "is the latest of its cohort already: name a release that came before"
        raise ChannelBroken(message, field="release_prn")
    found[-1] = replace(
        found[-1],
        phase_mode=PhaseMode.NUMERIC,
        phase_value=COMPLETE,
        schedule_date=min(found[-1].schedule_date, now),
    )
    return found
