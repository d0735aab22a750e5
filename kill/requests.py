"""Parts of requests that clients make and that whoever looks makes after them."""

from base64 import b64encode
from hashlib import sha256
from typing import Final

_OURS: Final = "/content/"  # begins the path of our own links
_SLASHES: Final = 2  # of an address before its path


def here(link: str) -> str:
    """Links of ours name a server that may be dead by now: the one there is gets them."""
    place = link.find(_OURS)
    is_ours = place >= 0 and link[:place].count("/") == _SLASHES
    return link[place:] if is_ours else link


def part_headers(content: bytes) -> dict[str, str]:
    checksum = b64encode(sha256(content).digest()).decode()
    return {"content-type": "application/octet-stream", "x-amz-checksum-sha256": checksum}
