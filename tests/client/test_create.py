"""From a file to a signed binary, from wherever an earlier run left it."""

import os
from pathlib import Path

import httpx
import pytest

from sealift.client.create import Signer, Wanted, Way, create, find, record, sign, upload
from sealift.client.local import LocalTrouble
from sealift.client.progress import Unwatched
from sealift.client.signing import PrivateKey
from sealift.client.waiting import wait_until
from sealift.domain.binary import State
from sealift.domain.errors import Conflict, Invalid, Taken, Unavailable, WrongState
from sealift.domain.parts import SMALLEST, PartState
from sealift.wire.admin import Binary, BinaryChanges, NewSigningKey
from tests.client.line import Fault, Line, once, when
from tests.yard import CONTENT, a_binary, a_version, brought_to, declare_part, digest, patch

_LARGE = os.urandom(2 * SMALLEST + 1000)


class Notes(Unwatched):
    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def version(line: Line) -> str:
    return a_version(line.yard.api)


def _file(folder: Path, content: bytes = CONTENT) -> Path:
    path = folder / "firmware.bin"
    path.write_bytes(content)
    return path


def _signer(line: Line, name: str = "release") -> Signer:
    key = PrivateKey.make()
    with line.client() as client:
        made = client.signing_keys.create(NewSigningKey(name=name, value=key.public_value))
    return Signer(made.prn, key)


def _create(
    line: Line, version: str, path: Path, way: Way | None = None, target: str = "arm"
) -> Binary:
    with line.client() as client:
        return create(client, Wanted(version, target), path, Unwatched(), way)


def _losing_the_answer(line: Line, state: str) -> Fault:
    """The request for `state` is carried out, but its answer never arrives."""

    def lost(request: httpx.Request) -> httpx.Response | None:
        if request.method != "PATCH" or f'"{state}"' not in request.content.decode():
            return None
        line.faults.clear()
        line.passed_on(request, request.content)
        line.yard.work()
        raise httpx.ReadTimeout("")

    return lost


# --- the whole way -------------------------------------------------------------------------------


def test_a_file_becomes_a_signed_binary(line: Line, version: str, tmp_path: Path) -> None:
    signers = [_signer(line), _signer(line, "second")]

    binary = _create(line, version, _file(tmp_path, _LARGE), Way(signers=signers))

    assert binary.state is State.SIGNED
    assert (binary.hash, binary.size) == (digest(_LARGE), len(_LARGE))
    assert {each.signing_key_prn for each in binary.signatures or []} == {
        signer.signing_key_prn for signer in signers
    }


def test_without_a_key_it_ends_verified(line: Line, version: str, tmp_path: Path) -> None:
    assert _create(line, version, _file(tmp_path)).state is State.SIGNABLE


def test_it_need_not_be_waited_for(line: Line, version: str, tmp_path: Path) -> None:
    line.works = False

    binary = _create(line, version, _file(tmp_path), Way(is_awaited=False))

    assert binary.state is State.HASHING


def test_an_empty_file_becomes_a_binary_too(line: Line, version: str, tmp_path: Path) -> None:
    signer = _signer(line)

    binary = _create(line, version, _file(tmp_path, b""), Way(signers=[signer]))

    assert (binary.state, binary.size) == (State.SIGNED, 0)


def test_all_fields_of_the_record_are_kept(line: Line, version: str, tmp_path: Path) -> None:
    own_id = "3f0c5b1e-0000-4000-8000-000000000000"
    wanted = Wanted(version, "arm", "A build", {"slot": "a"}, own_id)

    with line.client() as client:
        binary = create(client, wanted, _file(tmp_path), Unwatched())

    assert (binary.description, binary.custom_metadata) == ("A build", {"slot": "a"})
    assert binary.prn.endswith(own_id)


@pytest.mark.parametrize("target", ["it's", "a\\b", "a' and state:'signed", "ü 百"])
def test_any_target_is_found_again(line: Line, version: str, tmp_path: Path, target: str) -> None:
    first = _create(line, version, _file(tmp_path), target=target)
    again = _create(line, version, _file(tmp_path), target=target)

    assert first.target == target
    assert again.prn == first.prn


# --- again ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["uploadable", "hashable", "hashing", "signable", "signed"])
def test_it_goes_on_from_every_state(line: Line, version: str, tmp_path: Path, state: str) -> None:
    before = brought_to(line.yard, state, version, CONTENT, target="arm")
    signer = _signer(line, "another")

    binary = _create(line, version, _file(tmp_path), Way(signers=[signer]))

    assert binary.prn == before["prn"]
    assert binary.state is State.SIGNED
    assert signer.signing_key_prn in {each.signing_key_prn for each in binary.signatures or []}


