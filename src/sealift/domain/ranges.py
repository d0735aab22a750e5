"""Which bytes a `Range` header asks for (RFC 9110, 14.1.2 and 14.2).

A header that is not understood is ignored and the whole is sent; a range that begins
behind the end is dropped; if all were dropped the request cannot be satisfied.
"""

import re
from typing import Final

from sealift.domain.errors import RangeUnsatisfiable

MOST_RANGES: Final = 64  # more are an attack or a mistake: the whole is sent instead
_RANGE: Final = re.compile(r"(\d{1,19})?-(\d{1,19})?", re.ASCII)


def requested(header: str, size: int) -> list[range] | None:
    """The wanted stretches of `size` bytes in the order asked, or None for the whole."""
    unit, equals, wanted = header.partition("=")
    if not equals or unit.strip().lower() != "bytes":
        return None
    specs = [spec.strip() for spec in wanted.split(",") if spec.strip()]
    if not specs or len(specs) > MOST_RANGES:
        return None
    found: list[range] = []
    for spec in specs:
        match = _RANGE.fullmatch(spec)
        if match is None or spec == "-":
            return None
        first, last = match.groups()
        if first and last and int(last) < int(first):
            return None
        begin = int(first) if first else max(size - int(last), 0)
        end = min(int(last) + 1, size) if first and last else size
        if begin < end:
            found.append(range(begin, end))
    if not found:
        raise RangeUnsatisfiable(f"no such bytes: the content has {size}", size=size)
    return found
