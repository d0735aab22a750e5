"""A store that answers nobody any more is asked now and then only, and not by everybody.

Who asks it waits as long as his patience lasts, and a server has only so many threads. So once
it has been silent for a while, one request every few seconds finds out whether it is back, and
all others are refused at once. A single answer that is late means nothing while others come.
"""

import time
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from sealift.domain.errors import ContentUnavailable

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_SILENT_SECONDS: Final = 2.0  # shorter than anybody's patience
_REST_SECONDS: Final = 5.0
_LATE: Final = (ConnectTimeoutError, ReadTimeoutError)


class Silence:
    """What is known of one store by all clients that `listen` to it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._heard = float("-inf")
        self._asked_again_at: float | None = None  # none: it answers, as far as anybody knows

    def listen(self, client: "S3Client") -> None:
        client.meta.events.register("before-send.s3", self.before)
        client.meta.events.register("needs-retry.s3", self.after)

    def before(self, **_: object) -> None:
        """Refuses to send, unless it is time to try again; then the others wait for that."""
        with self._lock:
            now = self._clock()
            if self._asked_again_at is None:
                return
            if now < self._asked_again_at:
                raise ContentUnavailable("the store has not answered for a while; wait and repeat")
            self._asked_again_at = now + _REST_SECONDS

    def after(
        self, response: object = None, caught_exception: BaseException | None = None, **_: object
    ) -> None:
        with self._lock:
            now = self._clock()
            if response is not None:
                self._heard, self._asked_again_at = now, None
            elif isinstance(caught_exception, _LATE) and now - self._heard > _SILENT_SECONDS:
                self._asked_again_at = now + _REST_SECONDS
