"""What a real server logs: one id from a request to the work it caused, and no secret."""

import json
import re
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.journeys.racing import BYTES, CONTENT, HASH, PART
from tests.server import Server, a_server

_WITHIN = 30  # seconds
_JSON = {"SEALIFT_LOG_FORMAT": "json"}
_PASSWORD = "the-password-of-admin"
_PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))

Line = Mapping[str, Any]


def lines(server: Server) -> list[Line]:
    """The log so far, but for what is said before there is one."""
    text = (server.data_dir / "log").read_text()
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def line(server: Server, wanted: Callable[[Line], bool]) -> Line:
    """The first such line, which may have to be waited for."""
    deadline = time.monotonic() + _WITHIN
    while time.monotonic() < deadline:
        for each in lines(server):
            if wanted(each):
                return each
        time.sleep(0.05)
    raise AssertionError(f"no such line:\n{(server.data_dir / 'log').read_text()}")


class Life:
    """Takes a binary through its life and remembers all that is nobody else's business."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.secrets: set[str] = set()

    def post(self, noun: str, **fields: object) -> dict[str, Any]:
        answer = self.client.post(f"/{noun}s" if noun != "binary" else "/binaries", json=fields)
        assert answer.status_code == 201, answer.text
        return answer.json()[noun]

    def uploaded(self) -> str:
        """The PRN of a binary that is `hashable`."""
        artifact = self.post("artifact", name=f"kernel-{time.monotonic_ns()}")
        version = self.post("artifact_version", artifact_prn=artifact["prn"], version="1")
        fields = {"hash": HASH, "size": len(CONTENT), "target": "arm"}
        prn = self.post("binary", artifact_version_prn=version["prn"], **fields)["prn"]
        declared = self.client.put(f"/binaries/{prn}/parts/1", json=PART).json()
        self._send(declared["binary_part"]["presigned_upload_url"])
        self.move(prn, "hashable")
        return prn

    def _send(self, link: str) -> None:
        self._remember(link)
        assert httpx.put(link, content=CONTENT, headers=BYTES).status_code == 200

    def move(self, prn: str, state: str) -> str:
        """The id of the request."""
        answer = self.client.patch(f"/binaries/{prn}", json={"state": state})
        assert answer.status_code == 200, answer.text
        return answer.headers["peridio-request-id"]

    def sign(self, prn: str) -> None:
        value = _PRIVATE_KEY.public_key().public_bytes_raw()
        key = self.post("signing_key", name="release", value=b64encode(value).decode())
        signature = _PRIVATE_KEY.sign(HASH.encode()).hex()
        self.secrets.add(signature)
        fields = {"binary_prn": prn, "signing_key_prn": key["prn"], "signature": signature}
        self.post("binary_signature", **fields)

    def download(self, prn: str) -> None:
        link = self.client.get(f"/binaries/{prn}/download_url").json()["download_url"]
        self._remember(link)
        assert httpx.get(link).content == CONTENT
        assert httpx.get(link, headers={"range": "bytes=5-9"}).content == CONTENT[5:10]
        assert httpx.get(f"{link[:-4]}AAAA").status_code == 403

    def _remember(self, link: str) -> None:
        # Short values are no secrets, and can be found anywhere.
        self.secrets |= {v for _, v in parse_qsl(urlsplit(link).query) if len(v) > 10}


def test_one_id_leads_from_a_request_to_the_verification_it_caused(tmp_path: Path) -> None:
    with a_server(tmp_path, environment=_JSON) as server, server.client() as client:
        life = Life(client)
        prn = life.uploaded()

        request_id = life.move(prn, "hashing")

        binary_id = prn.rpartition(":")[2]
        verified = line(server, lambda each: each.get("binary") == binary_id)
        request = line(server, lambda each: each.get("request_id") == request_id)
    told = {name: verified[name] for name in ("event", "outcome", "attempt", "bytes")}
    assert told == {
        "event": "verified",
        "outcome": "accepted",
        "attempt": 1,
        "bytes": len(CONTENT),
    }
    assert verified["milliseconds"] >= 0
    assert verified["request_id"] == request_id
    assert (request["event"], request["path"]) == ("request", f"/binaries/{prn}")


def test_the_work_of_a_sweep_has_the_id_of_the_sweep(tmp_path: Path) -> None:
    alone = a_server(tmp_path, environment=_JSON, without_worker=True)
    with alone as server, server.client() as client:
        life = Life(client)
        prn = life.uploaded()
        life.move(prn, "hashing")
    for queue in tmp_path.glob("queue.sqlite3*"):
        queue.unlink()  # the job is lost

    with a_server(tmp_path, environment=_JSON) as server:
        binary_id = prn.rpartition(":")[2]
        verified = line(server, lambda each: each.get("binary") == binary_id)

    assert re.fullmatch("[0-9a-f]{20}", verified["sweep_id"])
    assert "request_id" not in verified


def test_the_id_of_a_request_is_never_the_clients(tmp_path: Path) -> None:
    theirs = {"peridio-request-id": "of-the-client", "x-request-id": "of-the-client"}
    with a_server(tmp_path, environment=_JSON) as server, server.client() as client:
        answer = client.get("/healthz", headers=theirs)

        logged = line(server, lambda each: each.get("path") == "/healthz")

    assert re.fullmatch("[0-9a-f]{20}", answer.headers["peridio-request-id"])
    assert logged["request_id"] == answer.headers["peridio-request-id"]
    assert "of-the-client" not in (tmp_path / "log").read_text()


def test_nothing_secret_of_a_whole_life_is_logged(tmp_path: Path) -> None:
    key, cursor, word = "a-key-nobody-knows", "a-cursor-nobody-made", "a-word-nobody-wrote"
    environment = {**_JSON, "SEALIFT_BOOTSTRAP_PASSWORD": _PASSWORD}
    with a_server(tmp_path, environment=environment) as server, server.client() as client:
        life = Life(client)
        prn = life.uploaded()
        life.move(prn, "hashing")
        line(server, lambda each: each.get("event") == "verified")
        life.sign(prn)
        life.download(prn)
        life.move(prn, "destroyed")
        client.get("/binaries", headers={"authorization": f"Bearer {key}"})
        client.get("/binaries", params={"page": cursor})
        client.get("/binaries", params={"search": f"target:'{word}'"})
    log = (tmp_path / "log").read_text()

    secrets = life.secrets | {key, cursor, word, server.key, _PASSWORD}
    assert [each for each in secrets if each in log] == []
    assert len(life.secrets) > 3
    assert prn in log
