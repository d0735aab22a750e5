"""What a server tells who watches it, in the text format of Prometheus.

Nothing here says whose anything is: only totals, and labels whose values this file or the
program's routes bound. A path, a name or a status of a client's choosing never becomes one.

Requests are counted in this process, since it has seen them. States and verdicts are read
from the records, which know them all, whoever did the work and wherever it runs. They are
read at most every few seconds, and a database that is away or hangs takes nothing but them.
"""

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sealift.actions.system import System
from sealift.records import figures
from sealift.records.figures import Figures, Waiting
from sealift.web.patience import Looked

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER: Final = "other"
# Seconds: a look at a record, a page of them, a part of an upload, a download.
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_FRESH_SECONDS: Final = 10.0


class Metrics:
    """All families of one server process; `queue` counts the jobs that were enqueued.

    `processes` collects what the machine knows of the processes that belong together.
    """

    def __init__(
        self,
        system: System,
        queue: Callable[[], int] | None = None,
        processes: Collector | None = None,
        fresh_seconds: float = _FRESH_SECONDS,
    ) -> None:
        self._registry = CollectorRegistry()
        labels = ("door", "method", "route", "status")
        self._requests = Histogram(
            "sealift_http_request_seconds",
            "Requests, and how long each took until its answer was sent.",
            labels,
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._received = Counter(
            "sealift_http_received_bytes",
            "Bytes of bodies that were read.",
            labels[:3],
            registry=self._registry,
        )
        self._sent = Counter(
            "sealift_http_sent_bytes",
            "Bytes of bodies that were answered.",
            labels[:3],
            registry=self._registry,
        )
        self._registry.register(_OfRecords(system, fresh_seconds))
        if queue is not None:
            self._registry.register(_OfQueue(queue))
        if processes is not None:
            self._registry.register(processes)

    def text(self) -> bytes:
        return generate_latest(self._registry)

    def watched(self, door: str, app: ASGIApp) -> ASGIApp:
        """The same application, its requests counted as those of the door."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            begun, seen = time.perf_counter(), _Seen(receive, send)
            try:
                await app(scope, seen.receive, seen.send)
            finally:
                labels = door, _method(scope), _route(scope)
                took = time.perf_counter() - begun
                self._requests.labels(*labels, str(seen.status)).observe(took)
                self._received.labels(*labels).inc(seen.received)
                self._sent.labels(*labels).inc(seen.sent)

        return counted


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else _OTHER


def _route(scope: Scope) -> str:
    """The template, which has names where the path has ids; one word for all that is no route."""
    return getattr(scope.get("route"), "path", _OTHER)


class _Seen:
    """Counts what passes. A file that the server sends by itself counts as it was announced."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._announced = 0
        self.received = 0
        self.sent = 0
        self.status = 500

    async def receive(self) -> Message:
        message = await self._receive()
        self.received += len(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        match message["type"]:
            case "http.response.start":
                self.status = message["status"]
                length = Headers(raw=list(message["headers"])).get("content-length", "0")
                self._announced = int(length)
            case "http.response.pathsend":
                self.sent += self._announced
            case _:
                self.sent += len(message.get("body", b""))
        await self._send(message)


class _OfRecords(Collector):
    def __init__(self, system: System, fresh_seconds: float) -> None:
        self._system = system
        self._looked = Looked(self._look, fresh_seconds)

    def _look(self) -> Figures:
        with self._system.records.read(None) as tx:
            return figures.of(tx, self._system.now())

    def describe(self) -> Iterable[Metric]:
        """Nothing: who registers is not to wait for a database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        found = self._looked.ask().answer()
        text = "1 if the records could be read, else 0 and none of their figures is here."
        yield GaugeMetricFamily("sealift_database_up", text, value=int(found is not None))
        if found is not None:
            yield from _families(found, self._system.now())


def _families(found: Figures, now: datetime) -> Iterable[Metric]:
    states = GaugeMetricFamily("sealift_binaries", "Binaries, by state.", labels=["state"])
    for state, count in found.binaries.items():
        states.add_metric([str(state)], count)
    yield states
    yield from _waiting("verifications", "verified, and nobody is at it", found.to_verify, now)
    yield from _waiting("erasures", "erased", found.to_erase, now)
    for column, unit, text in (
        ("count", "", "Verifications that came to an end"),
        ("bytes", "_bytes", "Bytes read by verifications"),
        ("milliseconds", "_seconds", "Seconds that verifications took"),
    ):
        totals = CounterMetricFamily(
            f"sealift_verifications{unit}",
            f"{text}, by outcome: of all workers, since the first start.",
            labels=["outcome"],
        )
        divisor = 1000 if column == "milliseconds" else 1
        for tally in found.verifications:
            totals.add_metric([tally.outcome], getattr(tally, column) / divisor)
        yield totals
    text = "Device checks, by answer: of all servers, since the first start, some seconds late."
    checks = CounterMetricFamily("sealift_device_checks", text, labels=["status"])
    for status, count in found.checks.items():
        checks.add_metric([status], count)
    yield checks


def _waiting(name: str, what: str, found: Waiting, now: datetime) -> Iterable[Metric]:
    age = max((now - found.since).total_seconds(), 0.0) if found.since is not None else 0.0
    yield GaugeMetricFamily(
        f"sealift_{name}_waiting", f"Binaries whose content is to be {what}.", value=found.count
    )
    yield GaugeMetricFamily(
        f"sealift_{name}_oldest_seconds", "How long the oldest of those has waited.", value=age
    )


class _OfQueue(Collector):
    def __init__(self, count: Callable[[], int]) -> None:
        self._looked = Looked(count)

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        count = self._looked.ask().answer()
        if count is None:
            return
        text = "Jobs in the queue. They are hints; what really waits is in other figures."
        yield GaugeMetricFamily("sealift_queue_jobs", text, value=count)
