"""Verified content through its link: whole, unchanged, without a key, until it is gone."""

from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response

from tests.faults import away, database_away
from tests.life import STATES, download_link, everything, one_of_each
from tests.yard import CONTENT, Yard, a_binary, a_version, brought_to, content_key, digest, patch

pytestmark = pytest.mark.on_disk

ETAG = f'"{digest(CONTENT)}"'


def a_download(yard: Yard, content: bytes = CONTENT) -> str:
    binary = brought_to(yard, "signable", a_version(yard.api), content)
    return download_link(yard, binary)


def test_content_of_any_kind_comes_back_as_it_was(yard: Yard) -> None:
    version = a_version(yard.api)
    kinds = {"text": "Grüße\r\n".encode(), "bytes": bytes(range(256)) * 4_000, "nul": b"\0"}

    for target, content in kinds.items():
        binary = brought_to(yard, "signed", version, content, target=target)
        answer = yard.anybody.get(download_link(yard, binary))

        assert answer.status_code == 200
        assert answer.content == content


def test_an_answer_says_what_it_is(yard: Yard) -> None:
    link = a_download(yard)

    got, told = yard.anybody.get(link), yard.anybody.head(link)

    for answer in (got, told):
        assert answer.status_code == 200
        assert answer.headers["content-length"] == "14"
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["accept-ranges"] == "bytes"
        assert answer.headers["etag"] == ETAG
        assert "no-transform" in answer.headers["cache-control"]
    assert (got.content, told.content) == (CONTENT, b"")


def test_only_verified_content_can_be_downloaded(yard: Yard) -> None:
    binaries = one_of_each(yard)

    answers = {
        state: yard.api.get(f"/binaries/{binaries[state]['prn']}/download_url") for state in STATES
    }

    assert [answers[state].status_code for state in STATES] == [422, 422, 422, 200, 200, 422]
    for state in ("signable", "signed"):
        assert list(answers[state].json()) == ["download_url"]
        assert yard.anybody.get(answers[state].json()["download_url"]).content == CONTENT
    for state in ("uploadable", "hashable", "hashing", "destroyed"):
        assert list(answers[state].json()["errors"]) == ["state"]
        assert answers[state].json()["code"] == "binary.not_downloadable"


