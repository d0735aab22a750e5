"""The requests of a binary's life, each on the ledger before it is sent and after its answer.

A legal step is done, or refused as a race that was lost; an illegal one is refused. Any other
answer is a surprise, and so is none at all from a server that nobody has killed.
"""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kill.ledger import Account, Answer, Entry, Ledger, Step
from kill.observed import Link
from kill.requests import here, part_headers
from kill.stage import Clients
from sealift.domain.binary import State
from sealift.domain.names import Kind, Name

_REFUSED: Final = 400  # the first status that refuses
_BROKEN: Final = 500  # the first of those that say nothing about what happened
_UNKNOWN: Final = 404
RACES: Final = frozenset({409})  # lost to another request, or to one that was killed
_HAVE_BEEN_JOINED: Final = ("joined already", "NoSuchUpload")  # the parts, say server and S3
_JOINED: Final = RACES | {_UNKNOWN}
_ILLEGAL: Final = RACES | {422}
_CROSSED: Final = _ILLEGAL | {_UNKNOWN}
_SHOWN: Final = 300  # characters of an answer
_TARGETS: Final = {
    Step.FINISH: State.HASHABLE,
    Step.HASH: State.HASHING,
    Step.RESET: State.UPLOADABLE,
    Step.DESTROY: State.DESTROYED,
}


class Gone(Exception):
    """The server does not answer any more."""


@dataclass(frozen=True, slots=True)
class Signer:
    prn: str
    private: Ed25519PrivateKey

    @property
    def id(self) -> str:
        return self.prn.rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class Grounds:
    """What was there before the first kill: an artifact version and signing keys."""

    organization: str  # its id
    version: str
    signers: tuple[Signer, ...]


def grounds(client: httpx.Client) -> Grounds:
    def made(path: str, noun: str, **body: str) -> str:
        answer = client.post(path, json=body)
        answer.raise_for_status()
        return answer.json()[noun]["prn"]

    artifact = made("/artifacts", "artifact", name="killed")
    version = made("/artifact_versions", "artifact_version", artifact_prn=artifact, version="1")
    signers: list[Signer] = []
    for name in ("first", "second"):
        private = Ed25519PrivateKey.generate()
        value = b64encode(private.public_key().public_bytes_raw()).decode()
        signers.append(
            Signer(made("/signing_keys", "signing_key", name=name, value=value), private)
        )
    return Grounds(version.split(":")[2], version, tuple(signers))


def _says_joined(answer: httpx.Response) -> bool:
    return any(text in answer.text for text in _HAVE_BEEN_JOINED)


