"""What is logged, and what never is."""

import logging
from collections.abc import Iterator

import pytest
import structlog

from sealift.operate import logs

SECRET = "not for anybody's eyes"


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def fails(password: str) -> None:
    raise RuntimeError(f"{len(password)} characters do not help")


@pytest.mark.parametrize("log_format", ["auto", "json", "text"])
def test_a_traceback_shows_code_and_no_values(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(log_format)

    try:
        fails(SECRET)
    except RuntimeError:
        logging.getLogger("sealift.tests").exception("a sweep failed")

    said = capsys.readouterr().err
    assert "RuntimeError: 22 characters do not help" in said
    assert "in fails" in said
    assert SECRET not in said
