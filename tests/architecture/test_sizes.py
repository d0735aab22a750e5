"""Files and functions stay small enough to be read in one go.

Migrations are left out: they are written once and read as history.
"""

from pathlib import Path

from tests.architecture.sources import functions_in, place, python_files

_LONGEST_FILE = 300  # lines
_LONGEST_FUNCTION = 40  # lines, from `def` to its end


def _measured_files() -> list[Path]:
    return [path for path in python_files("src/sealift") if "migrations" not in path.parts]


def test_no_file_is_longer_than_its_limit() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in _measured_files()}

    too_long = [place(path, length) for path, length in lengths.items() if length > _LONGEST_FILE]

    assert too_long == []


def test_no_function_is_longer_than_its_limit() -> None:
    functions = [(path, node) for path in _measured_files() for node in functions_in(path)]

    too_long = [
        place(path, node.lineno)
        for path, node in functions
        if (node.end_lineno or node.lineno) - node.lineno >= _LONGEST_FUNCTION
    ]

    assert too_long == []
