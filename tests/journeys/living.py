"""The life of binaries on a real server, one request at a time, as its client sees it."""

import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from typing import Any, Final

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sealift.domain.parts import SMALLEST

SMALL: Final = b"Hello, Binary\n"

_EVENTUALLY: Final = 40  # seconds, on a machine that does other things too
_numbers: Final = count()


def eventually(is_so: Callable[[], bool], within: float = _EVENTUALLY) -> bool:
    deadline = time.monotonic() + within
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def a_version(client: httpx.Client) -> str:
    artifact = _made(client, "/artifacts", "artifact", {"name": f"artifact {next(_numbers)}"})
    body = {"artifact_prn": artifact["prn"], "version": "1.0.0"}
    return _made(client, "/artifact_versions", "artifact_version", body)["prn"]


@dataclass(frozen=True, slots=True)
class Key:
    prn: str
    private: Ed25519PrivateKey


def a_key(client: httpx.Client) -> Key:
    private = Ed25519PrivateKey.generate()
    value = b64encode(private.public_key().public_bytes_raw()).decode()
    body = {"name": f"key {next(_numbers)}", "value": value}
    return Key(_made(client, "/signing_keys", "signing_key", body)["prn"], private)


def a_binary(client: httpx.Client, version: str, content: bytes = SMALL) -> str:
    body = {
        "artifact_version_prn": version,
        "hash": sha256(content).hexdigest(),
        "size": len(content),
        "target": f"target {next(_numbers)}",
    }
    return _made(client, "/binaries", "binary", body)["prn"]


def _made(client: httpx.Client, path: str, noun: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()[noun]


def see(client: httpx.Client, prn: str) -> dict[str, Any]:
    answer = client.get(f"/binaries/{prn}")
    assert answer.status_code == 200, answer.text
    return answer.json()["binary"]


def state_of(client: httpx.Client, prn: str) -> str:
    return see(client, prn)["state"]


def part_states(client: httpx.Client, prn: str) -> list[str]:
    answer = client.get(f"/binaries/{prn}/parts")
    assert answer.status_code == 200, answer.text
    return [part["state"] for part in answer.json()["binary_parts"]]


def declare(
    client: httpx.Client, prn: str, part: bytes = SMALL, index: int = 1, size: int | None = None
) -> httpx.Response:
    """`size` is that of the binary; none: the part is all of it."""
    body = {
        "expected_binary_size": len(part) if size is None else size,
        "hash": sha256(part).hexdigest(),
        "size": len(part),
    }
    return client.put(f"/binaries/{prn}/parts/{index}", json=body)


def link_in(declared: httpx.Response) -> str:
    assert declared.status_code == 201, declared.text
    return declared.json()["binary_part"]["presigned_upload_url"]


def send(client: httpx.Client, link: str, part: bytes = SMALL) -> httpx.Response:
    digest = b64encode(sha256(part).digest()).decode()
    headers = {"content-type": "application/octet-stream", "x-amz-checksum-sha256": digest}
    return _without_key(client, client.build_request("PUT", link, content=part, headers=headers))


def _without_key(client: httpx.Client, request: httpx.Request) -> httpx.Response:
    """A store of others would take the key for its own, and has no business with it."""
    del request.headers["authorization"]
    return client.send(request, follow_redirects=True)


def move(client: httpx.Client, prn: str, state: str) -> httpx.Response:
    return client.patch(f"/binaries/{prn}", json={"state": state})


def sign(client: httpx.Client, prn: str, key: Key) -> httpx.Response:
    signature = key.private.sign(see(client, prn)["hash"].encode()).hex()
    body = {"binary_prn": prn, "signing_key_prn": key.prn, "signature": signature}
    return client.post("/binary_signatures", json=body)


def pieces(content: bytes, part_size: int = SMALLEST) -> list[bytes]:
    return [content[start : start + part_size] for start in range(0, len(content), part_size)]


def an_upload(client: httpx.Client, version: str, content: bytes = SMALL) -> str:
    """A binary whose parts have all arrived; it is not finished."""
    prn = a_binary(client, version, content)
    for index, part in enumerate(pieces(content), start=1):
        link = link_in(declare(client, prn, part, index, len(content)))
        assert send(client, link, part).status_code == 200
    return prn


def a_hashing(client: httpx.Client, version: str, content: bytes = SMALL) -> str:
    prn = an_upload(client, version, content)
    for state in ("hashable", "hashing"):
        answer = move(client, prn, state)
        assert answer.status_code == 200, answer.text
    return prn


def a_signable(client: httpx.Client, version: str, content: bytes = SMALL) -> str:
    prn = a_hashing(client, version, content)
    assert becomes_signable(client, prn), see(client, prn)
    return prn


def becomes_signable(client: httpx.Client, prn: str) -> bool:
    return eventually(lambda: state_of(client, prn) == "signable")


def a_signed(client: httpx.Client, version: str, content: bytes = SMALL) -> str:
    prn = a_signable(client, version, content)
    assert sign(client, prn, a_key(client)).status_code == 201
    return prn


def download_link(client: httpx.Client, prn: str) -> str:
    answer = client.get(f"/binaries/{prn}/download_url")
    assert answer.status_code == 200, answer.text
    return answer.json()["download_url"]


def download(client: httpx.Client, prn: str) -> httpx.Response:
    return _without_key(client, client.build_request("GET", download_link(client, prn)))


def is_refused(answer: httpx.Response, status: int, code: str) -> bool:
    """In words, and with the time after which to repeat."""
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    assert list(body["errors"]) == ["detail"]
    return int(answer.headers["retry-after"]) > 0