def test_again_sends_nothing_and_signs_nothing(line: Line, version: str, tmp_path: Path) -> None:
    way = Way(signers=[_signer(line)])
    first = _create(line, version, _file(tmp_path), way)
    line.sent.clear()

    again = _create(line, version, _file(tmp_path), way)

    assert again == first
    assert {request.method for request in line.sent} == {"GET", "PATCH"}


def test_another_part_size_does_not_throw_parts_away(
    line: Line, version: str, tmp_path: Path
) -> None:
    path = _file(tmp_path, _LARGE)
    line.faults = [when("PUT", "/content/", lambda _: httpx.Response(507))]
    with pytest.raises(Unavailable):
        _create(line, version, path, Way(concurrency=1))
    line.faults = [_fail_part(3)]
    with pytest.raises(Invalid):
        _create(line, version, path, Way(concurrency=1))
    line.faults, line.sent = [], []

    binary = _create(line, version, path, Way(part_size=2 * SMALLEST))

    assert binary.state is State.SIGNABLE
    assert line.parts_sent() == [3]


def _fail_part(index: int) -> Fault:
    def fault(request: httpx.Request) -> httpx.Response | None:
        is_meant = request.url.path.endswith(f"/parts/{index}") and request.method == "PUT"
        return httpx.Response(422, json={}) if is_meant else None

    return fault


def test_parts_of_a_stranger_are_discarded_aloud(line: Line, version: str, tmp_path: Path) -> None:
    made = a_binary(line.yard.api, version, CONTENT, target="arm")
    declare_part(line.yard.api, made, 7, b"x")
    notes = Notes()

    with line.client() as client:
        binary = create(client, Wanted(version, "arm"), _file(tmp_path), notes)

    assert (binary.prn, binary.state) == (made["prn"], State.SIGNABLE)
    assert any("parts 7" in said and "discarded" in said for said in notes.said)


def test_a_run_that_ends_while_parts_are_discarded_is_continued(
    line: Line, version: str, tmp_path: Path
) -> None:
    path = _file(tmp_path)

    for number, again in enumerate(("create", "upload")):
        made = a_binary(line.yard.api, version, CONTENT, target=f"target {number}")
        declare_part(line.yard.api, made, 7, b"x")
        line.faults = [_killed_when_asked_for_size(len(CONTENT))]
        with line.client() as client:
            with pytest.raises(KeyboardInterrupt):
                upload(client, made["prn"], path, Unwatched())
            line.faults = []
            if again == "upload":
                binary = upload(client, made["prn"], path, Unwatched())
            else:
                binary = create(client, Wanted(version, made["target"]), path, Unwatched())

        assert (binary.prn, binary.state) == (made["prn"], State.SIGNABLE)
        assert (binary.hash, binary.size) == (made["hash"], made["size"])


def _killed_when_asked_for_size(size: int) -> Fault:
    def fault(request: httpx.Request) -> httpx.Response | None:
        if request.method == "PATCH" and f'"size":{size}' in request.content.decode():
            raise KeyboardInterrupt
        return None

    return fault


def test_description_and_metadata_follow_what_was_asked(
    line: Line, version: str, tmp_path: Path
) -> None:
    _create(line, version, _file(tmp_path))
    wanted = Wanted(version, "arm", description="now with one")

    with line.client() as client:
        binary = create(client, wanted, _file(tmp_path), Unwatched())

    assert binary.description == "now with one"


@pytest.mark.parametrize("state", ["hashable", "hashing"])
def test_a_lost_answer_does_not_matter(
    line: Line, version: str, tmp_path: Path, state: str
) -> None:
    line.faults = [_losing_the_answer(line, state)]

    binary = _create(line, version, _file(tmp_path))

    assert binary.state is State.SIGNABLE


# --- other content -------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["uploadable", "hashable", "hashing", "signable"])
def test_other_content_takes_the_place_of_what_is_unsigned(
    line: Line, version: str, tmp_path: Path, state: str
) -> None:
    before = brought_to(line.yard, state, version, CONTENT, target="arm")
    notes = Notes()

    with line.client() as client:
        binary = create(client, Wanted(version, "arm"), _file(tmp_path, b"other"), notes)

    assert binary.prn == before["prn"]
    assert (binary.hash, binary.state) == (digest(b"other"), State.SIGNABLE)
    assert any("discarded" in said for said in notes.said)


