"""What strace shows of a program's calls, in words: create, write, sync, rename, remove."""

import re
from typing import Final

CALLS: Final = (
    "mkdir,openat,write,pwrite64,fdatasync,fsync,rename,unlink,unlinkat,rmdir"
    ",?renameat,?renameat2,?mkdirat"  # of machines that have no mkdir or rename
)
_WORDS: Final = {
    "fdatasync": "sync",
    "fsync": "sync",
    "mkdir": "mkdir",
    "mkdirat": "mkdir",
    "openat": "create",
    "pwrite64": "write",
    "rename": "rename",
    "renameat": "rename",
    "renameat2": "rename",
    "write": "write",
}


def change(name: str, rest: str, folder: str) -> tuple[str, list[str]] | None:
    """What a call does to paths below the folder: the word, and one path, of a rename both."""
    paths: list[str] = re.findall(rf'[<"]{re.escape(folder)}/?([^">]*)[">]', rest)
    if not paths or " = -1 " in rest or (name == "openat" and "O_CREAT" not in rest):
        return None
    word = _WORDS.get(name, "remove")
    return word, paths[: 2 if word == "rename" else 1]
