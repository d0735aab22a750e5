"""What the server refuses with, the client raises: the same class, field and facts."""

import httpx
import pytest

from sealift.client.problems import link_refusal, refusal
from sealift.domain import errors
from sealift.domain.errors import Refusal, RequestInvalid
from sealift.web import problems


def _every_class() -> list[type[Refusal]]:
    found: list[type[Refusal]] = []
    waiting = list(Refusal.__subclasses__())
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return [kind for kind in found if kind.__module__ == errors.__name__]


# A 403 says nothing more, on purpose, and several fields are tried on their own.
_TELLING = [
    kind
    for kind in _every_class()
    if not issubclass(kind, errors.Forbidden | errors.Unauthenticated | RequestInvalid)
]


def _answer(status: int, **parts: object) -> httpx.Response:
    request = httpx.Request("GET", "http://sealift.test/artifacts")
    return httpx.Response(status, request=request, **parts)  # pyright: ignore[reportArgumentType]


def _over_the_wire(error: Refusal) -> httpx.Response:
    sent = problems.answer(error)
    return _answer(sent.status_code, content=bytes(sent.body), headers=dict(sent.headers))


@pytest.mark.parametrize("kind", _TELLING, ids=lambda kind: kind.code)
def test_every_refusal_comes_back_as_the_class_it_was(kind: type[Refusal]) -> None:
    answer = _over_the_wire(kind("is not right"))

    found = refusal(answer)

    # Two classes share the code of their kind; then the kind comes back.
    assert found.code == kind.code
    assert issubclass(kind, type(found))
    assert found.message == "is not right"


def test_field_and_facts_come_back_too() -> None:
    answer = _over_the_wire(
        errors.WrongState("cannot go there", field="state", allowed=["hashing"], state="hashable")
    )

    found = refusal(answer)

    assert found.errors == {"state": ["cannot go there"]}
    assert found.facts == {"allowed": ["hashing"], "state": "hashable"}


def test_all_faults_of_all_fields_come_back() -> None:
    faults = {"name": ["is too long"], "description": ["is too short", "is odd"]}

    found = refusal(_over_the_wire(RequestInvalid(faults)))

    assert isinstance(found, RequestInvalid)
    assert found.errors == faults


def test_a_403_hints_at_the_key() -> None:
    found = refusal(_over_the_wire(errors.Unauthenticated("who are you")))

    assert isinstance(found, errors.Forbidden)
    assert "API key" in found.message


def test_a_403_on_a_link_does_not_blame_the_key() -> None:
    found = link_refusal(_answer(403, text="<Error><Code>AccessDenied</Code></Error>"))

    assert isinstance(found, errors.LinkForbidden)
    assert "key" not in found.message


def test_the_request_id_is_kept() -> None:
    answer = _answer(404, json={"errors": {"detail": "no"}}, headers={"peridio-request-id": "abc"})

    assert refusal(answer).facts["request_id"] == "abc"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.Malformed),
        (404, errors.NotFound),
        (409, errors.Conflict),
        (410, errors.NotFound),
        (418, errors.Malformed),
        (422, errors.Invalid),
        (500, errors.Unavailable),
        (502, errors.Unavailable),
        (507, errors.ContentFull),
    ],
)
def test_without_a_code_the_status_decides(status: int, kind: type[Refusal]) -> None:
    found = refusal(_answer(status, text="<html>some proxy's page</html>"))

    assert type(found) is kind


def test_an_unknown_code_is_taken_for_its_kind() -> None:
    body = {"errors": {"detail": "too new"}, "code": "from.the.future"}

    found = refusal(_answer(409, json=body))

    assert type(found) is errors.Conflict
    assert found.message == "too new"


def test_an_object_stores_words_are_passed_on() -> None:
    text = "<Error><Code>BadDigest</Code><Message>checksum did not match</Message></Error>"

    found = link_refusal(_answer(400, text=text))

    assert "BadDigest: checksum did not match" in found.message


@pytest.mark.parametrize("body", ["[]", "null", '"text"', '{"errors": []}', '{"errors": {}}'])
def test_strange_bodies_are_refusals_all_the_same(body: str) -> None:
    found = refusal(_answer(422, content=body.encode()))

    assert isinstance(found, errors.Invalid)
    assert "422" in found.message
