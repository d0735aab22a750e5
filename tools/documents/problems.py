"""docs/problems.md: every code that a refusal can have."""

import inspect
from collections.abc import Iterator
from typing import Final

from documents.markdown import code, document, table
from sealift.domain import errors
from sealift.domain.errors import Refusal
from sealift.web.problems import STATUS

_KINDS: Final[dict[type[Refusal], str]] = {
    errors.Malformed: "The request cannot be read. Correct how it is written.",
    errors.Invalid: "The request was understood and cannot be done. Change what it asks for.",
    errors.Unauthenticated: "Say who you are.",
    errors.Forbidden: "You may not do this. Ask someone who may.",
    errors.NotFound: "It is not there, or it is not yours, which looks the same.",
    errors.Conflict: "Somebody else is at it or was faster. Look again, then decide.",
    errors.TooLarge: "Send less.",
    errors.TooMany: "Wait as long as `Retry-After` says, then repeat.",
    errors.RangeUnsatisfiable: "Ask for bytes that are there.",
    errors.Unavailable: "Wait as long as `Retry-After` says, then repeat.",
}
_ABOUT: Final = """\
# Refusals

A refusal is an answer that Sealift chose to give. It has a *kind*, which says what to do next
and decides the status, and a *code*, which says what happened. Codes never change, and a
retired one is never used again: programs should look at them and leave the texts to people.

Where a field of the request is to blame, texts stand by field:

```json
{"errors": {"target": ["has already been taken"]}, "code": "taken", "facts": {}}
```

Where none is, there is one text:

```json
{"errors": {"detail": "no such binary"}, "code": "not_found", "facts": {}}
```

`facts` are for programs. A refused move of a binary, for example, has `state`, `asked` and
`allowed`. Who is not known or may not do something learns no more than this, with status 403:

```json
{"status": "forbidden"}
```

The codes of those are in the server's log only. An answer with status 500 is not a refusal
but a fault of Sealift. Its `peridio-request-id` header, which every answer has, finds the
reason in the log.

The Python client raises these refusals as the classes of `src/sealift/domain/errors/`, from
which this page is made.
"""
_LINKS: Final = """\
A presigned link for a part answers 507 in place of 503 when the store is full, as object
stores do.
"""


def text() -> str:
    return document(_ABOUT, *_kinds(), _LINKS)


def _kinds() -> Iterator[str]:
    for kind, advice in _KINDS.items():
        rows = [[code(each.code), _meaning(each)] for each in _of(kind)]
        yield f"## {kind.__name__}: {STATUS[kind]}"
        yield advice
        yield table(["Code", "What happened"], rows)


def _of(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    """The kind itself, then what is below it; a leaf that keeps its kind's code is left out."""
    yield kind
    for leaf in kind.__subclasses__():
        if leaf.code != kind.code:
            yield leaf


def _meaning(refusal: type[Refusal]) -> str:
    return inspect.cleandoc(refusal.__doc__ or "")
