"""The life of one binary, step by step; every step says what must be true after it.

What a user types is typed here too. Only what no command would ever do, such as sending
damaged bytes, speaks to the server directly.
"""

import base64
import filecmp
import hashlib
import platform
from pathlib import Path
from typing import Any, Final

import httpx

from scene import Scene
from sealift.client.client import Client
from sealift.client.signing import PrivateKey
from sealift.client.upload import part_size_for
from sealift.domain.binary import State
from sealift.domain.errors import Refusal
from sealift.wire.admin import BinaryChanges, NewBinary, NewBinaryPart
from stage import Stage
from teller import Teller, Unexpected, expect

_TARGET: Final = f"{platform.machine() or 'any'}-linux"
_OTHER_CONTENT: Final = hashlib.sha256(b"other content").hexdigest()
_SHORT: Final = 16  # characters of a digest that are shown


class Story(Scene):
    def __init__(self, stage: Stage, teller: Teller, client: Client, file: Path) -> None:
        super().__init__(stage, teller, client)
        self.file = file
        self.size = file.stat().st_size
        self.version = self.binary = self.hash = self.link = ""
        stage.names[str(file)] = "FILE"

    def tell(self) -> None:
        self.records()
        self.upload()
        self.signature()
        self.download()
        self.wrong_record()
        self.strangers()

    def records(self) -> None:
        self.teller.chapter("A record comes first, its content later")
        with self.typed("artifacts", "create", "--name", "demo") as (done, _):
            artifact = done.answer()["artifact"]["prn"]
        self.stage.names[artifact] = "ARTIFACT"
        words = ("--artifact-prn", artifact, "--version", "1.0.0")
        with self.typed("artifact-versions", "create", *words) as (done, _):
            self.version = done.answer()["artifact_version"]["prn"]
        self.stage.names[self.version] = "VERSION"
        words = ("--artifact-version-prn", self.version, "--target", _TARGET)
        words += ("--content-path", str(self.file), "--skip-upload")
        with self.typed("binaries", "create", *words) as (done, say):
            record = done.answer()["binary"]
            expect("the binary's state", record["state"], State.UPLOADABLE)
            expect("the bytes of its record", record["size"], self.size)
            self.binary, self.hash = record["prn"], record["hash"]
            say(f"uploadable: waits for {self.size:,} bytes with the")
            say(f"SHA-256 {self.hash}")
        self.stage.names[self.binary] = "BINARY"

    def upload(self) -> None:
        self.teller.chapter("Content arrives in parts, and every byte is checked")
        with self.teller.step("part 1 is sent with one bit flipped") as say:
            with self.file.open("rb") as opened:
                piece = opened.read(part_size_for(self.size))
            damaged = bytes([piece[0] ^ 1]) + piece[1:]
            say(self.refused(self.send(self.binary, self.size, piece, damaged), 400))
            state = self.client.binaries.parts(self.binary)[0].state
            expect("the part's state", state, "invalid_hash")
        words = ("binaries", "upload", self.binary, str(self.file), "--no-wait")
        with self.typed(*words) as (done, say):
            done.answer()
            parts = self.client.binaries.parts(self.binary)
            expect("states of the parts", {part.state for part in parts}, {"valid"})
            expect("bytes in the parts", sum(part.size for part in parts), self.size)
            say(f"{_counted(len(parts), 'part')}, each checked while it arrived")
        with self.typed("binaries", "wait", self.binary) as (done, say):
            expect("the binary's state", done.answer()["binary"]["state"], State.SIGNABLE)
            say("signable: the worker read it all back and found the record's hash")

    def signature(self) -> None:
        self.teller.chapter("Signed, by a key that never leaves this machine")
        words = ("signing-keys", "create", "--name", "demo", "--out", "keys", "--config")
        with self.typed(*words) as (done, say):
            key = done.answer()["signing_key"]
            expect("mode of the private key", _mode("keys/demo-private.pem", self.stage), "600")
            say("private half in keys/demo-private.pem, which only you can read")
        forged = PrivateKey.make().sign(self.hash)
        self.stage.names.update({key["prn"]: "KEY", forged: "SIGNED_BY_ANOTHER_KEY"})
        words = ("--binary-prn", self.binary, "--signing-key-prn", key["prn"])
        words += ("--signature", forged)
        with self.typed("binary-signatures", "create", *words) as (done, say):
            say(f"refused: {done.refusal('Invalid signature')}")
        with self.typed("binaries", "sign", self.binary, "-s", "demo") as (done, say):
            record = done.answer()["binary"]
            expect("the binary's state", record["state"], State.SIGNED)
            keys = [each["keyid"] for each in record["signatures"]]
            expect("the keys that signed it", keys, [key["keyid"]])
            say(f"signed by the key {key['keyid'][:_SHORT]}...")
        with self.teller.step(f"a second live binary for {_TARGET} is created") as say:
            say(f"refused: {self.refused_twin()}")

    def refused_twin(self) -> str:
        twin = NewBinary(
            artifact_version_prn=self.version, target=_TARGET, hash=self.hash, size=self.size
        )
        try:
            made = self.client.binaries.create(twin)
        except Refusal as refusal:
            expect("the refusal", (refusal.code, refusal.field), ("taken", "target"))
            return f"{refusal.code}: target {refusal.message}"
        raise Unexpected("a second live binary", expected="a refusal", came=made.prn)

    def download(self) -> None:
        self.teller.chapter("Downloaded again, whole and in pieces")
        with self.typed("binaries", "download", self.binary, "--out", "copy") as (done, say):
            done.answer()
            is_same = filecmp.cmp(self.file, self.stage.folder / "copy", shallow=False)
            expect("that the copy is the file, byte for byte", is_same, expected=True)
            say(f"{self.size:,} bytes, the same as FILE byte for byte")
        self.link = self.client.binaries.download_url(self.binary)
        start = self.size // 3
        stop = min(start + 1000, self.size)
        with self.teller.step(f"GET the link, Range: bytes={start}-{stop - 1}") as say:
            headers = {"range": f"bytes={start}-{stop - 1}"}
            answer = self.client.presigned.get(self.link, headers=headers)
            expect("status", answer.status_code, 206)
            with self.file.open("rb") as opened:
                opened.seek(start)
                is_same = answer.content == opened.read(stop - start)
            expect("that these are the file's bytes", is_same, expected=True)
            say(f"206, Content-Range: {answer.headers['content-range']}")

    def wrong_record(self) -> None:
        self.teller.chapter("A record that declares another hash than its content has")
        with self.file.open("rb") as opened:
            content = opened.read(1_000_000)
        with self.teller.step("its upload is finished, and verification asked for") as say:
            record = self.client.binaries.create(
                NewBinary(
                    artifact_version_prn=self.version,
                    target="wrong",
                    hash=_OTHER_CONTENT,
                    size=len(content),
                )
            )
            sent = self.send(record.prn, len(content), content, content)
            expect("status of the part", sent.status_code, 200)
            for state in (State.HASHABLE, State.HASHING):
                self.client.binaries.change(record.prn, BinaryChanges(state=state))
            say(f"hashing: {len(content):,} bytes, which arrived as they were sent")
        self.stage.names[record.prn] = "WRONG"
        with self.typed("binaries", "wait", record.prn) as (done, say):
            done.refusal("hash_mismatch")
            found = self.client.binaries.get(record.prn)
            expect("the binary's state", found.state, State.HASHABLE)
            error = found.verification_error
            computed = hashlib.sha256(content).hexdigest()
            expect("the hash that was computed", error and error.computed, computed)
            say(f"back to hashable, verification_error: {error and error.code}")
            say(f"expected {_OTHER_CONTENT[:_SHORT]}..., computed {computed[:_SHORT]}...")
        with self.typed("binaries", "reset", record.prn) as (done, say):
            record = done.answer()["binary"]
            found = (record["state"], record["bytes_uploaded"])
            expect("state and bytes uploaded", found, (State.UPLOADABLE, 0))
            say("uploadable: content discarded, so the right one can be sent")

    def strangers(self) -> None:
        self.teller.chapter("Another organization sees nothing of it")
        admin = ("admin", "--data-dir", "data")
        with self.typed(*admin, "organizations", "create", "other") as (done, _):
            done.answer()
        words = ("api-keys", "create", "visitor", "--organization", "other")
        with self.typed(*admin, *words) as (done, _):
            key = done.answer()["key"]
        self.stage.names[key] = "VISITOR"
        with self.typed("binaries", "list", "--api-key", key) as (done, say):
            expect("what the visitor sees", done.answer()["binaries"], [])
            say("an empty list")
        with self.typed("binaries", "get", self.binary, "--api-key", key) as (done, say):
            say(f"refused: {done.refusal('no such binary')}")

    def destruction(self) -> None:
        """Of a binary that the latest release of three devices has."""
        self.teller.chapter("Destroyed: the content is gone, the record stays")
        with self.typed("binaries", "destroy", self.binary, "--yes") as (done, say):
            record: dict[str, Any] = done.answer()["binary"]
            kept = (record["state"], record["hash"], record["size"], len(record["signatures"]))
            expect("what is kept", kept, (State.DESTROYED, self.hash, self.size, 1))
            stake = "3 devices would get no update that have one now"
            expect("what was said before", stake in done.said, expected=True)
            say(f"said before: without its content {stake}")
            say("destroyed: hash, size and signature are still on record")
        with self.teller.step("GET the link from before") as say:
            say(self.refused(self.client.presigned.get(self.link), 404))
        with self.typed("binaries", "download", self.binary, "--out", "again") as (done, say):
            say(f"refused: {done.refusal('destroyed')}")
        with self.teller.step("look into the folder of content") as say:
            sizes = {path.stat().st_size for path in self.stage.content_files()}
            expect("that a file of its size is there", self.size in sizes, expected=False)
            say("the file is gone")

    def send(self, prn: str, size: int, declared: bytes, sent: bytes) -> httpx.Response:
        """Announce part 1 as `declared` and send the bytes `sent`."""
        digest = hashlib.sha256(declared)
        part = NewBinaryPart(expected_binary_size=size, hash=digest.hexdigest(), size=len(declared))
        link = self.client.binaries.declare_part(prn, 1, part).presigned_upload_url
        headers = {
            "content-type": "application/octet-stream",
            "x-amz-checksum-sha256": base64.b64encode(digest.digest()).decode(),
        }
        return self.client.presigned.put(link, content=sent, headers=headers)

    def refused(self, answer: httpx.Response, status: int) -> str:
        expect("status", answer.status_code, status)
        problem = answer.json()
        return f"refused with {status}: {problem['code']}, {problem['errors']['detail']}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _mode(name: str, stage: Stage) -> str:
    return f"{(stage.folder / name).stat().st_mode & 0o777:o}"
