"""docs/settings.md: everything an operator can set."""

from typing import Final

from documents.markdown import code, document, table
from sealift.settings.model import Settings
from sealift.settings.reading import explained

_ABOUT: Final = """\
# Settings

The server and the worker read their settings once, when they start. A name in the environment
wins over the same name in the settings file, which wins over the default. The file is
`sealift.toml` in the data folder, or whatever `SEALIFT_SETTINGS_FILE` names:

```toml
public_url = "https://sealift.example"

[worker]
threads = 4
discard_uploads_after = "14d"
```

A name that begins with `SEALIFT_` and is not known is refused at the start, with a suggestion:
a typo must not pass silently. `sealift settings` prints every value and where it comes from.

Spans of time are seconds, or have a unit: `90s`, `15m`, `1.5h`, `7d`.
"""
_STORES: Final = """\
## More than one store

A binary remembers the name of its store, and new uploads go to the default one, which
`content.…` describes. Further stores have the same settings below `stores.<name>.…`, in the
environment `SEALIFT_STORES__<NAME>__…`. The default store is called as its kind, or as
`content.name` says. So a server that moves from its disk to S3 goes on serving what it has:

```toml
[content]
kind = "s3"
bucket = "firmware"

[stores.disk]
kind = "disk"
folder = "/var/lib/sealift/content"
```

A store that binaries rely on must stay configured; the server refuses to start without it.
"""
_OTHERS: Final = """\
## Names that are not settings

`SEALIFT_DATA_DIR` is the data folder of `serve`, `worker`, `settings` and `admin`, as
`--data-dir` is. `SEALIFT_API_KEY`, `SEALIFT_BASE_URL`, `SEALIFT_CA_PATH`,
`SEALIFT_API_VERSION`, `SEALIFT_PROFILE` and `SEALIFT_CONFIG_DIRECTORY` are the client's; see
[the command line](command-line.md).
"""


def text() -> str:
    rows = [
        [
            code(each.name),
            code("SEALIFT_" + each.name.upper().replace(".", "__")),
            code(each.default) if each.default else "",
            each.description,
        ]
        for each in explained(Settings.model_construct(), {}, None)
    ]
    head = ["In the file", "In the environment", "Default", "Meaning"]
    return document(_ABOUT, "## All of them", table(head, rows), _STORES, _OTHERS)
