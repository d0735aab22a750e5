"""The device door's own listener, answering constant bytes: `python -m bench.constant_door`."""

import sys
from pathlib import Path
from typing import Final

from starlette.types import Receive, Scope, Send

from sealift.operate.certificates import Pair
from sealift.operate.device_server import serve
from sealift.operate.trust import Trust

_BODY: Final = b'{"status":"no_update","manifest":null,"source_type":null}'
_HEADERS: Final = [
    (b"content-type", b"application/json"),
    (b"content-length", b"%d" % len(_BODY)),
    (b"retry-after", b"1800"),
    (b"peridio-request-id", b"0" * 20),
]


async def constant(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _BODY})


def main(descriptor: int, certificate: Path, key: Path, ca: Path) -> None:
    trust = Trust(Pair(certificate, key))
    trust.follow(frozenset([ca.read_bytes()]))

    def ready() -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()

    serve(constant, descriptor, trust.entrance, ready)


if __name__ == "__main__":
    _descriptor, _certificate, _key, _ca = sys.argv[1:]
    main(int(_descriptor), Path(_certificate), Path(_key), Path(_ca))
