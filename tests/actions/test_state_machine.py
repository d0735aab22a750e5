"""In whatever order calls come, legal or not, each is answered as promised.

`SEALIFT_TEST_EXAMPLES=500` tries for longer than the suite has time to.
"""

import os
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.actions.machine import Machine
from tests.postgres import Postgres
from tests.shelves import a_disk_shelf
from tests.yard import Yard, a_yard, copy_sqlite

# The suite tries the same sequences each time; whoever names a number tries that many new ones.
_EXAMPLES: Final = os.environ.get("SEALIFT_TEST_EXAMPLES")
_SETTINGS: Final = settings(
    max_examples=int(_EXAMPLES or 22),
    derandomize=_EXAMPLES is None,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture
def sqlite_yard(
    sqlite_template: Path, tmp_path: Path
) -> Callable[[], AbstractContextManager[Yard]]:
    numbers = count()

    @contextmanager
    def make() -> Generator[Yard]:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        shelf = a_disk_shelf(folder / "content")
        with a_yard(copy_sqlite(sqlite_template, folder / "records"), shelf) as yard:
            yield yard

    return make


@pytest.fixture
def postgres_yard(
    postgres: Postgres, postgres_template: str, tmp_path: Path
) -> Callable[[], AbstractContextManager[Yard]]:
    numbers = count()

    @contextmanager
    def make() -> Generator[Yard]:
        url = postgres.database(postgres_template)
        try:
            with a_yard(url, a_disk_shelf(tmp_path / str(next(numbers)))) as yard:
                yield yard
        finally:
            postgres.drop(url)

    return make


@pytest.mark.timeout(900)
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_any_order_of_calls_is_answered_as_promised(
    database: str, request: pytest.FixtureRequest
) -> None:
    make: Callable[[], AbstractContextManager[Yard]] = request.getfixturevalue(f"{database}_yard")

    class OnThisDatabase(Machine):
        def new_yard(self) -> AbstractContextManager[Yard]:
            return make()

    run_state_machine_as_test(OnThisDatabase, settings=_SETTINGS)
