"""Whose body is taken, and how long it is waited for."""

import asyncio

import pytest
from starlette.types import ASGIApp, Message, Receive

from sealift.admin_api.app import make
from sealift.content.keyring import Keyring
from sealift.web.paging import Pages
from tests.admin_api.tenant import Tenant
from tests.web.asking import Answered, a_request, asked

LENGTH = "8388608"


async def never_read() -> Message:
    raise AssertionError("the body was asked for")


def half_and_then(message: Message | None) -> Receive:
    """Half a body, then this message, or silence."""
    came = False

    async def receive() -> Message:
        nonlocal came
        if not came:
            came = True
            return {"type": "http.request", "body": b'{"name": ', "more_body": True}
        if message is None:
            await asyncio.Event().wait()
        return message or {}

    return receive


def impatient(tenant: Tenant) -> ASGIApp:
    return make(tenant.system, Pages(Keyring(dict)), longest_silence=0.01)


def post(app: ASGIApp, authorization: str, receive: Receive) -> Answered:
    headers = {
        "authorization": authorization,
        "content-length": LENGTH,
        "content-type": "application/json",
    }
    return asyncio.run(asked(app, a_request("POST", "/artifacts", headers), receive))


@pytest.mark.parametrize("authorization", ["", "Bearer unknown"])
def test_no_byte_of_a_strangers_body_is_taken(tenant: Tenant, authorization: str) -> None:
    answer = post(tenant.anybody.app, authorization, never_read)

    assert (answer.status, answer.json) == (403, {"status": "forbidden"})
    assert answer.headers["connection"] == "close"


def test_no_byte_of_a_body_that_nobody_wants_is_taken(tenant: Tenant) -> None:
    headers = {"content-length": LENGTH}
    unwanted = [("POST", "/nothing"), ("PUT", "/artifacts"), ("GET", "/healthz")]

    for method, path in unwanted:
        request = a_request(method, path, headers)
        answer = asyncio.run(asked(tenant.anybody.app, request, never_read))

        assert answer.status in {200, 404, 405}, path
        assert answer.headers["connection"] == "close"


def test_a_caller_that_falls_silent_is_given_up(tenant: Tenant) -> None:
    key = tenant.api.headers["authorization"]

    answer = post(impatient(tenant), key, half_and_then(None))

    assert answer.status == 408
    assert answer.json == {
        "errors": {"detail": "no byte of the body came for 0.01 s"},
        "code": "request.silent",
        "facts": {},
    }


def test_a_caller_that_hangs_up_in_the_middle_is_no_bug(
    tenant: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    key = tenant.api.headers["authorization"]

    answer = post(impatient(tenant), key, half_and_then({"type": "http.disconnect"}))

    assert answer.status == 400
    assert answer.json["code"] == "request.incomplete"
    assert "a bug" not in caplog.text
    assert tenant.api.get("/artifacts").json()["artifacts"] == []
