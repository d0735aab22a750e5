"""Two requests at the same moment, a hundred times each: one wins, or both agree.

Whatever happens, no answer is a fault, the final state is legal, and the store has exactly
what the records say.
"""

from itertools import cycle
from uuid import uuid4

from tests.journeys.racing import (
    CONTENT,
    PART,
    ROUNDS,
    Arena,
    Call,
    delete,
    fetch,
    patch,
    post,
    send,
    sign,
    statuses,
)

# --- creating ----


def test_of_two_creations_for_one_target_one_succeeds(arena: Arena) -> None:
    version = arena.a_version()

    for number in range(ROUNDS):
        create = post("/binaries", arena.new_binary(version))
        answers = arena.race(number, create, create)

        assert statuses(*answers) == [201, 422]
        loser = max(answers, key=lambda answer: answer.status_code)
        assert loser.json()["errors"] == {"target": ["has already been taken"]}


def test_of_two_creations_with_one_id_one_succeeds(arena: Arena) -> None:
    version = arena.a_version()

    for number in range(ROUNDS):
        custom_id = str(uuid4())
        first, second = (
            post("/binaries", arena.new_binary(version, id=custom_id)) for _ in range(2)
        )
        answers = arena.race(number, first, second)

        assert statuses(*answers) == [201, 422]
        loser = max(answers, key=lambda answer: answer.status_code)
        assert loser.json()["errors"] == {"id": ["has already been taken"]}


def test_two_changes_of_one_record_are_both_kept(arena: Arena) -> None:
    prn = arena.a_binary(arena.a_version())

    for number in range(ROUNDS):
        answers = arena.race(
            number,
            patch(prn, description=f"round {number}"),
            patch(prn, custom_metadata={"round": number}),
        )

        assert statuses(*answers) == [200, 200]
        seen = arena.see(prn)
        assert seen["description"] == f"round {number}"
        assert seen["custom_metadata"] == {"round": number}
        assert seen["revision"] == 2 * (number + 1)


# --- uploading ----


def test_of_two_declarations_of_one_part_the_later_counts(arena: Arena) -> None:
    """They also race for the opening step of the upload."""
    version = arena.a_version()

    for number in range(ROUNDS):
        prn = arena.a_binary(version)
        declare: Call = lambda client: client.put(f"/binaries/{prn}/parts/1", json=PART)  # noqa: B023, E731
        answers = arena.race(number, declare, declare)

        assert statuses(*answers) == [201, 201]
        links = [answer.json()["binary_part"]["presigned_upload_url"] for answer in answers]
        sent = [send(link)(arena.client) for link in links]
        assert statuses(*sent) == [200, 404]
        assert arena.see(prn)["bytes_uploaded"] == len(CONTENT)
        assert arena.is_tidy(prn)


def test_two_writers_of_one_part_never_mix_their_bytes(arena: Arena) -> None:
    version = arena.a_version()
    seconds = {
        CONTENT: {200, 409},
        bytes(len(CONTENT)): {400, 409},  # other bytes than announced
        b"short": {400},
    }

    for number, other in zip(range(ROUNDS), cycle(seconds), strict=False):
        prn = arena.a_binary(version)
        link = arena.a_link(prn)
        first, second = arena.race(number, send(link), send(link, other))

        assert first.status_code in {200, 409}
        assert second.status_code in seconds[other]
        assert {first.status_code, second.status_code} != {409}
        is_whole = arena.see(prn)["bytes_uploaded"] == len(CONTENT)
        finished = patch(prn, state="hashable")(arena.client)
        assert finished.status_code == (200 if is_whole else 422)
        assert is_whole or len(other) == len(CONTENT)
        assert arena.is_tidy(prn)


def test_two_finishes_close_the_upload_once(arena: Arena) -> None:
    version = arena.a_version()

    for number in range(ROUNDS):
        prn, _ = arena.an_upload(version)
        finish = patch(prn, state="hashable")
        answers = arena.race(number, finish, finish)

        assert statuses(*answers) in ([200, 200], [200, 409])
        assert (arena.see(prn)["state"], arena.see(prn)["revision"]) == ("hashable", 1)
        assert arena.is_tidy(prn)


def test_a_part_sent_again_while_the_upload_is_finished_loses_nothing(arena: Arena) -> None:
    version = arena.a_version()

    for number in range(ROUNDS):
        prn, link = arena.an_upload(version)
        finish = patch(prn, state="hashable")
        finished, sent = arena.race(number, finish, send(link))

        assert finished.status_code in {200, 409, 422}
        assert sent.status_code in {200, 404, 409}
        assert finished.status_code == 200 or finish(arena.client).status_code == 200
        assert arena.see(prn)["state"] == "hashable"
        assert arena.is_tidy(prn)


