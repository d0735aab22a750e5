"""`make kill`: Sealift is killed in the middle of its work, over and over, and then judged.

`python -m kill.run` kills a real server under load with SIGKILL, 200 times on SQLite and disk
and 200 times on PostgreSQL and S3. The status is 0 only if nothing was violated. The same seed
makes the same choices again; when exactly they meet is up to the machine, so what is violated
once may take a few runs to be seen again.
"""

import argparse
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kill.judge import Violation
from kill.phases import Phases
from kill.rounds import Circumstances, Rounds, Violated
from kill.stage import Corner, ServerFailed, staged
from kill.steps import Gone

_TOLD_EVERY: Final = 10  # rounds
_ID: Final = 36  # characters of a binary's id, with which its keys begin
_SAID: Final = 3000  # characters of a server's log


@dataclass(frozen=True, slots=True)
class Outcome:
    """`violations` are texts to read; the first round that has any is the last."""

    violations: list[str]
    phases: Phases


def main() -> int:
    chosen = _arguments()
    corners = list(Corner) if chosen.corner == "both" else [Corner(chosen.corner)]
    is_violated = False
    for corner in corners:
        folder = Path(tempfile.mkdtemp(prefix="sealift-kill-"))
        outcome = killed(corner, chosen.rounds, chosen.seed, folder)
        is_violated |= bool(outcome.violations)
        if outcome.violations and chosen.keep_on_violation:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder)
    return 1 if is_violated else 0


def killed(
    corner: Corner,
    rounds: int,
    seed: int,
    folder: Path,
    given: Circumstances | None = None,
) -> Outcome:
    """One corner, from an empty database to an empty store; tells about it as it goes."""
    given = given or Circumstances()
    print(f"{corner}: {rounds} rounds with the seed {seed}", flush=True)
    begun, found = time.monotonic(), list[str]()
    with staged(corner, folder, given.environment) as stage:
        under_way = Rounds(stage, seed, given)
        try:
            for number in under_way.run(rounds):
                if number % _TOLD_EVERY == 0:
                    print(f"{corner}: {number} rounds", flush=True)
        except Violated as violated:
            found = ["\n".join(_told(under_way, each)) for each in violated.found]
        except (ServerFailed, Gone) as failed:
            found = [f"{failed}"[-_SAID:]]
    seconds = time.monotonic() - begun
    starts = sum(under_way.starts) / max(len(under_way.starts), 1)
    print("\n".join([*under_way.phases.table(), *found]))
    print(f"{corner}: {len(found)} violations, {seconds:.0f} seconds, {starts:.1f} to start")
    return Outcome(found, under_way.phases)


def _told(under_way: Rounds, violation: Violation) -> Iterator[str]:
    """The violation, and below it all that was asked of the binary, or of the channel."""
    yield str(violation)
    yield from under_way.told_of_channel(violation.about)
    account = under_way.ledger.accounts.get(violation.about[:_ID])
    if account is not None:
        asked = [f"{each.step} {each.index or ''} {each.answer}" for each in account.entries]
        yield f"    of parts {account.content.sizes}; asked: {'; '.join(asked)}"
    for line in under_way.lines_of(violation.about[:_ID]):
        yield f"    audit: {line}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="kill.run", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="of each corner")
    parser.add_argument("--corner", choices=[*Corner, "both"], default="both")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    parser.add_argument("--keep-on-violation", action="store_true", help="the data folder")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
