"""Which certificates a device can begin a handshake with, and how that changes while we run.

OpenSSL judges a chain by what a context trusts, and a context can learn but not forget. So the
context that listens trusts nobody and hands each handshake over to the newest one: what is new
is taught to that, and when something has to be forgotten another takes its place.

A handshake proves one thing: that its device has the key of a certificate that was trusted,
perhaps a second ago, or when a session began that it resumes. Whose certificate that is, and
whether it still opens anything, is asked of the records at every request. So time is left to
them too: a device that is known may come with a certificate that has expired.
"""

import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final

from sealift.operate.certificates import Pair

_NO_CHECK_TIME: Final = 0x200000  # OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which ssl has no name for
_AT_ONCE: Final = 25  # certificates taught in one go, while everything else in the process waits
_LOOK_EVERY: Final = 0.25  # seconds

_log: Final = logging.getLogger(__name__)


class Trust:
    def __init__(self, own: Pair) -> None:
        self._own = own
        self._current, self._taught = _context(own), frozenset[bytes]()
        self.entrance = _context(own)
        self.entrance.sni_callback = self._hand_over

    def _hand_over(
        self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext
    ) -> None:
        connection.context = self._current

    def follow(self, wanted: frozenset[bytes]) -> None:
        """Trust these, in DER, and no others. Handshakes go on meanwhile.

        What is new counts first: to teach thousands anew takes a second or two, in which who is
        gone is refused by the records.
        """
        _teach(self._current, wanted - self._taught)
        if not self._taught <= wanted:
            fresh = _context(self._own)
            _teach(fresh, wanted)
            self._current = fresh
        self._taught = wanted

    def show(self, own: Pair) -> None:
        """Another certificate of the door's own, from the next handshake on."""
        fresh = _context(own)
        _teach(fresh, self._taught)
        self._own, self._current = own, fresh


def _context(own: Pair) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.load_cert_chain(own.certificate, own.key)
    # Who has no certificate is told so in HTTP: not every client can tell why a handshake failed.
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VerifyFlags(_NO_CHECK_TIME)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _teach(context: ssl.SSLContext, wanted: Iterable[bytes]) -> None:
    ders = list(wanted)
    for begin in range(0, len(ders), _AT_ONCE):
        some = ders[begin : begin + _AT_ONCE]
        try:
            context.load_verify_locations(cadata=b"".join(some))
        except ssl.SSLError:
            if len(some) == 1:
                _log.warning("OpenSSL cannot read a certificate that is in the records")
            else:  # none may keep the others out
                for each in some:
                    _teach(context, [each])


class Watch:
    """Looks what is `trusted`, which is read when the `version` is another.

    While the records are away, all stays as it is.
    """

    def __init__(
        self,
        trust: Trust,
        version: Callable[[], object],
        trusted: Callable[[], frozenset[bytes]],
    ) -> None:
        self._trust, self._version, self._trusted = trust, version, trusted
        self._seen: object = None
        self._is_away = False

    def begin(self) -> None:
        """The first look is over when this returns; a thread of its own looks on."""
        self._look()
        threading.Thread(target=self._look_on, name="trust", daemon=True).start()

    def _look_on(self) -> None:
        while True:
            time.sleep(_LOOK_EVERY)
            self._look()

    def _look(self) -> None:
        try:
            now = self._version()
            if now != self._seen:
                self._trust.follow(self._trusted())
                self._seen = now
            self._is_away = False
        except Exception as error:  # noqa: BLE001 - whatever it is, the next look may do better
            if not self._is_away:
                _log.warning("trusted certificates stay as they are for now: %s", error)
            self._is_away = True
