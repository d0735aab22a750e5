"""The Device API: who a device is, what it should run, and what became of it.

A device is known by its client certificate and by nothing else. Most requests are checks without
news, so those have a way of their own past all routes, without a thread, a database or a line in
the log.
"""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Final, Self

from starlette.types import Receive, Scope, Send

from sealift.actions.contacts import Contacts
from sealift.actions.system import System
from sealift.device_api import routes
from sealift.device_api.checking import Door, at_once
from sealift.device_api.known import Acquaintances, Generations
from sealift.device_api.pace import Pace
from sealift.web import request_id
from sealift.web.head import NoBodyForHead
from sealift.web.limits import LONGEST_SILENCE, CloseUnread
from sealift.web.request_id import RequestId

_PACE: Final = Pace()
_LOOK_EVERY: Final = 0.4  # seconds
_FLUSH_EVERY: Final = 4.0
_PATIENCE: Final = 5.0  # with a database that hangs when all is to end

_log: Final = logging.getLogger(__name__)


class DeviceApi:
    """The application. As a context it looks for changes, and writes what it gathered."""

    def __init__(
        self,
        system: System,
        pace: Pace = _PACE,
        connected_every: timedelta = timedelta(days=1),
        longest_silence: float = LONGEST_SILENCE,
    ) -> None:
        generations = Generations(system)
        self.door = Door(
            system,
            pace,
            generations,
            Acquaintances(generations),
            Contacts(system, connected_every),
        )
        app = routes.make(self.door, longest_silence)
        self._app = RequestId(CloseUnread(NoBodyForHead(app)))
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(
                target=self._repeat, args=(what, every), name=what.__name__, daemon=True
            )
            for what, every in (
                (generations.look, _LOOK_EVERY),
                (self.door.contacts.flush, _FLUSH_EVERY),
            )
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/update" and scope["method"] == "GET":
            answered = at_once(self.door, scope)
            if answered is not None:
                headers = [
                    (b"content-type", b"application/json"),
                    (b"content-length", b"%d" % len(answered.body)),
                    (b"retry-after", b"%d" % answered.retry_after),
                    (request_id.HEADER.encode(), request_id.made().encode()),
                ]
                await send({"type": "http.response.start", "status": 200, "headers": headers})
                await send({"type": "http.response.body", "body": answered.body})
                return
        await self._app(scope, receive, send)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(_PATIENCE)
        _fails(self.door.contacts.flush, is_told=False)

    def _repeat(self, what: Callable[[], None], every: float) -> None:
        is_told = False
        while not self._stop.is_set():
            is_told = _fails(what, is_told=is_told)
            self._stop.wait(every)


def _fails(what: Callable[[], None], *, is_told: bool) -> bool:
    """Whether it does, which is told once and not every time."""
    try:
        what()
    except Exception as error:  # noqa: BLE001 - nothing may end the thread; it is tried again
        if not is_told:
            _log.warning("%s does not succeed for now: %s", what.__name__, error)
        return True
    return False
