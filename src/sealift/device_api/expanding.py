"""What a request wants to be told beyond the little that is always answered.

    expand[]=manifest                            all of it
    expand[]=manifest.url&expand[]=manifest.hash only that, of each entry
    expand[]=release&expand[]=release.version    all of it: the whole includes its parts

`expand=` and lists with commas mean the same. A path that leads nowhere is refused: a device
that waits for what never comes would be hard to find.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast, get_args
from urllib.parse import parse_qsl

from pydantic import BaseModel

from sealift.domain.errors import RequestInvalid

Wanted: TypeAlias = Mapping[str, "Wanted"]
Expandable: TypeAlias = Mapping[str, type[BaseModel] | None]  # None: a single value

EVERYTHING: Final[Wanted] = {}
_NAMES: Final = frozenset({"expand[]", "expand"})


def wanted(query: bytes, expandable: Expandable) -> Wanted:
    """A tree of names; one without branches is wanted whole."""
    tree: dict[str, Any] = {}
    for path in _paths(query):
        names = path.split(".")
        if not _leads_somewhere(names, expandable):
            message = f"{path!r} is unknown; there are {', '.join(sorted(expandable))}"
            raise RequestInvalid({"expand": [message]})
        _add(tree, names)
    return tree


def _paths(query: bytes) -> Iterator[str]:
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        if name in _NAMES:
            yield from (each.strip() for each in value.split(","))


def _leads_somewhere(names: Sequence[str], expandable: Expandable) -> bool:
    if names[0] not in expandable:
        return False
    shape = expandable[names[0]]
    for name in names[1:]:
        if shape is None or name not in shape.model_fields:
            return False
        shape = _shape_in(shape.model_fields[name].annotation)
    return True


def _shape_in(annotation: object) -> type[BaseModel] | None:
    """The shape of a field, of its elements, or of what it is unless it is null."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _shape_in(each))), None)


def _add(tree: dict[str, Any], names: Sequence[str]) -> None:
    for place, name in enumerate(names):
        is_new, is_last = name not in tree, place == len(names) - 1
        if is_last:
            tree[name] = {}
        elif not is_new and not tree[name]:
            return  # it is wanted whole already
        else:
            tree = tree.setdefault(name, {})


def pruned(value: object, tree: Wanted) -> object:
    """The value with only what is wanted of it; of a list, each element."""
    if not tree or value is None:
        return value
    if isinstance(value, list):
        return [pruned(each, tree) for each in cast("list[object]", value)]
    whole = cast("dict[str, object]", value)
    return {name: pruned(whole[name], branch) for name, branch in tree.items()}
