"""The folder of the store is not where it should be: nothing is lost, and nothing comes back."""

from collections.abc import Callable

import pytest

from sealift.actions import verification
from sealift.content.store import PartPlace
from sealift.domain.errors import ContentUnavailable
from tests.life import audited, download_link, id_of, part_states
from tests.yard import (
    CONTENT,
    Yard,
    a_binary,
    a_key,
    a_version,
    brought_to,
    declare_part,
    part_headers,
    patch,
    see,
    sign,
    upload,
)

pytestmark = pytest.mark.on_disk


@pytest.fixture(params=["no folder", "an empty mount point"])
def store_goes_away(yard: Yard, request: pytest.FixtureRequest) -> Callable[[], None]:
    def go() -> None:
        yard.folder.rename(yard.folder.with_name("not mounted"))
        if request.param == "an empty mount point":
            yard.folder.mkdir()

    return go


def store_comes_back(yard: Yard) -> None:
    if yard.folder.exists():
        assert list(yard.folder.iterdir()) == []
        yard.folder.rmdir()
    yard.folder.with_name("not mounted").rename(yard.folder)


def test_what_is_destroyed_while_the_store_is_away_never_comes_back(
    yard: Yard, store_goes_away: Callable[[], None]
) -> None:
    version = a_version(yard.api)
    binary = brought_to(yard, "signed", version)
    link = download_link(yard, binary)
    other = a_binary(yard.api, version, target="another")
    store_goes_away()

    first = patch(yard.api, binary, state="destroyed")
    body = {"expected_binary_size": other["size"], "hash": other["hash"], "size": other["size"]}
    opening = yard.api.put(f"/binaries/{other['prn']}/parts/1", json=body)
    second = patch(yard.api, binary, state="destroyed")

    assert [each.status_code for each in (first, opening, second)] == [503] * 3
    store_comes_back(yard)
    assert patch(yard.api, binary, state="destroyed").status_code == 200
    assert yard.anybody.get(link).status_code == 404
    assert yard.kept() == []


def test_a_part_sent_while_the_store_is_away_loses_no_upload(
    yard: Yard, store_goes_away: Callable[[], None]
) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    upload(yard.api, binary)
    link = declare_part(yard.api, binary, 1, CONTENT)
    store_goes_away()

    sent = yard.anybody.put(link, content=CONTENT, headers=part_headers(CONTENT))
    closed = patch(yard.api, binary, state="hashable")

    assert sent.status_code == 503
    assert closed.status_code >= 400
    store_comes_back(yard)
    assert "binary.upload_lost" not in audited(yard, binary)
    again = yard.anybody.put(link, content=CONTENT, headers=part_headers(CONTENT))
    assert again.status_code == 200
    assert part_states(yard, binary) == {1: "valid"}


def test_closing_while_the_store_is_away_loses_no_upload(
    yard: Yard, store_goes_away: Callable[[], None]
) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    upload(yard.api, binary)
    store_goes_away()

    closed = patch(yard.api, binary, state="hashable")

    assert closed.status_code == 503
    store_comes_back(yard)
    assert patch(yard.api, binary, state="hashable").status_code == 200


def test_verifying_while_the_store_is_away_is_no_verdict(
    yard: Yard, store_goes_away: Callable[[], None]
) -> None:
    binary = brought_to(yard, "hashing", a_version(yard.api))
    attempt = yard.jobs[0][2]
    store_goes_away()

    with pytest.raises(ContentUnavailable):
        verification.verify(yard.system, id_of(binary), attempt, last_try=False)

    store_comes_back(yard)
    assert see(yard.api, binary)["state"] == "hashing"
    yard.work()
    assert sign(yard.api, binary, a_key(yard.api)).status_code == 201


def test_a_download_while_the_store_is_away_is_not_gone(
    yard: Yard, store_goes_away: Callable[[], None]
) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    link = download_link(yard, binary)
    store_goes_away()

    away = yard.anybody.get(link)

    assert away.status_code == 503
    store_comes_back(yard)
    assert yard.anybody.get(link).content == CONTENT


def test_readiness_tells_that_the_store_is_away(
    yard: Yard, store_goes_away: Callable[[], None]
) -> None:
    before = yard.anybody.get("/readyz").json()["stores"]
    store_goes_away()

    after = yard.anybody.get("/readyz").json()["stores"]

    assert before == {"disk": "ok"}
    assert "away" in after["disk"]


def test_a_folder_in_place_of_the_content_is_refused_before_it_is_promised(yard: Yard) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    (content,) = yard.disk.files()
    content.unlink()
    content.mkdir()

    answer = yard.anybody.get(download_link(yard, binary))

    assert (answer.status_code, answer.json()["code"]) == (503, "content.unavailable")


def test_a_writer_that_is_late_keeps_the_upload_open(yard: Yard) -> None:
    binary = a_binary(yard.api, a_version(yard.api))
    upload(yard.api, binary)
    (arriving,) = [path for path in yard.disk.files() if path.name == "arriving"]

    with yard.disk.store.receive(
        arriving.parent.name, PartPlace(1, len(CONTENT), binary["hash"], 0)
    ):
        answer = patch(yard.api, binary, state="hashable")

    assert (answer.status_code, answer.json()["code"]) == (409, "part.busy")
    assert patch(yard.api, binary, state="hashable").status_code == 200
