"""A test that claims nothing cannot fail, and passes for a promise that nobody keeps."""

import ast

from tests.architecture.sources import functions_in, place, python_files

# Calls that fail by themselves when the claim does not hold.
_CLAIMS = {"raises", "warns", "fail", "run_state_machine_as_test"}


def _is_claim(node: ast.AST) -> bool:
    match node:
        case ast.Assert(test=ast.Constant() | ast.Tuple()):
            return False  # always true, or always false
        case ast.Assert():
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _CLAIMS or name.startswith("assert_")
        case _:
            return False


def test_every_test_claims_something() -> None:
    tests = [
        (path, function)
        for path in python_files("tests")
        for function in functions_in(path)
        if function.name.startswith("test_")
    ]

    silent = [
        place(path, function.lineno)
        for path, function in tests
        if not any(_is_claim(node) for node in ast.walk(function))
    ]

    assert silent == []