def test_a_deletion_beats_the_finishing_of_an_upload(arena: Arena) -> None:
    version = arena.a_version()

    for number in range(ROUNDS):
        prn, _ = arena.an_upload(version)
        finished, deleted = arena.race(
            number, patch(prn, state="hashable"), delete(f"/binaries/{prn}")
        )

        assert deleted.status_code == 204
        assert finished.status_code in {200, 404, 409}
        assert arena.client.get(f"/binaries/{prn}").status_code == 404
        assert arena.kept(prn) == []


def test_two_resets_begin_one_new_attempt(arena: Arena) -> None:
    version = arena.a_version()

    for number in range(ROUNDS):
        prn = arena.a_hashable(version)
        reset = patch(prn, state="uploadable")
        answers = arena.race(number, reset, reset)

        assert statuses(*answers) == [200, 200]
        assert (arena.see(prn)["state"], arena.see(prn)["revision"]) == ("uploadable", 2)
        assert arena.kept(prn) == []


# --- signing, destroying ----


def test_either_the_signature_or_the_reset_wins(arena: Arena) -> None:
    key, signature = arena.a_key()

    for number, prn in enumerate(arena.signables()):
        signed, reset = arena.race(
            number, sign(prn, key, signature), patch(prn, state="uploadable")
        )

        assert statuses(signed, reset) in ([200, 422], [201, 422])
        seen = arena.see(prn)
        assert seen["state"] == ("signed" if signed.is_success else "uploadable")
        assert len(seen["signatures"] or []) == signed.is_success
        assert arena.is_tidy(prn)


def test_one_key_signs_once(arena: Arena) -> None:
    key, signature = arena.a_key()

    for number, prn in enumerate(arena.signables()):
        attach = sign(prn, key, signature)
        answers = arena.race(number, attach, attach)

        assert statuses(*answers) == [201, 422]
        seen = arena.see(prn)
        assert (seen["state"], len(seen["signatures"])) == ("signed", 1)


def test_a_download_is_whole_or_refused_while_the_binary_is_destroyed(arena: Arena) -> None:
    key, signature = arena.a_key()

    for number, prn in enumerate(arena.signables()):
        assert sign(prn, key, signature)(arena.client).status_code == 201
        link = arena.client.get(f"/binaries/{prn}/download_url").json()["download_url"]
        destroyed, fetched = arena.race(number, patch(prn, state="destroyed"), fetch(link))

        assert destroyed.status_code == 200
        assert fetched.status_code == 404 or fetched.content == CONTENT
        assert fetch(link)(arena.client).status_code == 404
        assert arena.kept(prn) == []


def test_the_last_signature_of_a_signed_binary_stays(arena: Arena) -> None:
    prn = arena.signables(1)[0]
    pairs = [arena.a_key(), arena.a_key()]
    for key, signature in pairs:
        sign(prn, key, signature)(arena.client)

    for number in range(ROUNDS):
        search = {"search": f"binary_prn:'{prn}'"}
        listed = arena.client.get("/binary_signatures", params=search).json()["binary_signatures"]
        first, second = (delete(f"/binary_signatures/{each['prn']}") for each in listed)
        answers = arena.race(number, first, second)

        assert statuses(*answers) == [204, 409]
        assert len(arena.see(prn)["signatures"]) == 1
        again = [sign(prn, key, signature)(arena.client) for key, signature in pairs]
        assert statuses(*again) == [201, 422]


def test_either_the_key_is_deleted_or_it_signs(arena: Arena) -> None:
    prn = arena.signables(1)[0]

    for number, named_by in zip(range(ROUNDS), cycle(("prn", "keyid")), strict=False):
        key, signature = arena.a_key()
        field = f"signing_key_{named_by}"
        name = arena.client.get(f"/signing_keys/{key}").json()["signing_key"][named_by]
        body: dict[str, object] = {"binary_prn": prn, field: name, "signature": signature}
        deleted, signed = arena.race(
            number, delete(f"/signing_keys/{key}"), post("/binary_signatures", body)
        )

        assert (deleted.status_code, signed.status_code) in {(204, 422), (409, 201)}
        assert signed.is_success or list(signed.json()["errors"]) == [field]
        known = arena.client.get(f"/signing_keys/{key}").status_code
        assert known == (200 if signed.is_success else 404)