@dataclass(frozen=True, slots=True)
class Hand:
    """Does what its lead has chosen. `crossed` steps run beside a deletion: it may win."""

    clients: Clients
    ledger: Ledger
    grounds: Grounds

    def take(self, account: Account, step: Step, *, crossed: bool = False) -> None:
        """One step; whether it is legal is judged by the state that the account is in."""
        match step:
            case Step.CREATE:
                self._create(account)
            case Step.DECLARE | Step.UPLOAD:
                raise ValueError(f"{step} needs the index of a part")
            case Step.LOOK:
                self._look(account)
            case Step.DOWNLOAD:
                self._download(account)
            case Step.SIGN:
                self._sign(account, crossed=crossed)
            case Step.DELETE:
                self._delete(account)
            case Step.FINISH | Step.HASH | Step.RESET | Step.DESTROY:
                self._move(account, step, crossed=crossed)
            case _:
                raise ValueError(f"{step} is no step of a binary")

    def _create(self, account: Account) -> None:
        content = account.content
        account.prn = str(Name(self.grounds.organization, Kind.BINARY, account.id))
        body = {
            "artifact_version_prn": self.grounds.version,
            "hash": content.declared,
            "size": content.size,
            "target": account.id,
            "id": account.id,
        }
        with self.ledger.asking(account, Step.CREATE) as entry:
            self._answer(entry, lambda: self.clients.api.post("/binaries", json=body))
        if entry.answer is Answer.YES:
            account.state = State.UPLOADABLE

    def declare(self, account: Account, index: int, *, crossed: bool = False) -> None:
        part = account.content.part(index)
        body = {
            "expected_binary_size": account.content.size,
            "hash": sha256(part).hexdigest(),
            "size": len(part),
        }
        path = f"/binaries/{account.prn}/parts/{index}"
        before = index in account.arrived, account.declared.pop(index, "")
        account.arrived.discard(index)
        with self.ledger.asking(account, Step.DECLARE, index) as entry:
            answer = self._answer(
                entry, lambda: self.clients.api.put(path, json=body), crossed=crossed
            )
        if entry.answer is Answer.YES:
            url = answer.json()["binary_part"]["presigned_upload_url"]
            account.declared[index] = url
            account.links.append(Link(account.attempt, index, url))
        elif entry.answer is Answer.NO and _says_joined(answer):
            account.arrived.update(account.content.indexes)  # so finishing is what is left
        elif entry.answer is Answer.NO and all(before):
            account.arrived.add(index)  # good bytes stay good
            account.declared[index] = before[1]

    def upload(self, account: Account, index: int, *, crossed: bool = False) -> None:
        part, link = account.content.part(index), here(account.declared[index])
        had_arrived = index in account.arrived
        account.arrived.discard(index)
        with self.ledger.asking(account, Step.UPLOAD, index) as entry:
            answer = self._answer(
                entry,
                lambda: self.clients.links.put(link, content=part, headers=part_headers(part)),
                crossed=crossed,
                # A store that has joined the parts knows the upload no more.
                refusals=_JOINED if account.may_be_joined else RACES,
            )
        if entry.answer is Answer.YES or (entry.answer is Answer.NO and had_arrived):
            account.arrived.add(index)
        elif entry.answer is Answer.NO and _says_joined(answer):
            account.arrived.update(account.content.indexes)

    def _move(self, account: Account, step: Step, *, crossed: bool) -> None:
        target = _TARGETS[step]
        path = f"/binaries/{account.prn}"
        before, stays = account.state, account.state is target
        is_legal = stays or _is_legal(account, step)
        account.may_be_joined |= step is Step.FINISH
        with self.ledger.asking(account, step, may_stay=stays) as entry:
            self._answer(
                entry,
                lambda: self.clients.api.patch(path, json={"state": target}),
                is_legal=is_legal,
                crossed=crossed,
            )
        if entry.answer is Answer.YES:
            account.state = target
            if step is Step.RESET and before is not target:
                account.begin_attempt(account.attempt + 1)
                account.is_refused = False

    def _sign(self, account: Account, *, crossed: bool) -> None:
        left = [each for each in self.grounds.signers if each.id not in account.signatures.values()]
        signer = (left or self.grounds.signers)[0]
        body = {
            "binary_prn": account.prn,
            "signing_key_prn": signer.prn,
            "signature": signer.private.sign(account.content.declared.encode()).hex(),
        }
        is_legal = bool(left) and account.state in {State.SIGNABLE, State.SIGNED}
        with self.ledger.asking(account, Step.SIGN) as entry:
            answer = self._answer(
                entry,
                lambda: self.clients.api.post("/binary_signatures", json=body),
                is_legal=is_legal,
                crossed=crossed,
            )
        if entry.answer is Answer.YES:
            made = answer.json()["binary_signature"]["prn"]
            account.signatures[made.rpartition(":")[2]] = signer.id
            account.state = State.SIGNED

    def _delete(self, account: Account) -> None:
        path = f"/binaries/{account.prn}"
        with self.ledger.asking(account, Step.DELETE) as entry:
            self._answer(entry, lambda: self.clients.api.delete(path))
        if entry.answer is Answer.YES:
            account.state = None

    def _look(self, account: Account) -> None:
        """How far the verification has come."""
        path = f"/binaries/{account.prn}"
        with self.ledger.asking(account, Step.LOOK) as entry:
            answer = self._answer(entry, lambda: self.clients.api.get(path))
        if entry.answer is Answer.YES:
            found = answer.json()["binary"]
            account.state = State(found["state"])
            account.is_refused = found["verification_error"] is not None

    def _download(self, account: Account) -> None:
        path = f"/binaries/{account.prn}/download_url"
        with self.ledger.asking(account, Step.DOWNLOAD) as entry:
            answer = self._answer(entry, lambda: self.clients.api.get(path))
            if entry.answer is not Answer.YES:
                return
            url = answer.json()["download_url"]
            account.links.append(Link(account.attempt, 0, url))
            got = self._answer(entry, lambda: self.clients.links.get(here(url)))
            if got.is_success and sha256(got.content).hexdigest() != account.content.sent:
                entry.surprise = "other bytes than were sent"

    def _answer(
        self,
        entry: Entry,
        request: Callable[[], httpx.Response],
        *,
        is_legal: bool = True,
        crossed: bool = False,
        refusals: frozenset[int] = RACES,
    ) -> httpx.Response:
        expected = _CROSSED if crossed else refusals if is_legal else _ILLEGAL
        return answered(self.ledger, entry, request, expected, is_legal=is_legal, crossed=crossed)


def answered(
    ledger: Ledger,
    entry: Entry,
    request: Callable[[], httpx.Response],
    expected: frozenset[int] = RACES,
    *,
    is_legal: bool = True,
    crossed: bool = False,
) -> httpx.Response:
    """Ask, and put the answer on the ledger. `expected` are the refusals that may come."""
    try:
        answer = request()
    except httpx.TransportError as error:
        if not ledger.is_killed:
            entry.surprise = f"no answer from a server that lives: {error!r}"
        raise Gone(f"the server does not answer: {error!r}") from error
    status = answer.status_code
    if status < _BROKEN and not (crossed and status == _UNKNOWN):
        # Of what a deletion crosses nobody can say whether it happened just before.
        entry.answer = Answer.YES if status < _REFUSED else Answer.NO
    if status not in expected and (status >= _REFUSED or not is_legal):
        what = "it is legal" if is_legal else "it is not legal"
        entry.surprise = f"{status} where {what}: {answer.text[:_SHOWN]}"
    return answer


def _is_legal(account: Account, step: Step) -> bool:
    match step:
        case Step.FINISH:
            return account.state is State.UPLOADABLE and not account.missing
        case Step.HASH:
            return account.state is State.HASHABLE
        case Step.RESET:
            return account.state in {State.HASHABLE, State.HASHING, State.SIGNABLE}
        case _:
            return account.state is State.SIGNED
