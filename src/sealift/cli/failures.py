"""How a command ends when it does not succeed: the lines on standard error and the status.

0 success, 1 refused or unreachable, 2 used wrongly, 65 bad data on this side (a file, JSON, a
PRN), 130 interrupted, 141 when whoever read our output has gone. Errors say what happened and
what to do next, in lower case, and name the request for those who can read the server's log.
"""

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import typer

from sealift.cli.terminal import complain, say
from sealift.domain.errors import (
    ContentFull,
    Forbidden,
    LinkDead,
    LinkForbidden,
    NotFound,
    Refusal,
    Unauthenticated,
    WrongState,
)

FAILED: Final = 1
MISUSED: Final = 2
BAD_DATA: Final = 65  # EX_DATAERR of sysexits.h
INTERRUPTED: Final = 130  # 128 + SIGINT
_BROKEN_PIPE: Final = 141  # 128 + SIGPIPE


class Misused(typer.TyperException):
    """The command line cannot mean anything."""

    exit_code = MISUSED


class BadData(typer.TyperException):
    """Something handed to the command is not what it should be; no server was asked."""

    exit_code = BAD_DATA


def status_of(command: Callable[[], object], *, is_verbose: Callable[[], bool]) -> int:
    """Run `command` and say what went wrong, if anything did."""
    try:
        returned = command()
        sys.stdout.flush()
    except BrokenPipeError:
        return unread()
    except typer.Abort:  # Ctrl-C or Ctrl-D where something was asked
        sys.stderr.write("\n")
        say("stopped; nothing was changed")
        return INTERRUPTED
    except typer.TyperException as error:
        _explain_misuse(error)
        return error.exit_code
    except Exception as error:  # noqa: BLE001  the last stop before the user
        if is_verbose():
            traceback.print_exc()
        return _explain(error)
    return returned if isinstance(returned, int) else 0


def unread() -> int:
    """Whoever read our output has gone, which is no error worth a word."""
    _let_go_of_output()
    return _BROKEN_PIPE


def _let_go_of_output() -> None:
    """The interpreter flushes once more when it ends, and must not fail then."""
    with suppress(OSError):  # an output that is no file cannot fail in this way
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def interrupted() -> int:
    say("stopped; run the same command again to go on")
    return INTERRUPTED


def _explain_misuse(error: typer.TyperException) -> None:
    message = error.format_message()
    if message.startswith("Usage:"):  # a group without its command shows its help
        typer.echo(message, err=True)
        return
    lines = (message[:1].lower() + message[1:]).rstrip(".").splitlines()
    command: object = getattr(getattr(error, "ctx", None), "command_path", None)
    if command is not None:
        lines.append(f"see: {command} --help")
    complain(*lines)


def _explain(error: Exception) -> int:
    if isinstance(error, Refusal):
        complain(*_refusal_lines(error))
        return FAILED
    if _is_local_trouble(error):
        complain(str(error), *_notes(error))
        return BAD_DATA
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        complain(f"{place}{error.strerror or error}")
        _let_go_of_output()  # it may be what cannot be written to
        return FAILED
    complain(
        f"this is a fault of sealift itself ({type(error).__name__}: {error})",
        "run it again with --verbose before the command to see where, and report that",
    )
    return FAILED


def _is_local_trouble(error: Exception) -> bool:
    if "sealift.client.local" not in sys.modules:  # then nothing can have raised it
        return False
    from sealift.client.local import LocalTrouble

    return isinstance(error, LocalTrouble)


def _refusal_lines(error: Refusal) -> list[str]:
    texts = [f"{field}: {text}" for field, said in error.errors.items() for text in said]
    if len(texts) > 1:
        lines = ["the server refuses the request", *texts]
    else:
        lines = texts or [error.message]
    lines += _notes(error)
    lines += _hints(error)
    if request_id := error.facts.get("request_id"):
        lines.append(f"request {request_id}")
    return lines


def _notes(error: Exception) -> list[str]:
    return list(getattr(error, "__notes__", []))


def _hints(error: Refusal) -> list[str]:
    match error:
        case LinkForbidden() | LinkDead():
            return ["run the same command again for a fresh link"]
        case Forbidden() | Unauthenticated():
            return ["check --api-key, SEALIFT_API_KEY or the profile's key"]
        case ContentFull():
            return ["make room on the server, then run the same command again"]
        case WrongState() if "verification_error" in error.facts:
            prn = error.facts.get("prn")
            return [
                f"to verify it again: sealift binaries update {prn} --state hashing",
                f"to start over: sealift binaries reset {prn}, then send it again",
            ]
        case NotFound():
            return ["check the PRN; what belongs to another organization cannot be seen either"]
        case _:
            return []
