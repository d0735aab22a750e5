"""The life of a binary as it is promised, in plain Python.

Each method is one request, or one turn of the server's own work: it says which answer is
due and changes what should change.
"""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from tests.actions.expected import (
    ABANDONED_AFTER,
    AWAY,
    DONE,
    FORBIDDEN,
    LINKS_LIVE,
    MADE,
    MOVES,
    REFUSED_BYTES,
    REMOVED,
    UNKNOWN,
    Binary,
    DownloadLink,
    Due,
    Part,
    PartLink,
    Upload,
    malformed_field,
)


@dataclass(slots=True)
class Model:
    """One organization and its store. Names are PRNs."""

    now: datetime
    is_away: bool = False  # the store
    changes: int = 0
    binaries: dict[str, Binary] = field(default_factory=dict[str, Binary])
    keys: dict[str, int] = field(default_factory=dict[str, int])  # → which key pair
    signatures: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    stored: list[Upload] = field(default_factory=list[Upload])
    given_up: list[Upload] = field(default_factory=list[Upload])
    jobs: list[str] = field(default_factory=list[str])

    # --- records ---------------------------------------------------------------------------------

    def create(self, prn: str | None, version: str, target: str) -> Due:
        """`prn` is that of a custom id."""
        live = [binary for binary in self.binaries.values() if binary.state != "destroyed"]
        taken = {
            "id": prn in self.binaries,
            "target": any((each.version, each.target) == (version, target) for each in live),
        }
        blamed = [name for name, is_taken in taken.items() if is_taken]
        if len(blamed) == 1:
            return Due(422, blamed[0])
        return Due(422) if blamed else MADE  # of two faults either may be named

    def created(self, prn: str, binary: Binary) -> None:
        self.binaries[prn] = binary
        self.changes += 1

    def delete(self, prn: str) -> Due:
        if prn not in self.binaries:
            return UNKNOWN
        self._give_up(self.binaries.pop(prn))
        self.signatures = {name: ours for name, ours in self.signatures.items() if ours[0] != prn}
        self.changes += 1
        self.erase(prn)
        return REMOVED

    def patch(self, prn: str, asked: dict[str, object]) -> Due:
        malformed = malformed_field(asked)
        if malformed is not None:
            return Due(422, malformed)
        if prn not in self.binaries:
            return UNKNOWN
        binary = self.binaries[prn]
        wanted = str(asked.get("state", binary.state))
        moves = wanted != binary.state
        if moves and (binary.state, wanted) not in MOVES:
            return Due(422, "state")
        edits = {name: value for name, value in asked.items() if getattr(binary, name) != value}
        frozen = [name for name in ("hash", "size") if name in edits and wanted != "uploadable"]
        if frozen:
            return Due(422, frozen[0])
        if moves and wanted == "hashable":
            refusal = self._finish(binary, prn)
            if refusal is not None:
                return refusal
        elif edits.keys() - {"description"}:
            self._leave(binary, prn, wanted)
        self._change(binary, edits)
        self.erase(prn)
        left = [upload for upload in self.given_up if upload.owner == prn]
        return AWAY if left and asked.get("state") == "destroyed" else DONE

    def _leave(self, binary: Binary, prn: str, wanted: str) -> None:
        """Whatever else a change of state, hash or size brings with it."""
        if wanted == "hashing":
            self.jobs.append(prn)
        else:
            self._give_up(binary)

    def _change(self, binary: Binary, edits: dict[str, object]) -> None:
        for name, value in edits.items():
            setattr(binary, name, value)
        if edits:
            binary.revision += 1
            binary.touched = self.now
            self.changes += 1

    # --- content ---------------------------------------------------------------------------------

    def _open(self, binary: Binary, prn: str) -> Upload | None:
        """None while the store is away; that the upload has begun is on record nevertheless."""
        binary.upload = binary.upload or Upload(prn)
        if binary.upload not in self.stored and not self.is_away:
            self.stored.append(binary.upload)
        return binary.upload if binary.upload in self.stored else None

    def _finish(self, binary: Binary, prn: str) -> Due | None:
        if not binary.is_complete:
            return Due(422, "state")
        upload = self._open(binary, prn)
        if upload is None or self.is_away:
            binary.may_be_joined = True
            return AWAY
        received = [binary.parts[index].received for index in sorted(binary.parts)]
        upload.content = b"".join(received)
        return None

    def _give_up(self, binary: Binary) -> None:
        if binary.upload is not None:
            self.given_up.append(binary.upload)
        binary.upload, binary.error, binary.may_be_joined = None, None, False
        binary.parts.clear()

    def erase(self, prn: str) -> None:
        """What this binary gave up, unless the store is away."""
        if not self.is_away:
            gone = [upload for upload in self.given_up if upload.owner == prn]
            self.given_up = [upload for upload in self.given_up if upload not in gone]
            self.stored = [upload for upload in self.stored if upload not in gone]

    def declare(self, prn: str, index: int, part: Part, expected_size: int) -> Due:
        if prn not in self.binaries:
            return UNKNOWN
        binary = self.binaries[prn]
        if binary.state != "uploadable":
            return Due(422, "state")
        if self._open(binary, prn) is None or (self.is_away and binary.may_be_joined):
            return AWAY
        if expected_size != binary.size:
            return Due(422, "expected_binary_size")
        if part.size > binary.size:
            return Due(422, "size")
        binary.parts[index] = part
        binary.touched = self.now
        self.changes += 1
        return MADE

    def link_to(self, prn: str, index: int) -> PartLink:
        return PartLink(prn, index, self.binaries[prn].parts[index], self.now + LINKS_LIVE)

    def receive(self, link: PartLink, body: bytes, length: int, checksum: str | None) -> Due:
        """`length` and `checksum` are what the request says of its body."""
        if self.now >= link.until:
            return FORBIDDEN
        binary, part = self.binaries.get(link.owner), link.part
        if binary is None or not binary.takes(part, link.index):
            return UNKNOWN
        if (checksum, length) != (part.hash, part.size):
            # No byte was taken: those that are already there and good stay good.
            if checksum is not None and part.state != "valid":
                fault = "invalid_size" if checksum == part.hash else "invalid_hash"
                self._settle(binary, part, fault)
            return REFUSED_BYTES
        if self.is_away:
            return AWAY
        return self._take(binary, part, body)

    def _take(self, binary: Binary, part: Part, body: bytes) -> Due:
        if len(body) != part.size:
            return self._settle(binary, part, "invalid_size")
        if sha256(body).hexdigest() != part.hash:
            return self._settle(binary, part, "invalid_hash")
        part.received = body
        self._settle(binary, part, "valid")
        return DONE

    def _settle(self, binary: Binary, part: Part, state: str) -> Due:
        part.state = state
        binary.touched = self.now
        self.changes += 1
        return REFUSED_BYTES

    def download_url(self, prn: str) -> Due:
        if prn not in self.binaries:
            return UNKNOWN
        has_verified_content = self.binaries[prn].state in {"signable", "signed"}
        return DONE if has_verified_content else Due(422, "state")

    def link_from(self, prn: str) -> DownloadLink:
        upload = self.binaries[prn].upload
        assert upload is not None
        return DownloadLink(upload, self.now + LINKS_LIVE)

    def fetch(self, link: DownloadLink) -> Due:
        if self.now >= link.until:
            return FORBIDDEN
        if self.is_away:
            return AWAY
        return DONE if link.upload in self.stored else UNKNOWN

    # --- the server's own work -------------------------------------------------------------------

    def work(self) -> None:
        """Jobs whose binary does not wait for them any more change nothing."""
        for prn in self.jobs:
            binary = self.binaries.get(prn)
            if binary is not None and binary.state == "hashing":
                self._verify(binary)
        self.jobs.clear()

    def _verify(self, binary: Binary) -> None:
        assert binary.upload is not None
        if self.is_away:
            binary.error = "internal"
        else:
            found = sha256(binary.upload.content or b"").hexdigest()
            binary.error = None if found == binary.hash else "hash_mismatch"
        self._change(binary, {"state": "hashable" if binary.error else "signable"})

    def sweep(self) -> None:
        for prn, binary in self.binaries.items():
            if binary.state == "hashing":
                self.jobs.append(prn)
        for owner in {upload.owner for upload in self.given_up}:
            self.erase(owner)
        for binary in self.binaries.values():
            is_open = binary.state == "uploadable" and binary.upload is not None
            if is_open and binary.touched <= self.now - ABANDONED_AFTER:
                self._give_up(binary)
                self._change(binary, {"state": "uploadable"})

    # --- keys and signatures ---------------------------------------------------------------------

    def register(self, pair: int) -> Due:
        return Due(422, "value") if pair in self.keys.values() else MADE

    def registered(self, prn: str, pair: int) -> None:
        self.keys[prn] = pair
        self.changes += 1

    def delete_key(self, prn: str) -> Due:
        if prn not in self.keys:
            return UNKNOWN
        if any(key == prn for _, key in self.signatures.values()):
            return Due(409, "binary_signatures")
        del self.keys[prn]
        self.changes += 1
        return REMOVED

    def signers_of(self, prn: str) -> list[str]:
        return [key for binary, key in self.signatures.values() if binary == prn]

    def sign(self, prn: str, key: str, *, is_good: bool) -> Due:
        if prn not in self.binaries:
            return Due(422, "binary_prn")
        if key not in self.keys:
            return Due(422, "signing_key_prn")
        if self.binaries[prn].state not in {"signable", "signed"}:
            return Due(422, "state")
        if not is_good:
            return Due(422, "signature")
        return Due(422, "signing_key_prn") if key in self.signers_of(prn) else MADE

    def signed(self, signature: str, prn: str, key: str) -> None:
        self.signatures[signature] = (prn, key)
        if self.binaries[prn].state == "signable":
            self._change(self.binaries[prn], {"state": "signed"})
        else:
            self.changes += 1

    def delete_signature(self, signature: str) -> Due:
        if signature not in self.signatures:
            return UNKNOWN
        prn, _ = self.signatures[signature]
        if self.binaries[prn].state == "destroyed" or len(self.signers_of(prn)) == 1:
            return Due(409, "binary")
        del self.signatures[signature]
        self.changes += 1
        return REMOVED
