"""What nobody foresaw, at the door for bytes."""

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from sealift.content_api.app import make
from sealift.web.request_id import HEADER, RequestId
from tests.yard import Yard, a_binary, a_version, declare_part

pytestmark = pytest.mark.on_disk


def test_a_bug_is_as_bland_here_and_can_be_found_by_its_id(
    yard: Yard, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise OverflowError("private")

    link = declare_part(yard.api, a_binary(yard.api, a_version(yard.api)), 1, b"Hello, Binary\n")
    door = RequestId(make(replace(yard.system, now=broken)))  # pyright: ignore[reportArgumentType]
    with TestClient(door, raise_server_exceptions=False) as anybody:
        answer = anybody.put(link, content=b"Hello, Binary\n")

    assert answer.status_code == 500
    assert answer.json() == {"errors": {"detail": "Internal Server Error"}}
    assert len(answer.headers[HEADER]) == 20
    assert "a bug answered a request" in caplog.text
