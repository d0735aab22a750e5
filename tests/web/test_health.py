"""Whoever watches over a server asks whether it lives."""

import pytest

from tests.yard import Yard


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_head_is_answered_as_get_is_but_without_a_body(yard: Yard, path: str) -> None:
    full = yard.anybody.get(path)

    answer = yard.anybody.head(path)

    assert (full.status_code, answer.status_code) == (200, 200)
    assert answer.content == b""
    assert answer.headers["content-length"] == full.headers["content-length"]


@pytest.mark.parametrize("method", ["OPTIONS", "POST", "DELETE"])
def test_other_methods_are_not_allowed(yard: Yard, method: str) -> None:
    assert yard.anybody.request(method, "/healthz").status_code == 405
