"""The bytes of a part, as whoever has its link sends them."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from itertools import accumulate
from typing import Any

import pytest

from sealift.content.links import PartTicket
from sealift.domain.parts import SMALLEST
from tests.faults import away, database_away, full, once
from tests.life import (
    STATES,
    TWO_PARTS,
    audited,
    download_link,
    one_of_each,
    part_states,
    parts_of,
)
from tests.yard import (
    CONTENT,
    Yard,
    a_binary,
    a_version,
    content_key,
    declare_part,
    digest,
    part_headers,
    patch,
    see,
    send_part,
    upload,
)

pytestmark = pytest.mark.on_disk

GOOD = part_headers(CONTENT)


def a_part(yard: Yard, content: bytes = CONTENT) -> tuple[dict[str, Any], str]:
    """A binary with one declared part, and its link."""
    binary = a_binary(yard.api, a_version(yard.api), content)
    return binary, declare_part(yard.api, binary, 1, content)


def verified(yard: Yard, binary: dict[str, Any]) -> str:
    """The state that the uploaded binary comes to."""
    for state in ("hashable", "hashing"):
        answer = patch(yard.api, binary, state=state)
        assert answer.status_code == 200, answer.text
    yard.work()
    return see(yard.api, binary)["state"]


def test_good_bytes_make_the_part_valid_at_once(yard: Yard) -> None:
    binary, link = a_part(yard)

    answer = yard.anybody.put(link, content=CONTENT, headers=GOOD)

    assert (answer.status_code, answer.content) == (200, b"")
    assert part_states(yard, binary) == {1: "valid"}
    seen = see(yard.api, binary)
    assert seen == binary | {"bytes_uploaded": 14}
    assert audited(yard, parts_of(yard, binary)[0]) == [
        "binary_part.declared",
        "binary_part.valid",
    ]


def test_each_of_the_three_headers_is_needed(yard: Yard) -> None:
    binary, link = a_part(yard)

    def unmeasured() -> Iterator[bytes]:
        yield CONTENT

    without_type = {"x-amz-checksum-sha256": GOOD["x-amz-checksum-sha256"]}
    without_checksum = {"content-type": GOOD["content-type"]}
    answers = [
        yard.anybody.put(link, content=CONTENT, headers=without_type),
        yard.anybody.put(link, content=CONTENT, headers=without_checksum),
        yard.anybody.put(link, content=unmeasured(), headers=GOOD),
    ]

    assert [(each.status_code, each.json()["code"]) for each in answers] == [
        (400, "part.headers")
    ] * 3
    assert part_states(yard, binary) == {1: "uploadable"}


def test_another_content_type_is_refused(yard: Yard) -> None:
    binary, link = a_part(yard)

    for wrong in ("text/plain", "application/json", "application/octet-stream; charset=utf-8", ""):
        headers = GOOD | {"content-type": wrong}
        answer = yard.anybody.put(link, content=CONTENT, headers=headers)

        assert (answer.status_code, answer.json()["code"]) == (400, "part.headers"), wrong
    assert part_states(yard, binary) == {1: "uploadable"}


def test_another_checksum_than_the_declared_one_is_refused(yard: Yard) -> None:
    binary, link = a_part(yard)
    of_other_bytes = b64encode(sha256(b"other").digest()).decode()
    wrong = [of_other_bytes, digest(CONTENT), "!", "", b64encode(CONTENT).decode(), "\xfc"]

    for checksum in wrong:
        headers = {name.encode(): value.encode() for name, value in GOOD.items()}
        headers[b"x-amz-checksum-sha256"] = checksum.encode("latin-1")
        answer = yard.anybody.put(link, content=CONTENT, headers=headers)

        assert (answer.status_code, answer.json()["code"]) == (400, "part.checksum"), checksum
        assert part_states(yard, binary) == {1: "invalid_hash"}
    assert yard.anybody.put(link, content=CONTENT, headers=GOOD).status_code == 200
    assert part_states(yard, binary) == {1: "valid"}


def test_another_length_than_the_declared_one_is_refused(yard: Yard) -> None:
    binary, link = a_part(yard)

    for sent in (b"", CONTENT[:-1], CONTENT + b"\n"):
        answer = yard.anybody.put(link, content=sent, headers=GOOD | {"x": "y"})

        assert (answer.status_code, answer.json()["code"]) == (400, "part.size"), sent
        assert part_states(yard, binary) == {1: "invalid_size"}
    for length in ("014", "+14", "14.0", "-14", "fourteen"):
        headers = GOOD | {"content-length": length}
        answer = yard.anybody.put(link, content=CONTENT, headers=headers)

        assert (answer.status_code, answer.json()["code"]) == (400, "part.size"), length


def test_bytes_that_belie_their_headers_are_discarded(yard: Yard) -> None:
    binary, link = a_part(yard)
    headers = GOOD | {"content-length": "14"}
    sent = {
        "invalid_size": [CONTENT[:-1], b"", CONTENT + b"\n", CONTENT * 100_000],
        "invalid_hash": [CONTENT.upper(), bytes(14)],
    }

    for state, bodies in sent.items():
        for body in bodies:
            answer = yard.anybody.put(link, content=body, headers=headers)

            assert answer.status_code == 400, body
            assert part_states(yard, binary) == {1: state}
            assert see(yard.api, binary)["bytes_uploaded"] == 0
    assert yard.anybody.put(link, content=CONTENT, headers=GOOD).status_code == 200
    assert verified(yard, binary) == "signable"


def test_a_link_may_be_used_again_and_the_last_use_counts(yard: Yard) -> None:
    binary, link = a_part(yard)
    uses = [(CONTENT, "valid"), (CONTENT, "valid"), (bytes(14), "invalid_hash"), (CONTENT, "valid")]

    for sent, state in uses:
        yard.anybody.put(link, content=sent, headers=GOOD)

        assert part_states(yard, binary) == {1: state}
    assert verified(yard, binary) == "signable"


def test_a_request_refused_for_its_headers_does_not_harm_a_valid_part(yard: Yard) -> None:
    binary, link = a_part(yard)
    yard.anybody.put(link, content=CONTENT, headers=GOOD)

    for headers in (part_headers(b"other"), GOOD | {"content-length": "13"}, {}):
        assert yard.anybody.put(link, content=CONTENT, headers=headers).status_code == 400

    assert part_states(yard, binary) == {1: "valid"}
    assert verified(yard, binary) == "signable"


def test_each_change_of_a_part_leaves_one_line_and_no_change_leaves_none(yard: Yard) -> None:
    binary, link = a_part(yard)
    wrong = part_headers(b"other")
    uses = [(CONTENT, wrong)] * 3 + [(CONTENT, GOOD), (CONTENT, wrong), (bytes(14), GOOD)]

    for sent, headers in uses:
        yard.anybody.put(link, content=sent, headers=headers)

    assert audited(yard, parts_of(yard, binary)[0]) == [
        "binary_part.declared",
        "binary_part.invalid_hash",
        "binary_part.uploadable",
        "binary_part.valid",
        "binary_part.uploadable",
        "binary_part.invalid_hash",
    ]


def test_parts_may_come_in_any_order(yard: Yard) -> None:
    content = bytes(range(256)) * (3 * SMALLEST // 256 + 7)
    binary = a_binary(yard.api, a_version(yard.api), content)

    for index in (4, 2, 1, 3):
        send_part(yard.api, binary, index, content[(index - 1) * SMALLEST : index * SMALLEST])

    assert verified(yard, binary) == "signable"
    assert yard.anybody.get(download_link(yard, binary)).content == content


def test_parts_of_unequal_sizes_are_joined_in_order(yard: Yard) -> None:
    sizes = [SMALLEST + 17, SMALLEST, SMALLEST + 1, 3]
    content = bytes(range(251)) * (sum(sizes) // 251 + 1)
    content = content[: sum(sizes)]
    ends = list(accumulate(sizes))
    parts = {
        index: content[end - size : end]
        for index, (size, end) in enumerate(zip(sizes, ends, strict=True), start=1)
    }

    for number, order in enumerate(([3, 1, 4, 2], [4, 3, 2, 1])):
        binary = a_binary(yard.api, a_version(yard.api, name=f"{number}"), content)
        for index in order:
            send_part(yard.api, binary, index, parts[index])

        assert verified(yard, binary) == "signable"
        assert yard.anybody.get(download_link(yard, binary)).content == content
    assert {path.name for path in yard.disk.files()} == {"content"}


def test_an_upload_may_be_cut_anew_while_it_is_under_way(yard: Yard) -> None:
    content = bytes(range(256)) * (2 * SMALLEST // 256 + 9)
    binary = a_binary(yard.api, a_version(yard.api), content)
    upload(yard.api, binary, content, SMALLEST + 1000)
    upload(yard.api, binary, content, SMALLEST)

    assert verified(yard, binary) == "signable"
    assert yard.anybody.get(download_link(yard, binary)).content == content


def test_a_part_is_taken_by_its_link_in_no_other_state_than_uploadable(yard: Yard) -> None:
    binaries = one_of_each(yard)
    tickets = [PartTicket("disk", content_key(yard, each), 1, 1) for each in binaries.values()]
    links = [yard.system.links.part(ticket, yard.clock()) for ticket in tickets]

    answers = [yard.anybody.put(link, content=CONTENT, headers=GOOD) for link in links]

    assert [answer.status_code for answer in answers] == [200, *[404] * 5]
    assert {answer.json()["code"] for answer in answers[1:]} == {"link.dead"}
    assert {state: see(yard.api, binaries[state])["state"] for state in STATES} == {
        state: state for state in STATES
    }


def test_a_store_without_room_or_without_an_answer_is_told(yard: Yard) -> None:
    binary, link = a_part(yard, TWO_PARTS)

    for fault, status in ((full, 507), (away, 503)):
        yard.store.before["receive"] = fault
        answer = yard.anybody.put(link, content=TWO_PARTS, headers=part_headers(TWO_PARTS))

        assert answer.status_code == status
        assert int(answer.headers["retry-after"]) > 0
        assert part_states(yard, binary) == {1: "uploadable"}
    yard.store.before.clear()
    again = yard.anybody.put(link, content=TWO_PARTS, headers=part_headers(TWO_PARTS))
    assert again.status_code == 200


def test_a_database_that_goes_away_while_bytes_arrive_is_told(yard: Yard) -> None:
    binary, link = a_part(yard)

    with ExitStack() as outage:
        once(yard, "receive", lambda: outage.enter_context(database_away(yard)))
        answers = [yard.anybody.put(link, content=CONTENT, headers=GOOD) for _ in range(2)]

    for answer in answers:
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
    assert part_states(yard, binary) == {1: "uploadable"}
    assert yard.anybody.put(link, content=CONTENT, headers=GOOD).status_code == 200
    assert verified(yard, binary) == "signable"


def test_a_store_that_is_away_at_the_opening_step_is_told(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    yard.store.before["open"] = away
    body = {"expected_binary_size": 14, "hash": digest(CONTENT), "size": 14}

    answer = yard.api.put(f"/binaries/{binary['prn']}/parts/1", json=body)

    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    yard.store.before.clear()
    upload(yard.api, binary)
    assert verified(yard, binary) == "signable"


def test_an_upload_that_the_store_has_lost_can_be_started_again(yard: Yard) -> None:
    binary, link = a_part(yard)
    for path in yard.disk.files():
        path.unlink()

    answer = yard.anybody.put(link, content=CONTENT, headers=GOOD)

    assert (answer.status_code, answer.json()["code"]) == (404, "link.dead")
    assert part_states(yard, binary) == {}
    upload(yard.api, binary)
    assert verified(yard, binary) == "signable"
