"""What a command printed, for tests that expect it to succeed."""

import json
from typing import Any

from tests.cli.terminal import Desk


def result(desk: Desk, *words: str) -> dict[str, Any]:
    ended = desk.run(*words)
    assert ended.status == 0, ended.err
    return json.loads(ended.out)