def test_signed_content_is_final(line: Line, version: str, tmp_path: Path) -> None:
    brought_to(line.yard, "signed", version, CONTENT, target="arm")

    with pytest.raises(Conflict, match="signed content is final"):
        _create(line, version, _file(tmp_path, b"other"))


def test_a_destroyed_binary_has_freed_its_target(line: Line, version: str, tmp_path: Path) -> None:
    before = brought_to(line.yard, "destroyed", version, CONTENT, target="arm")

    binary = _create(line, version, _file(tmp_path))

    assert binary.prn != before["prn"]
    assert binary.state is State.SIGNABLE


def test_the_live_one_is_found_behind_many_destroyed(line: Line, version: str) -> None:
    live = a_binary(line.yard.api, version, CONTENT, target="arm")
    destroyed = {**live, "state": "destroyed", "destroyed": True}
    pages = [
        {"binaries": [destroyed] * 100, "next_page": "more"},
        {"binaries": [live], "next_page": None},
    ]
    line.faults = [when("GET", "/binaries", lambda _: httpx.Response(200, json=pages.pop(0)))]

    with line.client() as client:
        found = find(client, version, "arm")

    assert found is not None
    assert found.state is State.UPLOADABLE


def test_whoever_creates_it_at_the_same_moment_is_joined(
    line: Line, version: str, tmp_path: Path
) -> None:
    other = a_binary(line.yard.api, version, CONTENT, target="arm")
    nothing: dict[str, object] = {"binaries": [], "next_page": None}
    line.faults = [once(when("GET", "/binaries", lambda _: httpx.Response(200, json=nothing)))]

    binary = _create(line, version, _file(tmp_path))

    assert binary.prn == other["prn"]


def test_a_taken_id_is_not_taken_for_a_taken_target(
    line: Line, version: str, tmp_path: Path
) -> None:
    other = a_binary(line.yard.api, version, CONTENT, target="arm")
    wanted = Wanted(version, "mips", id=other["prn"].rpartition(":")[2])

    with line.client() as client, pytest.raises(Taken) as caught:
        create(client, wanted, _file(tmp_path), Unwatched())

    assert caught.value.field == "id"


# --- content that is not accepted ----------------------------------------------------------------


def test_rejected_content_is_told_and_left_to_the_user(
    line: Line, version: str, tmp_path: Path
) -> None:
    def damage(request: httpx.Request) -> httpx.Response | None:
        if request.method == "PATCH":
            for stored in line.yard.disk.files():
                stored.write_bytes(b"Jello, Binary\n")
        return None

    line.faults = [damage]

    with pytest.raises(WrongState) as caught:
        _create(line, version, _file(tmp_path))

    assert caught.value.facts["verification_error"]
    assert caught.value.facts["state"] == "hashable"


def test_a_record_can_be_made_for_content_that_is_elsewhere(line: Line, version: str) -> None:
    with line.client() as client:
        made = record(client, Wanted(version, "arm"), digest(b"x"), 1, Unwatched())
        again = record(client, Wanted(version, "arm"), digest(b"x"), 1, Unwatched())

    assert made.state is State.UPLOADABLE
    assert again.prn == made.prn


def test_what_the_server_will_not_have_is_told_in_its_words(line: Line, version: str) -> None:
    with line.client() as client, pytest.raises(Invalid) as caught:
        record(client, Wanted(version, "x" * 200), "ABC", 1, Unwatched())

    assert set(caught.value.errors) == {"target", "hash"}


# --- upload, sign, wait --------------------------------------------------------------------------


def test_upload_sends_what_the_record_describes(line: Line, version: str, tmp_path: Path) -> None:
    made = a_binary(line.yard.api, version)

    with line.client() as client:
        binary = upload(client, made["prn"], _file(tmp_path), Unwatched())

    assert binary.state is State.SIGNABLE


def test_upload_refuses_another_file(line: Line, version: str, tmp_path: Path) -> None:
    made = a_binary(line.yard.api, version)

    with line.client() as client, pytest.raises(LocalTrouble, match="is not the content"):
        upload(client, made["prn"], _file(tmp_path, b"other"), Unwatched())

    assert line.parts_sent() == []


