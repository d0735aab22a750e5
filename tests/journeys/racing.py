"""Two clients who want something at the same moment, and what must be true afterwards.

On PostgreSQL each of them has a server of its own; both servers share database and store.
"""

import threading
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ROUNDS: Final = 100
CONTENT: Final = b"Hello, Binary\n" * 10_000
HASH: Final = sha256(CONTENT).hexdigest()
PART: Final = {"expected_binary_size": len(CONTENT), "hash": HASH, "size": len(CONTENT)}
BYTES: Final = {
    "content-type": "application/octet-stream",
    "x-amz-checksum-sha256": b64encode(bytes.fromhex(HASH)).decode(),
}

_ANSWERS: Final = {200, 201, 204, 400, 403, 404, 409, 422}
_WIDEST_START: Final = 0.005  # seconds between the two; a request takes about as long
_VERIFIED_WITHIN: Final = 60  # seconds
_HAS_CONTENT: Final = {"hashable", "hashing", "signable", "signed"}

Call = Callable[[httpx.Client], httpx.Response]


@dataclass
class Arena:
    """`clients` are the two contenders; `store` is the folder of the content."""

    clients: Sequence[httpx.Client]
    store: Path
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4))
    numbers: "count[int]" = field(default_factory=count)

    @property
    def client(self) -> httpx.Client:
        return self.clients[0]

    def race(self, number: int, first: Call, second: Call) -> tuple[httpx.Response, httpx.Response]:
        """Both at once. Over the rounds either starts earlier, by less and less and then more."""
        late = _WIDEST_START * (2 * number / ROUNDS - 1)
        barrier = threading.Barrier(2)

        def run(call: Call, client: httpx.Client, delay: float) -> httpx.Response:
            barrier.wait(timeout=10)
            time.sleep(max(delay, 0))
            return call(client)

        calls = (first, self.clients[0], -late), (second, self.clients[-1], late)
        running = [self.threads.submit(run, *each) for each in calls]
        answers = tuple(each.result() for each in running)
        for answer in answers:
            assert answer.status_code in _ANSWERS, answer.text
        return answers[0], answers[1]

    # --- what is raced for -----------------------------------------------------------------------

    def a_version(self) -> str:
        name = {"name": f"artifact {next(self.numbers)}"}
        artifact = self._made("/artifacts", "artifact", name)["prn"]
        body = {"artifact_prn": artifact, "version": "1.0.0"}
        return self._made("/artifact_versions", "artifact_version", body)["prn"]

    def _made(self, path: str, noun: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.client.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()[noun]

    def a_binary(self, version: str) -> str:
        return self._made("/binaries", "binary", self.new_binary(version))["prn"]

    def new_binary(self, version: str, **fields: object) -> dict[str, object]:
        target = f"target {next(self.numbers)}"
        known = {"artifact_version_prn": version, "hash": HASH, "size": len(CONTENT)}
        return {**known, "target": target, **fields}

    def a_link(self, prn: str) -> str:
        answer = self.client.put(f"/binaries/{prn}/parts/1", json=PART)
        assert answer.status_code == 201, answer.text
        return answer.json()["binary_part"]["presigned_upload_url"]

    def an_upload(self, version: str) -> tuple[str, str]:
        """A binary whose part has arrived, and the link of the part."""
        prn = self.a_binary(version)
        link = self.a_link(prn)
        assert self.client.put(link, content=CONTENT, headers=BYTES).status_code == 200
        return prn, link

    def a_hashable(self, version: str) -> str:
        prn, _ = self.an_upload(version)
        assert self.client.patch(f"/binaries/{prn}", json={"state": "hashable"}).status_code == 200
        return prn

    def signables(self, how_many: int = ROUNDS) -> list[str]:
        """One for each round, verified by the worker."""
        version = self.a_version()

        def make(_: int) -> str:
            prn = self.a_hashable(version)
            answer = self.client.patch(f"/binaries/{prn}", json={"state": "hashing"})
            assert answer.status_code == 200, answer.text
            return prn

        made = list(self.threads.map(make, range(how_many)))
        deadline = time.monotonic() + _VERIFIED_WITHIN
        while any(self.see(prn)["state"] == "hashing" for prn in made):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return made

    def a_key(self) -> tuple[str, str]:
        """A signing key, and its signature of `CONTENT`."""
        private = Ed25519PrivateKey.generate()
        value = b64encode(private.public_key().public_bytes_raw()).decode()
        body = {"name": f"key {next(self.numbers)}", "value": value}
        made = self._made("/signing_keys", "signing_key", body)
        return made["prn"], private.sign(HASH.encode()).hex()

    # --- what must be true afterwards ------------------------------------------------------------

    def see(self, prn: str) -> dict[str, Any]:
        answer = self.client.get(f"/binaries/{prn}")
        assert answer.status_code == 200, answer.text
        return answer.json()["binary"]

    def kept(self, prn: str) -> list[Path]:
        """The folders that the store has for the binary."""
        binary_id = prn.rpartition(":")[2]
        return list(self.store.glob(f"{binary_id[:2]}/{binary_id}*"))

    def is_tidy(self, prn: str) -> bool:
        """The store has what the record says, the right bytes of it, and nothing else."""
        answer = self.client.get(f"/binaries/{prn}")
        state = answer.json()["binary"]["state"] if answer.status_code == 200 else "deleted"
        folders = self.kept(prn)
        if state in _HAS_CONTENT:
            stored = [sha256((each / "content").read_bytes()).hexdigest() for each in folders]
            return stored == [HASH]
        return len(folders) <= (state == "uploadable")


def patch(prn: str, **changes: object) -> Call:
    return lambda client: client.patch(f"/binaries/{prn}", json=changes)


def delete(path: str) -> Call:
    return lambda client: client.delete(path)


def post(path: str, body: dict[str, object]) -> Call:
    return lambda client: client.post(path, json=body)


def sign(prn: str, key: str, signature: str) -> Call:
    body: dict[str, object] = {"binary_prn": prn, "signing_key_prn": key, "signature": signature}
    return post("/binary_signatures", body)


def send(link: str, content: bytes = CONTENT) -> Call:
    return lambda client: client.put(_path(link), content=content, headers=BYTES)


def fetch(link: str) -> Call:
    return lambda client: client.get(_path(link))


def _path(link: str) -> str:
    """Without the server that gave the link out: each contender asks his own."""
    return link[link.index("/content/") :]


def statuses(*answers: httpx.Response) -> list[int]:
    return sorted(answer.status_code for answer in answers)
