"""PUT of one part: hashed and written while it arrives, never held whole in memory."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from sealift.actions.arrivals import Arrival
from sealift.actions.system import System
from sealift.content.links import parameters
from sealift.web.limits import limited
from sealift.web.threads import STORES

_PIECE: Final = 1024 * 1024  # bytes gathered before a thread takes them


async def put_part(request: Request) -> Response:
    system: System = request.app.state.system
    ticket = system.links.part_ticket(
        request.path_params["store"],
        request.path_params["key"],
        request.path_params["index"],
        parameters(request.query_params.multi_items()),
        system.now(),
    )
    arrival = Arrival(system, ticket)
    headers = request.headers
    try:
        await STORES.run(
            arrival.begin,
            headers.get("content-length"),
            headers.get("x-amz-checksum-sha256"),
            headers.get("content-type"),
        )
        await _receive(limited(request, request.app.state.longest_silence), arrival)
        await STORES.run(arrival.finish)
    finally:
        await STORES.run(arrival.end)
    return Response(status_code=200)


async def _receive(request: Request, arrival: Arrival) -> None:
    gathered, size = list[bytes](), 0
    async for chunk in request.stream():
        gathered.append(chunk)
        size += len(chunk)
        if size >= _PIECE:
            await STORES.run(_feed, arrival, gathered)
            gathered, size = [], 0
    if gathered:
        await STORES.run(_feed, arrival, gathered)


def _feed(arrival: Arrival, chunks: list[bytes]) -> None:
    for chunk in chunks:  # not put together, which would copy every byte
        arrival.feed(chunk)
