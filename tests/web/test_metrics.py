"""What a server tells who watches it, and what it does not."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeAlias

from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from sealift.domain.errors import ContentUnavailable
from sealift.web.metrics import Metrics
from tests.life import STATES, download_link
from tests.yard import CONTENT, Yard, a_binary, a_version, brought_to, content_key, see, upload

Labels: TypeAlias = frozenset[tuple[str, str]]
Figures: TypeAlias = Mapping[tuple[str, Labels], float]


def figures(client: TestClient) -> Figures:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return read(answer.text)


def read(text: str) -> Figures:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(found: Figures, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def requests(found: Figures, route: str) -> Mapping[str, float]:
    """How many requests of the route there were, by method and status."""
    return {
        f"{dict(labels)['method']} {dict(labels)['status']}": value
        for (name, labels), value in found.items()
        if name == "sealift_http_request_seconds_count" and dict(labels)["route"] == route
    }


def series(found: Figures) -> set[tuple[str, Labels]]:
    return {each for each in found if each[0].startswith("sealift_")}


# --- what is told --------------------------------------------------------------------------------


def test_a_life_leaves_its_figures(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    other = a_binary(yard.other, a_version(yard.other))

    found = figures(yard.anybody)

    states = {state: of(found, "sealift_binaries", state=state) for state in STATES}
    assert states == {**dict.fromkeys(STATES, 0), "signed": 1, "uploadable": 1}
    assert of(found, "sealift_database_up") == 1
    assert of(found, "sealift_verifications_total", outcome="accepted") == 1
    assert of(found, "sealift_verifications_bytes_total", outcome="accepted") == len(CONTENT)
    assert of(found, "sealift_verifications_total", outcome="hash_mismatch") == 0
    assert requests(found, "/binaries")["POST 201"] == 2
    assert binary["state"] == "signed"
    assert other["state"] == "uploadable"


def test_bytes_are_counted_as_they_come_and_go(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    link = download_link(yard, binary)
    before = figures(yard.anybody)

    answer = yard.anybody.get(link)

    after = figures(yard.anybody)
    labels = {"door": "content", "method": "GET", "route": "/content/{store}/{key}"}
    if answer.history:  # it is fetched from the store, and we sent only the way there
        assert of(after, "sealift_http_sent_bytes_total", **labels) == 0
    else:
        assert of(after, "sealift_http_sent_bytes_total", **labels) == len(CONTENT)
    assert answer.content == CONTENT
    assert ("sealift_http_sent_bytes_total", frozenset(labels.items())) not in before


def test_bytes_of_parts_are_counted_as_received(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))

    upload(yard.api, binary)

    found = figures(yard.anybody)
    route = "/content/{store}/{key}/parts/{index}"
    if not requests(found, route):
        return  # they went straight to the store
    labels = {"door": "content", "method": "PUT", "route": route}
    assert of(found, "sealift_http_received_bytes_total", **labels) == len(CONTENT)


def test_head_sends_nothing(yard: Yard) -> None:
    yard.anybody.head("/healthz")

    found = figures(yard.anybody)

    labels = {"door": "admin", "method": "HEAD", "route": "/healthz"}
    assert of(found, "sealift_http_sent_bytes_total", **labels) == 0


def test_a_verdict_against_the_content_is_an_outcome(yard: Yard) -> None:
    binary = brought_to(yard, "hashing", a_version(yard.api))
    yard.shelf.overwrite(content_key(yard, binary), b"other bytes!!\n")

    yard.work()

    found = figures(yard.anybody)
    assert see(yard.api, binary)["state"] == "hashable"
    assert of(found, "sealift_verifications_total", outcome="hash_mismatch") == 1
    assert of(found, "sealift_verifications_total", outcome="accepted") == 0


def test_what_waits_tells_for_how_long(yard: Yard) -> None:
    brought_to(yard, "hashing", a_version(yard.api))
    yard.clock.pass_time(timedelta(minutes=5))

    found = figures(yard.anybody)

    assert of(found, "sealift_verifications_waiting") == 1
    assert 300 <= of(found, "sealift_verifications_oldest_seconds") < 301


def test_nothing_waits_where_there_is_nothing(yard: Yard) -> None:
    found = figures(yard.anybody)

    assert of(found, "sealift_verifications_waiting") == 0
    assert of(found, "sealift_verifications_oldest_seconds") == 0
    assert of(found, "sealift_erasures_waiting") == 0


def test_an_erasure_that_waits_is_told(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))

    def away() -> None:
        raise ContentUnavailable("away")

    yard.store.before["erase"] = away
    yard.api.patch(f"/binaries/{binary['prn']}", json={"state": "destroyed"})

    assert of(figures(yard.anybody), "sealift_erasures_waiting") == 1


# --- what is not told ----------------------------------------------------------------------------


def test_whatever_is_asked_for_makes_no_new_series(yard: Yard) -> None:
    yard.anybody.get("/no/such/route")
    yard.anybody.request("BREW", "/no/such/method")
    yard.anybody.get("/content/disk/no-such-key")
    yard.anybody.get("/content/elsewhere")
    figures(yard.anybody)
    before = series(figures(yard.anybody))

    for number in range(20):
        yard.anybody.get(f"/no/such/route/{number}")
        yard.anybody.get(f"/binaries/prn-{number}")
        yard.anybody.request(f"BREW{number}", "/healthz")
        yard.anybody.get(f"/content/store-{number}/key-{number}")
        yard.anybody.get(f"/content/{number}")
    yard.anybody.get("/binaries/some")

    new = series(figures(yard.anybody)) - before
    routes = {(dict(labels)["method"], dict(labels)["route"]) for _, labels in new}
    assert routes == {("GET", "/binaries/{binary_prn}"), ("other", "/healthz")}


def test_no_name_or_id_of_anybody_is_told(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api, name="secret-name"))
    yard.anybody.get(download_link(yard, binary))
    yard.other.get(f"/binaries/{binary['prn']}")

    text = yard.anybody.get("/metrics").text

    told = [binary["prn"], binary["prn"].rpartition(":")[2], binary["hash"], "secret-name"]
    assert [each for each in told if each in text] == []
    assert yard.api.headers["authorization"].split()[1] not in text
    assert "testserver" not in text


def test_methods_that_change_something_are_not_allowed(yard: Yard) -> None:
    assert yard.anybody.post("/metrics").status_code == 405


# --- what may go wrong ---------------------------------------------------------------------------


def test_a_database_that_hangs_is_not_waited_for(yard: Yard) -> None:
    goes_on = threading.Event()

    def hangs() -> datetime:
        goes_on.wait(30)
        return yard.clock()

    metrics = Metrics(replace(yard.system, now=hangs))

    found = read(metrics.text().decode())

    goes_on.set()
    assert of(read(metrics.text().decode()), "sealift_database_up") == 1
    assert of(found, "sealift_database_up") == 0
    assert not [name for name, _ in found if name.startswith("sealift_binaries")]


def test_a_queue_that_fails_takes_only_its_own_figure(yard: Yard) -> None:
    def fails() -> int:
        raise OSError("the queue is away")

    whole, without = (read(Metrics(yard.system, q).text().decode()) for q in (lambda: 7, fails))

    assert of(whole, "sealift_queue_jobs") == 7
    assert series(whole) - series(without) == {("sealift_queue_jobs", frozenset())}


def test_the_records_are_not_counted_at_every_scrape(yard: Yard) -> None:
    metrics = Metrics(yard.system, fresh_seconds=60)
    version = a_version(yard.api)
    metrics.text()

    a_binary(yard.api, version)

    assert of(read(metrics.text().decode()), "sealift_binaries", state="uploadable") == 0