def test_empty_content_is_content(yard: Yard) -> None:
    link = a_download(yard, b"")

    for verb in ("GET", "HEAD"):
        answer = yard.anybody.request(verb, link)

        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-length"] == "0"
        assert answer.headers["etag"] == f'"{digest(b"")}"'
    beyond = yard.anybody.get(link, headers={"range": "bytes=0-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */0")


def test_a_link_works_for_a_day(yard: Yard) -> None:
    link = a_download(yard)

    yard.clock.pass_time(timedelta(hours=24) - timedelta(seconds=2))
    in_time = yard.anybody.get(link)
    yard.clock.pass_time(timedelta(seconds=2))
    late = yard.anybody.get(link)

    assert in_time.status_code == 200
    assert (late.status_code, late.json()) == (403, {"status": "forbidden"})


def test_a_link_with_anything_altered_is_forbidden(yard: Yard) -> None:
    link = a_download(yard)
    other = brought_to(yard, "signable", a_version(yard.api, name="other"), b"other")
    signature = link.rpartition("=")[2]
    altered = [
        link.replace("/disk/", "/other/"),
        link.replace(".1?", ".2?"),
        link.replace(link.split("/")[5].partition("?")[0], content_key(yard, other)),
        link.replace("hash=", "hash=0"),
        link.replace("expires=1", "expires=2"),
        link.replace(signature, signature[::-1]),
        link + "&attachment=1",
        link.partition("?")[0],
    ]

    for forged in altered:
        assert forged != link
        answer = yard.anybody.get(forged)
        assert (answer.status_code, answer.json()) == (403, {"status": "forbidden"}), forged
    assert yard.api.get(link.partition("?")[0]).status_code == 403


def test_a_parameter_given_twice_opens_nothing(yard: Yard) -> None:
    link = a_download(yard)

    for again in link.partition("?")[2].split("&"):
        assert yard.anybody.get(f"{link}&{again}").status_code == 403, again


def test_a_link_serves_no_other_verb(yard: Yard) -> None:
    link = a_download(yard)

    for verb in ("PUT", "POST", "PATCH", "DELETE", "OPTIONS"):
        answer = yard.anybody.request(verb, link)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD"), verb
    assert yard.anybody.get(link).content == CONTENT
    as_part = link.replace("?", "/parts/1?")
    assert yard.anybody.put(as_part, content=CONTENT).status_code == 403


def test_who_has_the_content_already_is_not_sent_it_again(yard: Yard) -> None:
    link = a_download(yard)

    for known in (ETAG, f"W/{ETAG}", f'"another", {ETAG}', "*"):
        answer = yard.anybody.get(link, headers={"if-none-match": known, "range": "bytes=1-2"})

        assert (answer.status_code, answer.content) == (304, b""), known
        assert answer.headers["etag"] == ETAG
    for unknown in ('"another"', digest(CONTENT), "", '"a,*,b"'):
        answer = yard.anybody.get(link, headers={"if-none-match": unknown})

        assert (answer.status_code, answer.content) == (200, CONTENT), unknown


def test_downloads_go_on_while_the_database_is_away(yard: Yard) -> None:
    link = a_download(yard)

    with database_away(yard):
        whole = yard.anybody.get(link)
        rest = yard.anybody.get(link, headers={"range": "bytes=7-"})
        records = yard.api.get("/binaries")

    assert (whole.status_code, whole.content) == (200, CONTENT)
    assert (rest.status_code, rest.content) == (206, CONTENT[7:])
    assert records.status_code == 503
    assert int(records.headers["retry-after"]) > 0


def answers_about(yard: Yard, binary: dict[str, Any]) -> list[Response]:
    """Everything that can be asked of records without their content."""
    url = f"/binaries/{binary['prn']}"
    listed = [yard.api.get("/binaries", params={"search": f"state:'{state}'"}) for state in STATES]
    return [
        *listed,
        yard.api.get(url),
        yard.api.get(f"{url}/parts"),
        yard.api.get(f"{url}/download_url"),
        yard.api.get("/binary_signatures"),
        patch(yard.api, binary, description="edited meanwhile"),
    ]


def test_records_go_on_while_the_store_is_away(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    link = download_link(yard, binary)
    calls = ("open", "received", "close", "size", "read", "erase", "receive", "path")
    yard.store.before.update(dict.fromkeys((*calls, "part_link", "download_link"), away))

    answers = answers_about(yard, binary)
    made = a_binary(yard.api, binary["artifact_version_prn"], target="another")
    refused = yard.anybody.get(link)

    assert {answer.status_code for answer in answers} == {200}
    assert made["state"] == "uploadable"
    assert (refused.status_code, refused.json()["code"]) == (503, "content.unavailable")
    assert int(refused.headers["retry-after"]) > 0
    yard.store.before.clear()
    assert yard.anybody.get(link).content == CONTENT


def test_looking_at_records_asks_nothing_of_the_store(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    yard.store.calls.clear()

    answers = answers_about(yard, binary)

    assert {answer.status_code for answer in answers} == {200}
    assert yard.store.calls.total() == 0


def test_content_that_vanished_is_not_found(yard: Yard) -> None:
    binary = brought_to(yard, "signable", a_version(yard.api))
    link = download_link(yard, binary)
    before = everything(yard, binary)
    for path in yard.disk.files():
        path.unlink()

    for verb in ("GET", "HEAD"):
        assert yard.anybody.request(verb, link).status_code == 404
    assert everything(yard, binary)[:2] == before[:2]
