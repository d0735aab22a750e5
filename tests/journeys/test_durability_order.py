"""In which order a real server makes things durable and says so, as the kernel was asked for it.

First the bytes, then the name, then the record, then the answer: whoever was told something
finds it after a loss of power at that very moment. What gives content up has its record first.
"""

from dataclasses import dataclass, field

import httpx
import pytest

from sealift.domain.parts import SMALLEST
from tests.journeys import living, tracing
from tests.server import a_server

_EVEN = bytes(SMALLEST) + b"x" * 100
_UNEVEN = [bytes(SMALLEST + 10), bytes(SMALLEST + 20)]  # the second has no place until the end


@dataclass
class _Asked:
    """Remembers which answer was to which word; those to no word are not looked at."""

    words: list[str] = field(default_factory=list[str])

    def note(self, _answer: httpx.Response) -> None:
        self.words.append("")

    def was(self, word: str, answer: httpx.Response) -> httpx.Response:
        assert answer.status_code < 300, answer.text
        self.words[-1] = word
        return answer


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What was done for each request, by its word; the answer is the last of it."""
    folder = tmp_path_factory.mktemp("traced")
    data_dir, trace, asked = folder / "data", folder / "trace", _Asked()
    # The worker is another server's, so that its doings are not taken for those of a request.
    with (
        a_server(data_dir, without_worker=True, under=tracing.tracer(trace)) as traced,
        a_server(data_dir),
        traced.client() as client,
    ):
        client.event_hooks["response"].append(asked.note)
        _ask(asked, client)
    found: list[list[str]] = [[]]
    for step in tracing.steps(trace, data_dir):
        found[-1].append(step)
        if step.startswith("answer"):
            found.append([])
    assert len(found) == len(asked.words) + 1
    return {word: done for word, done in zip(asked.words, found, strict=False) if word}


def _ask(asked: _Asked, client: httpx.Client) -> None:
    asked.was("create", client.post("/artifacts", json={"name": "the first"}))
    version, key = living.a_version(client), living.a_key(client)
    prn = living.a_binary(client, version, _EVEN)
    for index, part in enumerate(living.pieces(_EVEN), start=1):
        declared = living.declare(client, prn, part, index, len(_EVEN))
        asked.was(f"declare part {index}", declared)
        asked.was(f"send part {index}", living.send(client, living.link_in(declared), part))
    asked.was("finish", living.move(client, prn, "hashable"))
    asked.was("begin hashing", living.move(client, prn, "hashing"))
    assert living.becomes_signable(client, prn)
    asked.was("sign", living.sign(client, prn, key))
    asked.was("destroy", living.move(client, prn, "destroyed"))

    size = sum(map(len, _UNEVEN))
    prn = living.a_binary(client, version, b"".join(_UNEVEN))
    for index, part in enumerate(_UNEVEN, start=1):
        link = living.link_in(living.declare(client, prn, part, index, size))
        asked.was(f"send uneven part {index}", living.send(client, link, part))
    asked.was("join", living.move(client, prn, "hashable"))
    asked.was("reset", living.move(client, prn, "uploadable"))


def test_a_record_is_on_the_disk_before_it_is_answered_for(steps: dict[str, list[str]]) -> None:
    assert steps["create"][-2:] == ["commit", "answer 201"]
    assert steps["declare part 2"] == ["commit", "answer 201"]


def test_an_upload_is_opened_after_its_store_is_on_record(steps: dict[str, list[str]]) -> None:
    assert steps["declare part 1"] == [
        "commit",  # in which store it will be, so that what a crash leaves is found
        "mkdir SHELF",
        "sync STORE",
        "mkdir KEY",
        "sync SHELF",
        "create arriving",
        "sync KEY",
        "commit",
        "answer 201",
    ]


@pytest.mark.parametrize("part", [1, 2])
def test_a_part_is_on_the_disk_before_its_record_says_so(
    steps: dict[str, list[str]], part: int
) -> None:
    assert steps[f"send part {part}"] == [
        f"create lock-0000{part}",
        "write arriving",
        "sync arriving",
        "commit",
        "answer 200",
    ]


def test_a_part_in_a_file_of_its_own_has_its_name_on_the_disk_too(
    steps: dict[str, list[str]],
) -> None:
    assert steps["send uneven part 2"] == [
        "create lock-00002",
        "create part-00002",
        "sync KEY",
        "write part-00002",
        "sync part-00002",
        "commit",
        "answer 200",
    ]


def test_a_finished_upload_is_content_on_the_disk_before_its_record_says_so(
    steps: dict[str, list[str]],
) -> None:
    assert [step for step in steps["finish"] if not step.startswith("remove")] == [
        "commit",  # the claim: no part is taken any more
        "sync arriving",
        "rename arriving content",
        "sync KEY",
        "commit",
        "answer 200",
    ]


def test_joined_parts_stay_until_the_whole_is_on_the_disk(steps: dict[str, list[str]]) -> None:
    done = steps["join"]

    assert done[:6] == [
        "commit",
        "create joining",
        "write joining",
        "sync joining",
        "rename joining content",
        "sync KEY",
    ]
    assert done.index("remove part-00002") > done.index("sync KEY")
    assert done[-2:] == ["commit", "answer 200"]


def test_work_is_ordered_by_the_record_before_it_is_hinted_at(steps: dict[str, list[str]]) -> None:
    done = steps["begin hashing"]

    assert done[0] == "commit"
    assert [step for step in done if step != "enqueue"] == ["commit", "answer 200"]


def test_a_signature_is_on_the_disk_before_it_is_answered_for(steps: dict[str, list[str]]) -> None:
    assert steps["sign"] == ["commit", "answer 201"]


@pytest.mark.parametrize("word", ["destroy", "reset"])
def test_content_is_given_up_on_record_before_it_is_erased_and_is_gone_before_the_answer(
    steps: dict[str, list[str]], word: str
) -> None:
    assert steps[word] == [
        "commit",  # nobody is given a byte from here on, whatever happens
        "rename KEY ASIDE",
        "sync SHELF",
        "remove ASIDE",
        "sync SHELF",
        "commit",  # nothing is left to be done
        "answer 200",
    ]
