"""Whether content may still be sent, for links that lead to a store of others.

What is erased on a disk of ours is gone in that moment. A store of others is asked by the
client itself, so the record decides: what it gave up is refused before anything is erased.
"""

from sealift.actions.mending import PROBE
from sealift.actions.system import System
from sealift.content.links import ContentTicket
from sealift.domain.binary import HAS_VERIFIED_CONTENT
from sealift.domain.errors import LinkDead
from sealift.records import rows
from sealift.records.binaries import BINARIES, origin_of, owner_of


def must_be_served(system: System, ticket: ContentTicket) -> None:
    """Refuses a link whose content its record has given up."""
    origin = origin_of(ticket.key)
    if origin is not None and origin[1] == PROBE:
        return  # of whoever tries the store by a link that we signed: no record ever had it
    with system.records.read(None) as tx:
        binary = rows.find(tx, BINARIES, owner_of(ticket.key))
    if (
        binary is None
        or binary.content_key != ticket.key
        or binary.state not in HAS_VERIFIED_CONTENT
    ):
        raise LinkDead("the content of this link is gone")
