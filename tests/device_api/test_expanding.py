"""What may be asked for beyond the little that is always answered."""

import pytest

from sealift.device_api.answers import UPDATE
from sealift.device_api.expanding import Wanted, pruned, wanted
from sealift.domain.errors import RequestInvalid

WHOLE: Wanted = {}


@pytest.mark.parametrize(
    ("query", "tree"),
    [
        ("", {}),
        ("expand[]=manifest", {"manifest": WHOLE}),
        ("expand%5B%5D=manifest", {"manifest": WHOLE}),
        ("expand=manifest", {"manifest": WHOLE}),
        ("expand=manifest,release", {"manifest": WHOLE, "release": WHOLE}),
        ("expand[]=manifest&other=1", {"manifest": WHOLE}),
        ("expand[]=manifest.url", {"manifest": {"url": WHOLE}}),
        (
            "expand[]=manifest.url&expand[]=manifest.hash",
            {"manifest": {"url": WHOLE, "hash": WHOLE}},
        ),
        ("expand[]=manifest.url,manifest", {"manifest": WHOLE}),
        ("expand[]=manifest&expand[]=manifest.url", {"manifest": WHOLE}),
        ("expand[]=manifest.artifact.name", {"manifest": {"artifact": {"name": WHOLE}}}),
        (
            "expand[]=manifest.artifact&expand[]=manifest.artifact.name",
            {"manifest": {"artifact": WHOLE}},
        ),
        (
            "expand[]=manifest.signatures.public_value",
            {"manifest": {"signatures": {"public_value": WHOLE}}},
        ),
        ("expand[]=source_type", {"source_type": WHOLE}),
        ("expand[]=release.phase_value", {"release": {"phase_value": WHOLE}}),
    ],
)
def test_paths_make_a_tree(query: str, tree: object) -> None:
    assert wanted(query.encode(), UPDATE) == tree


@pytest.mark.parametrize(
    "path",
    [
        "",
        "status",
        "nothing",
        "manifest.nothing",
        "manifest.url.more",
        "manifest.custom_metadata.peridiod",
        "manifest.",
        ".manifest",
        "manifest..url",
        "source_type.name",
        "MANIFEST",
        "manifest,",
        "manifest\xff",
    ],
)
def test_a_path_that_leads_nowhere_is_refused(path: str) -> None:
    with pytest.raises(RequestInvalid) as refused:
        wanted(f"expand[]={path}".encode("latin-1"), UPDATE)

    assert list(refused.value.errors) == ["expand"]


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (WHOLE, {"a": 1, "b": {"c": [{"d": 2, "e": 3}, {"d": 4, "e": 5}]}, "f": None}),
        ({"a": WHOLE}, {"a": 1}),
        ({"b": {"c": {"d": WHOLE}}}, {"b": {"c": [{"d": 2}, {"d": 4}]}}),
        ({"f": {"g": WHOLE}}, {"f": None}),
    ],
)
def test_only_what_is_wanted_is_left(tree: Wanted, expected: object) -> None:
    whole = {"a": 1, "b": {"c": [{"d": 2, "e": 3}, {"d": 4, "e": 5}]}, "f": None}

    assert pruned(whole, tree) == expected
