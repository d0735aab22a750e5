"""What is tried again, what is not, and how an answer that is none of ours is told."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from sealift.client.connection import Connection, path
from sealift.client.patience import LONGEST_WAIT, Patience
from sealift.domain.errors import Invalid, NotFound, Unavailable

Step = httpx.Response | Exception
_OK = httpx.Response(200, json={})
_BUSY = httpx.Response(503, json={"errors": {"detail": "busy"}})
_THROTTLED = httpx.Response(429, json={"errors": {"detail": "too_many_requests"}})


class Script(httpx.BaseTransport):
    """A server that follows a script, and remembers what it was asked."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = list(steps)
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step


def _connection(script: Script, waits: list[float] | None = None) -> Connection:
    pause: Callable[[float], object] = (waits if waits is not None else []).append
    return Connection(
        "http://sealift.test/", "secret", transport=script, patience=Patience(sleep=pause)
    )


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH"])
@pytest.mark.parametrize("trouble", [_BUSY, _THROTTLED, httpx.Response(502)])
def test_what_may_be_repeated_is_repeated_when_the_server_is_busy(
    method: str, trouble: httpx.Response
) -> None:
    script = Script([trouble, trouble, _OK])

    _connection(script).call(method, "/artifacts")

    assert [request.method for request in script.asked] == [method] * 3


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH"])
def test_what_may_be_repeated_is_repeated_when_the_line_breaks(method: str) -> None:
    script = Script([_OK, httpx.ReadError("reset by peer"), _OK])
    connection = _connection(script)

    connection.call("GET", "/users/me")
    connection.call(method, "/artifacts", body={"name": "kernel"})

    assert script.asked[1].content == script.asked[2].content


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("trouble", [_BUSY, httpx.ReadTimeout("no answer")])
def test_what_may_have_been_done_is_not_repeated(method: str, trouble: Step) -> None:
    script = Script([_OK, trouble])
    connection = _connection(script)
    connection.call("GET", "/users/me")

    with pytest.raises(Unavailable):
        connection.call(method, "/artifacts")

    assert len(script.asked) == 2


def test_a_throttled_post_was_not_carried_out_and_is_repeated() -> None:
    script = Script([_THROTTLED, _OK])

    _connection(script).call("POST", "/artifacts", body={})

    assert len(script.asked) == 2


def test_a_429_of_somebody_else_is_an_answer() -> None:
    script = Script([httpx.Response(429, text="slow down, says the proxy")])

    with pytest.raises(Exception, match="429"):
        _connection(script).call("GET", "/artifacts")

    assert len(script.asked) == 1


def test_waits_grow_and_end() -> None:
    waits: list[float] = []
    script = Script([_BUSY] * 6)

    with pytest.raises(Unavailable, match="busy"):
        _connection(script, waits).call("GET", "/artifacts")

    assert waits == [0.5, 1, 2, 4, 8]


def test_a_longer_wait_is_granted_when_the_server_asks_for_it() -> None:
    waits: list[float] = []
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30))
    asked = ["7", later, "86400", "soon"]
    busy = [httpx.Response(503, headers={"retry-after": text}) for text in asked]

    _connection(Script([*busy, _OK]), waits).call("GET", "/artifacts")

    assert waits[0] == 7
    assert 25 < waits[1] <= 30
    assert waits[2] == LONGEST_WAIT
    assert waits[3] == 4


def test_a_server_that_was_never_there_is_reported_at_once() -> None:
    script = Script([httpx.ConnectError("[Errno 111] Connection refused")])

    with pytest.raises(Unavailable) as caught:
        _connection(script).call("GET", "/artifacts")

    assert "http://sealift.test" in caught.value.message
    assert "Connection refused" in caught.value.message
    assert "Errno" not in caught.value.message
    assert len(script.asked) == 1


def test_a_server_that_restarts_is_waited_for() -> None:
    gone = httpx.ConnectError("Connection refused")
    script = Script([_OK, gone, gone, _OK])
    connection = _connection(script)

    connection.call("GET", "/users/me")
    connection.call("POST", "/artifacts", body={})

    assert script.asked[-1].method == "POST"


def test_the_key_and_the_version_go_with_every_request() -> None:
    script = Script([_OK])

    _connection(script).call("GET", "/artifacts", params={"search": "name:'a b'"})

    headers = script.asked[0].headers
    assert headers["authorization"] == "Bearer secret"
    assert headers["x-api-version"] == "2"
    assert script.asked[0].url.params["search"] == "name:'a b'"


def test_the_key_is_not_sent_to_presigned_links() -> None:
    script = Script([_OK])

    _connection(script).presigned.put("http://store.test/bucket/part", content=b"bytes")

    assert "authorization" not in script.asked[0].headers


@pytest.mark.parametrize(
    "base_url", ["", "sealift.test", "ftp://sealift.test", "http://", "http://x:port", "/x"]
)
def test_a_base_url_that_cannot_be_one_is_refused(base_url: str) -> None:
    with pytest.raises(Invalid, match="base URL"):
        Connection(base_url, "secret")


@pytest.mark.parametrize("api_key", ["k\u00e9y", "key\n", "\udcff"])
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(api_key: str) -> None:
    with pytest.raises(Invalid) as refused:
        Connection("http://sealift.test", api_key)

    assert api_key not in refused.value.message


def test_what_is_no_text_is_refused_before_it_is_sent() -> None:
    script = Script([])
    no_text = "name:'\udcff'"  # how Python reads bytes on a command line that are no UTF-8

    for asked in ({"params": {"search": no_text}}, {"body": {"name": no_text}}):
        with pytest.raises(Invalid, match="udcff"):
            _connection(script).call("GET", "/artifacts", **asked)
    with pytest.raises(Invalid, match="udcff"):
        Connection("http://\udcff", "secret")

    assert script.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>hello</html>"),
        httpx.Response(200, json=[1, 2]),
        httpx.Response(301, headers={"location": "https://elsewhere.test/"}),
    ],
)
def test_a_stranger_is_told_from_a_server(answer: httpx.Response) -> None:
    with pytest.raises(Unavailable, match="does not seem to be a Sealift server"):
        _connection(Script([answer])).call("GET", "/artifacts")


def test_an_answer_without_a_body_is_fine() -> None:
    answer = _connection(Script([httpx.Response(204)])).call("DELETE", "/artifacts/x")

    assert answer == {}


def test_a_refusal_is_raised_as_itself() -> None:
    body = {"errors": {"detail": "no such artifact"}, "code": "not_found"}

    with pytest.raises(NotFound, match="no such artifact"):
        _connection(Script([httpx.Response(404, json=body)])).call("GET", "/artifacts/x")


def test_a_name_cannot_climb_out_of_its_place_in_a_path() -> None:
    assert path("binaries", "../admin?x#y", "parts", 1) == "/binaries/..%2Fadmin%3Fx%23y/parts/1"


def test_a_certificate_file_that_is_none_is_refused() -> None:
    connection = Connection("https://sealift.test", "secret", ca_path=Path("/nonexistent/ca.pem"))

    with pytest.raises(Invalid, match=r"ca\.pem"):
        connection.call("GET", "/artifacts")


def test_closing_what_was_never_opened_is_fine() -> None:
    with Connection("http://sealift.test", "secret") as connection:
        assert connection.base_url == "http://sealift.test"
