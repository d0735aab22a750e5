"""Questions that hang: how long they are waited for, and by how many threads."""

import threading
import time
from collections import Counter

from sealift.web.patience import Looked

_WITHIN = 10  # seconds


def test_a_question_that_hangs_is_asked_once_and_not_waited_for() -> None:
    goes_on, asked = threading.Event(), Counter[str]()

    def hangs() -> str:
        asked["times"] += 1
        goes_on.wait(_WITHIN)
        return "late"

    looked = Looked(hangs)
    answers = [looked.ask().answer(until=time.monotonic() + 0.05) for _ in range(3)]
    times = asked["times"]
    goes_on.set()

    assert (answers, times) == ([None] * 3, 1)
    assert looked.ask().answer() == "late"


def test_a_question_is_asked_anew_each_time_unless_its_answer_keeps() -> None:
    asked = Counter[str]()

    def counted(name: str) -> int:
        asked[name] += 1
        return asked[name]

    always, kept = Looked(lambda: counted("always")), Looked(lambda: counted("kept"), 60)

    assert [always.ask().answer() for _ in range(3)] == [1, 2, 3]
    assert [kept.ask().answer() for _ in range(3)] == [1, 1, 1]


def test_a_question_that_fails_has_no_answer_and_is_asked_again() -> None:
    answers = iter([0, 1])
    looked = Looked(lambda: 1 // next(answers), 60)

    assert [looked.ask().answer() for _ in range(2)] == [None, 1]
