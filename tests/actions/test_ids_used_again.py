"""An id may be chosen again once its binary is deleted. Then nothing old reaches the new one."""

from datetime import timedelta
from typing import Any, Final

import pytest

from sealift.domain.errors import ContentUnavailable
from sealift.worker.sweep import sweep
from tests.yard import Yard, a_binary, a_version, brought_to, declare_part, part_headers, see

pytestmark = pytest.mark.lifecycle

_ID: Final = "00000000-0000-4000-8000-000000000001"
_CONTENT: Final = b"Hello, Binary\n"
_OTHER_CONTENT: Final = b"Hello, again!\n"


@pytest.fixture
def version(yard: Yard) -> str:
    return a_version(yard.api)


def _delete(yard: Yard, binary: dict[str, Any]) -> None:
    assert yard.api.delete(f"/binaries/{binary['prn']}").status_code == 204


def _download_url(yard: Yard, binary: dict[str, Any]) -> str:
    return yard.api.get(f"/binaries/{binary['prn']}/download_url").json()["download_url"]


def test_a_late_erasure_leaves_the_successors_content_alone(yard: Yard, version: str) -> None:
    def refuse() -> None:
        raise ContentUnavailable("the store is away")

    first = brought_to(yard, "signable", version, id=_ID)
    yard.store.before["erase"] = refuse
    _delete(yard, first)
    yard.jobs.clear()
    yard.store.before.clear()

    second = brought_to(yard, "signable", version, id=_ID)
    sweep(yard.system, discard_after=timedelta(days=7))

    assert yard.anybody.get(_download_url(yard, second)).content == _CONTENT
    assert len(yard.kept()) == 1


def test_an_old_download_link_does_not_open_the_successors_content(
    yard: Yard, version: str
) -> None:
    first = brought_to(yard, "signable", version, id=_ID)
    link = _download_url(yard, first)
    _delete(yard, first)
    brought_to(yard, "signable", version, _OTHER_CONTENT, id=_ID)

    assert yard.anybody.get(link).status_code == 404


def test_an_old_part_link_sends_nothing_to_the_successor(yard: Yard, version: str) -> None:
    first = a_binary(yard.api, version, id=_ID)
    link = declare_part(yard.api, first, 1, _CONTENT)
    _delete(yard, first)
    second = a_binary(yard.api, version, id=_ID)
    declare_part(yard.api, second, 1, _CONTENT)

    answer = yard.anybody.put(link, content=_CONTENT, headers=part_headers(_CONTENT))

    assert answer.status_code == 404
    assert see(yard.api, second)["bytes_uploaded"] == 0
