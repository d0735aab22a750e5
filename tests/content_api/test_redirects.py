"""Downloads from a store with links of its own: our link leads there, and only for a moment."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.faults import away, once
from tests.life import TWO_PARTS, download_link
from tests.yard import (
    Yard,
    a_version,
    brought_to,
    patch,
)

pytestmark = pytest.mark.on_s3


def test_our_link_leads_to_one_of_the_store_for_at_most_a_minute(yard: Yard) -> None:
    link = download_link(yard, brought_to(yard, "signed", a_version(yard.api)))

    answer = yard.anybody.get(link, follow_redirects=False)

    there = urlsplit(answer.headers["location"])
    assert answer.status_code == 302
    assert f"{there.scheme}://{there.netloc}" != "http://testserver"
    assert int(parse_qs(there.query)["X-Amz-Expires"][0]) <= 60
    assert answer.headers["cache-control"] == "no-store"


def test_what_is_fetched_there_is_the_content(yard: Yard) -> None:
    link = download_link(yard, brought_to(yard, "signable", a_version(yard.api), TWO_PARTS))

    whole, told = yard.anybody.get(link), yard.anybody.head(link)
    rest = yard.anybody.get(link, headers={"range": f"bytes={len(TWO_PARTS) - 7}-"})

    assert (whole.status_code, whole.content) == (200, TWO_PARTS)
    assert (told.status_code, told.content) == (200, b"")
    assert told.headers["content-length"] == str(len(TWO_PARTS))
    assert told.headers["etag"] == whole.headers["etag"] == rest.headers["etag"]
    size = len(TWO_PARTS)
    assert rest.content == TWO_PARTS[-7:]  # with status 206, which not every store knows
    assert rest.headers["content-range"] == f"bytes {size - 7}-{size - 1}/{size}"


@pytest.mark.parametrize("verb", ["GET", "HEAD"])
def test_a_link_is_dead_from_the_move_on_though_nothing_is_erased_yet(
    yard: Yard, verb: str
) -> None:
    binary = brought_to(yard, "signed", a_version(yard.api))
    link = download_link(yard, binary)
    once(yard, "erase", away)

    assert patch(yard.api, binary, state="destroyed").status_code == 503

    assert yard.kept() != []
    assert yard.anybody.request(verb, link).status_code == 404


def test_a_link_of_ours_expires_as_every_other(yard: Yard) -> None:
    link = download_link(yard, brought_to(yard, "signed", a_version(yard.api)))

    yard.clock.pass_time(timedelta(hours=24, seconds=1))

    assert yard.anybody.get(link).status_code == 403
