"""Links written in two transactions: a release is archived first, and led around after that."""

from time import sleep
from typing import Final

from sealift.actions import releases
from sealift.actions.system import System
from sealift.domain import channel as rules
from sealift.domain.rights import Actor, Right
from sealift.records import audit, rows
from sealift.records.releases import RELEASES

_SECONDS: Final = 0.03


def _delete(system: System, actor: Actor, row_id: str) -> None:
    actor.needs(Right.WRITE)
    now = system.now()
    with system.records.write(actor.organization_id) as tx:
        seen = releases.hold(tx, row_id)
        links = rules.healed(releases._channel(tx, seen.cohort_id), seen.rules)
        rows.change(tx, RELEASES, row_id, now, deleted_at=now)
        audit.note(tx, actor.name, "release.archived", releases._name(actor, row_id), now)
    sleep(_SECONDS)
    with system.records.write(actor.organization_id) as tx:
        releases._link(tx, actor, links, now)


releases.delete = _delete
