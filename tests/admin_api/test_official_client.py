"""The calls that the platform's official command line makes, in its order and with its habits."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from sealift.domain.parts import SMALLEST, cuts
from tests.admin_api.vectors import THEIR_SIGNATURE, their_key
from tests.caller import Caller
from tests.life import download_link, everything, part_states
from tests.yard import (
    BASE_URL,
    CONTENT,
    Yard,
    a_key,
    a_version,
    brought_to,
    digest,
    part_headers,
    patch,
    see,
    signature_of,
)

THREE_PARTS = bytes(range(256)) * (2 * SMALLEST // 256) + b"the last part is shorter"
TARGET = "arm-linux-androideabi"


@dataclass
class OfficialClient:
    """Remembers what it has sent, to be asked about it afterwards."""

    yard: Yard
    word: str = "Token"
    sent_parts: list[int] = field(default_factory=list[int])
    breaks_after: int = 10_000  # parts

    @property
    def api(self) -> TestClient:
        key = str(self.yard.api.headers["authorization"]).partition(" ")[2]
        headers = {"authorization": f"{self.word} {key}", "x-api-version": "2"}
        return Caller(self.yard.anybody.app, BASE_URL, headers)

    def create(self, version: str, content: bytes, keys: list[str]) -> dict[str, Any]:
        """`binaries create` with everything: find or make, upload, have verified, sign."""
        binary = self.found_or_made(version, content)
        self.go_on(binary, content, keys)
        return self.get(binary)

    def found_or_made(self, version: str, content: bytes) -> dict[str, Any]:
        search = f"target:'{TARGET}' and artifact_version_prn:'{version}'"
        found = self.api.get("/binaries", params={"search": search}).json()["binaries"]
        if len(found) != 1:
            body = {
                "artifact_version_prn": version,
                "hash": digest(content),
                "size": len(content),
                "target": TARGET,
                "description": None,
                "custom_metadata": None,
                "id": None,
            }
            return expect(self.api.post("/binaries", json=body), 201)["binary"]
        binary = found[0]
        if (binary["hash"], binary["size"]) == (digest(content), len(content)):
            return binary
        assert binary["state"] != "signed", "the client stops with an error"
        self.patch(binary, state="uploadable")
        return self.patch(binary, hash=digest(content), size=len(content))

    def go_on(self, binary: dict[str, Any], content: bytes, keys: list[str]) -> None:
        state = binary["state"]
        if state == "uploadable":
            self.upload(binary, content)
            state = self.patch(binary, state="hashable")["state"]
        if state == "hashable":
            state = self.patch(binary, state="hashing")["state"]
        while state == "hashing":
            self.yard.work()
            state = self.get(binary)["state"]
        for key in keys:
            body = {
                "binary_prn": binary["prn"],
                "signing_key_prn": key,
                "signing_key_keyid": None,
                "signature": signature_of(binary).upper(),
            }
            expect(self.api.post("/binary_signatures", json=body), 201)
        self.patch(binary, state="signed")

    def upload(self, binary: dict[str, Any], content: bytes) -> None:
        url = f"/binaries/{binary['prn']}/parts"
        listed = expect(self.api.get(url), 200)["binary_parts"]
        done = {part["index"] for part in listed if part["state"] == "valid"}
        for cut in cuts(len(content), SMALLEST):
            if cut.index in done:
                continue
            if len(self.sent_parts) == self.breaks_after:
                raise ConnectionAbortedError
            self.send(binary, cut.index, content[cut.offset : cut.offset + cut.size])
            self.sent_parts.append(cut.index)

    def send(self, binary: dict[str, Any], index: int, part: bytes) -> None:
        body = {
            "prn": None,
            "binary_prn": binary["prn"],
            "index": index,
            "expected_binary_size": binary["size"],
            "hash": digest(part),
            "size": len(part),
        }
        # Reckoned from this part's own size, so it is wrong for a last part that is shorter.
        begin = (index - 1) * len(part)
        header = {"content-range": f"bytes {begin}-{begin + len(part) - 1}/{binary['size']}"}
        url = f"/binaries/{binary['prn']}/parts/{index}"
        declared = expect(self.api.put(url, json=body, headers=header), 201)["binary_part"]
        sent = self.yard.anybody.put(
            declared["presigned_upload_url"], content=part, headers=part_headers(part)
        )
        assert sent.status_code in {200, 201}

    def patch(self, binary: dict[str, Any], **changes: object) -> dict[str, Any]:
        return expect(patch(self.api, binary, **changes), 200)["binary"]

    def get(self, binary: dict[str, Any]) -> dict[str, Any]:
        return expect(self.api.get(f"/binaries/{binary['prn']}"), 200)["binary"]


def expect(answer: Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_file_goes_from_nothing_to_signed(yard: Yard) -> None:
    key = a_key(yard.api)

    for word in ("Bearer", "Token"):
        client = OfficialClient(yard, word)
        binary = client.create(a_version(yard.api, name=word), THREE_PARTS, [key])

        assert binary["state"] == "signed"
        assert client.sent_parts == [1, 2, 3]
        assert yard.anybody.get(download_link(yard, binary)).content == THREE_PARTS


def test_the_same_file_again_sends_nothing_again(yard: Yard) -> None:
    version, key = a_version(yard.api), a_key(yard.api)
    binary = OfficialClient(yard).create(version, CONTENT, [key])
    before = everything(yard, binary)
    again = OfficialClient(yard)

    assert again.create(version, CONTENT, []) == binary

    assert everything(yard, binary) == before
    assert again.sent_parts == []


def test_an_interrupted_upload_sends_only_what_is_missing(yard: Yard) -> None:
    version, key = a_version(yard.api), a_key(yard.api)
    interrupted = OfficialClient(yard, breaks_after=2)
    with pytest.raises(ConnectionAbortedError):
        interrupted.create(version, THREE_PARTS, [key])

    resumed = OfficialClient(yard)
    binary = resumed.create(version, THREE_PARTS, [key])

    assert (interrupted.sent_parts, resumed.sent_parts) == ([1, 2], [3])
    assert binary["state"] == "signed"


def test_another_file_takes_the_place_of_one_that_is_not_signed(yard: Yard) -> None:
    key = a_key(yard.api)

    for state in ("uploadable", "hashable", "hashing", "signable"):
        version = a_version(yard.api, name=state)
        first = brought_to(yard, state, version, CONTENT, target=TARGET)
        if state == "uploadable":
            OfficialClient(yard).upload(first, CONTENT)
        binary = OfficialClient(yard).create(version, THREE_PARTS, [key])

        assert binary["prn"] == first["prn"]
        assert (binary["state"], binary["hash"]) == ("signed", digest(THREE_PARTS))
        assert yard.anybody.get(download_link(yard, binary)).content == THREE_PARTS


def test_it_goes_on_from_wherever_the_binary_stands(yard: Yard) -> None:
    key = a_key(yard.api)

    for state in ("hashable", "hashing", "signable"):
        version = a_version(yard.api, name=state)
        brought_to(yard, state, version, CONTENT, target=TARGET)
        client = OfficialClient(yard)
        binary = client.create(version, CONTENT, [key])

        assert (binary["state"], client.sent_parts) == ("signed", [])


def test_a_destroyed_binary_does_not_keep_a_new_one_from_being_made(yard: Yard) -> None:
    version, key = a_version(yard.api), a_key(yard.api)
    for _ in range(2):
        brought_to(yard, "destroyed", version, CONTENT, target=TARGET)

    binary = OfficialClient(yard).create(version, CONTENT, [key])

    assert binary["state"] == "signed"


def test_empty_and_small_files_go_the_same_way(yard: Yard) -> None:
    key = a_key(yard.api)
    for content, parts in ((b"", []), (CONTENT, [1])):
        client = OfficialClient(yard)

        binary = client.create(a_version(yard.api, name=f"{len(content)}"), content, [key])

        assert (binary["state"], client.sent_parts) == ("signed", parts)
        assert part_states(yard, binary) == dict.fromkeys(parts, "valid")
        assert yard.anybody.get(download_link(yard, binary)).content == content


def test_a_second_key_signs_what_is_signed_already(yard: Yard) -> None:
    version, key = a_version(yard.api), a_key(yard.api)
    binary = OfficialClient(yard).create(version, CONTENT, [key])
    body = {
        "binary_prn": binary["prn"],
        "signing_key_prn": their_key(yard),
        "signature": THEIR_SIGNATURE,
    }

    expect(OfficialClient(yard).api.post("/binary_signatures", json=body), 201)
    OfficialClient(yard).patch(binary, state="signed")

    assert len(see(yard.api, binary)["signatures"]) == 2
