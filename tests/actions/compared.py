"""Every call is made twice, on the model and on the real API, and the answers must agree."""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from httpx2 import Response

from sealift.domain.binary import Duty
from sealift.domain.errors import ContentUnavailable
from sealift.worker.sweep import sweep
from tests.actions.expected import DONE, MADE, Binary, DownloadLink, Due, Part, PartLink
from tests.actions.model import Model
from tests.actions.supplies import Delivery, digest
from tests.yard import Yard

# What makes a store touch its disk; what is missing here is only arithmetic.
_SLOW: Final = ("open", "close", "read", "path", "erase", "receive", "size")
_DISCARD_AFTER: Final = timedelta(days=7)


def agree(answer: Response, due: Due) -> None:
    assert answer.status_code == due.status, (due, answer.text)
    if due.blames is not None:
        assert due.blames in answer.json()["errors"], (due, answer.text)
    if due.status == 403:
        assert answer.json() == {"status": "forbidden"}


@dataclass
class Compared:
    yard: Yard
    model: Model = field(init=False)
    versions: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.model = Model(self.yard.clock.moment)
        artifact = self._made("/artifacts", "artifact", {"name": "kernel"})
        self.versions = [
            self._made(
                "/artifact_versions",
                "artifact_version",
                {"artifact_prn": artifact, "version": version},
            )
            for version in ("1.0.0", "2.0.0")
        ]

    def _made(self, path: str, noun: str, body: dict[str, Any]) -> str:
        return self.yard.api.post(path, json=body).json()[noun]["prn"]

    def prn(self, kind: str, row_id: str) -> str:
        organization = self.versions[0].rsplit(":", 2)[0]
        return f"{organization}:{kind}:{row_id}"

    # --- records ---------------------------------------------------------------------------------

    def create(self, body: dict[str, Any]) -> str | None:
        """The PRN of the new binary, unless it was refused."""
        self._tell_time()
        version, target, custom_id = (
            body[name] for name in ("artifact_version_prn", "target", "id")
        )
        own_prn = None if custom_id is None else self.prn("binary", custom_id)
        due = self.model.create(own_prn, version, target)

        answer = self.yard.api.post("/binaries", json=body)

        agree(answer, due)
        if due != MADE:
            return None
        prn: str = answer.json()["binary"]["prn"]
        made = Binary(version, target, body["hash"], body["size"], self.model.now)
        self.model.created(prn, made)
        return prn

    def patch(self, prn: str, asked: dict[str, Any]) -> None:
        self._tell_time()
        due = self.model.patch(prn, asked)

        answer = self.yard.api.patch(f"/binaries/{prn}", json=asked)

        agree(answer, due)
        if due == DONE:
            assert answer.json()["binary"]["state"] == self.model.binaries[prn].state

    def delete(self, prn: str) -> None:
        due = self.model.delete(prn)

        agree(self.yard.api.delete(f"/binaries/{prn}"), due)

    # --- content ---------------------------------------------------------------------------------

    def declare(
        self, prn: str, index: int, piece: bytes, expected_size: int
    ) -> tuple[str, PartLink] | None:
        """The link of the declared part, unless that was refused."""
        self._tell_time()
        part = Part(len(piece), digest(piece))
        due = self.model.declare(prn, index, part, expected_size)
        body = {"expected_binary_size": expected_size, "hash": part.hash, "size": part.size}

        answer = self.yard.api.put(f"/binaries/{prn}/parts/{index}", json=body)

        agree(answer, due)
        if due != MADE:
            return None
        url: str = answer.json()["binary_part"]["presigned_upload_url"]
        return url, self.model.link_to(prn, index)

    def send(self, url: str, link: PartLink, sent: Delivery) -> None:
        self._tell_time()
        headers = {"content-type": "application/octet-stream", "content-length": str(sent.length)}
        if sent.checksum is not None:
            headers["x-amz-checksum-sha256"] = b64encode(bytes.fromhex(sent.checksum)).decode()
        due = self.model.receive(link, sent.body, sent.length, sent.checksum)

        agree(self.yard.anybody.put(url, content=sent.body, headers=headers), due)

    def download_url(self, prn: str) -> tuple[str, DownloadLink] | None:
        self._tell_time()
        due = self.model.download_url(prn)

        answer = self.yard.api.get(f"/binaries/{prn}/download_url")

        agree(answer, due)
        return (answer.json()["download_url"], self.model.link_from(prn)) if due == DONE else None

    def download(self, url: str, link: DownloadLink) -> None:
        self._tell_time()
        due = self.model.fetch(link)

        answer = self.yard.anybody.get(url)

        agree(answer, due)
        if due == DONE:
            assert answer.content == link.upload.content

    # --- keys and signatures ---------------------------------------------------------------------

    def register_key(self, name: str, pair: int, value: str) -> str | None:
        due = self.model.register(pair)

        answer = self.yard.api.post("/signing_keys", json={"name": name, "value": value})

        agree(answer, due)
        if due != MADE:
            return None
        prn: str = answer.json()["signing_key"]["prn"]
        self.model.registered(prn, pair)
        return prn

    def delete_key(self, prn: str) -> None:
        due = self.model.delete_key(prn)

        agree(self.yard.api.delete(f"/signing_keys/{prn}"), due)

    def sign(self, prn: str, key: str, signature: str, *, is_good: bool) -> str | None:
        self._tell_time()
        due = self.model.sign(prn, key, is_good=is_good)
        body = {"binary_prn": prn, "signing_key_prn": key, "signature": signature}

        answer = self.yard.api.post("/binary_signatures", json=body)

        agree(answer, due)
        if due != MADE:
            return None
        made: str = answer.json()["binary_signature"]["prn"]
        self.model.signed(made, prn, key)
        return made

    def delete_signature(self, prn: str) -> None:
        due = self.model.delete_signature(prn)

        agree(self.yard.api.delete(f"/binary_signatures/{prn}"), due)

    # --- the server's own work, and what befalls it ----------------------------------------------

    def work(self) -> None:
        to_erase = [self.prn("binary", job[1]) for job in self.yard.jobs if job[0] is Duty.ERASE]
        self.model.work()
        for prn in to_erase:
            self.model.erase(prn)
        while self.yard.jobs:
            try:
                self.yard.work()
            except ContentUnavailable:
                assert self.model.is_away

    def lose_jobs(self) -> None:
        self.yard.jobs.clear()
        self.model.jobs.clear()

    def sweep(self) -> None:
        self._tell_time()
        self.model.sweep()
        sweep(self.yard.system, _DISCARD_AFTER)

    def store_goes_away(self) -> None:
        def refuse() -> None:
            raise ContentUnavailable("the disk was pulled out")

        self.model.is_away = True
        self.yard.store.before.update(dict.fromkeys(_SLOW, refuse))

    def store_comes_back(self) -> None:
        self.model.is_away = False
        self.yard.store.before.clear()

    def _tell_time(self) -> None:
        self.model.now = self.yard.clock.moment