def test_nothing_can_be_uploaded_to_the_destroyed(line: Line, version: str, tmp_path: Path) -> None:
    gone = brought_to(line.yard, "destroyed", version)

    with line.client() as client, pytest.raises(WrongState):
        upload(client, gone["prn"], _file(tmp_path), Unwatched())


def test_a_second_signature_by_the_same_key_is_no_mistake(line: Line, version: str) -> None:
    made = Binary.model_validate(brought_to(line.yard, "signable", version))
    signer = _signer(line)

    with line.client() as client:
        sign(client, made, [signer], Unwatched())
        binary = sign(client, made, [signer], Unwatched())  # `made` knows of no signature

    assert len(binary.signatures or []) == 1


def test_a_raw_digest_can_be_signed(line: Line, version: str) -> None:
    made = Binary.model_validate(brought_to(line.yard, "signable", version))
    signer = _signer(line)
    raw = Signer(signer.signing_key_prn, signer.key, raw_digest=True)

    with line.client() as client:
        binary = sign(client, made, [raw], Unwatched())

    assert binary.state is State.SIGNED


@pytest.mark.parametrize("state", ["signable", "signed"])
def test_verified_content_is_not_waited_for(line: Line, version: str, state: str) -> None:
    made = brought_to(line.yard, state, version)

    with line.client() as client:
        found = wait_until(client, made["prn"], State.SIGNABLE, Unwatched())

    assert found.state == state


@pytest.mark.parametrize(
    ("state", "wanted", "refused"),
    [
        ("signable", State.SIGNED, Unavailable),
        ("uploadable", State.SIGNABLE, Unavailable),
        ("destroyed", State.SIGNABLE, WrongState),
    ],
)
def test_waiting_ends_when_it_makes_no_sense(
    line: Line, version: str, state: str, wanted: State, refused: type[Exception]
) -> None:
    made = brought_to(line.yard, state, version)

    with line.client() as client, pytest.raises(refused):
        wait_until(client, made["prn"], wanted, Unwatched(), timeout=0)


def test_looks_become_rarer(line: Line, version: str) -> None:
    line.works = False
    made = brought_to(line.yard, "hashing", version)
    looks = 0

    def look(_: httpx.Request) -> httpx.Response | None:
        nonlocal looks
        looks += 1
        if looks == 40:
            line.yard.work()
        return None

    line.faults = [look]
    with line.client() as client:
        wait_until(client, made["prn"], State.SIGNABLE, Unwatched())

    assert line.waits[0] < 0.1
    assert line.waits == sorted(line.waits)
    assert line.waits[-1] == 2.0


def test_a_reset_binary_takes_the_file_again(line: Line, version: str, tmp_path: Path) -> None:
    made = brought_to(line.yard, "signable", version, CONTENT, target="arm")
    patch(line.yard.api, made, state="uploadable")

    binary = _create(line, version, _file(tmp_path))

    assert (binary.prn, binary.state) == (made["prn"], State.SIGNABLE)


def test_an_upload_that_is_just_being_finished_is_waited_for(
    line: Line, version: str, tmp_path: Path
) -> None:
    closing = {"errors": {"detail": "being finished"}, "code": "binary.closing"}

    def busy(request: httpx.Request) -> httpx.Response | None:
        is_meant = request.method == "PATCH" and b"hashable" in request.content
        return httpx.Response(409, json=closing) if is_meant else None

    line.faults = [once(busy), once(busy)]

    assert _create(line, version, _file(tmp_path)).state is State.SIGNABLE
    assert line.waits.count(1.0) == 2


def test_parts_are_valid_before_the_upload_is_finished(
    line: Line, version: str, tmp_path: Path
) -> None:
    seen: list[list[PartState]] = []

    def look(request: httpx.Request) -> httpx.Response | None:
        if request.method == "PATCH" and b"hashable" in request.content:
            line.faults.clear()
            with line.client() as client:
                found = find(client, version, "arm")
                assert found is not None
                seen.append([part.state for part in client.binaries.parts(found.prn)])
        return None

    line.faults = [look]
    _create(line, version, _file(tmp_path, _LARGE))

    assert seen == [[PartState.VALID] * 3]


def test_changing_fields_alone_moves_nothing(line: Line, version: str) -> None:
    made = brought_to(line.yard, "signable", version)

    with line.client() as client:
        changed = client.binaries.change(made["prn"], BinaryChanges(description="x"))

    assert (changed.state, changed.description) == (State.SIGNABLE, "x")
