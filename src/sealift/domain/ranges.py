"""Which bytes a `Range` header asks for (RFC 9110, 14.1.2 and 14.2).

A header that is not understood is ignored and the whole is sent; a range that begins
behind the end is dropped; if all were dropped the request cannot be satisfied. Ranges that
cover some bytes again and again, and so come to more than the whole, get the whole.
"""

import re
from typing import Final

from sealift.domain.errors import RangeUnsatisfiable

MOST_RANGES: Final = 64  # more are an attack or a mistake: the whole is sent instead
_RANGE: Final = re.compile(r"(\d{1,19})?-(\d{1,19})?", re.ASCII)


def requested(header: str, size: int) -> list[range] | None:
    """The wanted stretches of `size` bytes in the order asked, or None for the whole."""
    unit, equals, wanted = header.partition("=")
    if not equals or unit.lower() != "bytes":
        return None
    specs = [spec.strip(" \t") for spec in wanted.split(",") if spec.strip(" \t")]
    if not specs or len(specs) > MOST_RANGES:
        return None
    found: list[range] = []
    for spec in specs:
        stretch = _stretch(spec, size)
        if stretch is None:
            return None
        if stretch:
            found.append(stretch)
    if not found:
        raise RangeUnsatisfiable(f"no such bytes: the content has {size}", size=size)
    return found if sum(map(len, found)) <= size else None


def _stretch(spec: str, size: int) -> range | None:
    """Empty when there are no such bytes, None when the whole has to be sent instead."""
    match = _RANGE.fullmatch(spec)
    if match is None or spec == "-":
        return None
    first, last = match.groups()
    if not first:
        # The last bytes of nothing are all of it, which no Content-Range can say.
        is_all_of_nothing = size == 0 and int(last) > 0
        return None if is_all_of_nothing else range(max(size - int(last), 0), size)
    if not last:
        return range(int(first), size)
    return range(int(first), min(int(last) + 1, size)) if int(first) <= int(last) else None
