"""One check, from the question to the report: everything an update goes through, in its order.

1. What an earlier run was killed in is carried through. Its content is here, so it needs no
   server.
2. The server is told what was not told yet, and asked.
3. All of the content is fetched, and judged: length, digest, signatures.
4. The state says that installers are at work, durably.
5. Each binary is installed, in the order of the bundle, and noted.
6. The new state is adopted, durably, together with the report of it.

A kill before 4 leaves the old state, one after 6 the new one. Between them the next run begins
at 1. Whatever fails is reported, and the state stays what it was.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from sealift.agent.door import Answer, Away, Door, offered
from sealift.agent.fetching import Fetcher, Link
from sealift.agent.folder import Folder
from sealift.agent.installing import install
from sealift.agent.judging import Trust, UpdateFailed, check_content, check_signatures
from sealift.agent.state import Offer, State
from sealift.agent.wanted import Entry
from sealift.client.local import LocalTrouble
from sealift.client.patience import Patience
from sealift.client.progress import Progress
from sealift.domain.errors import Refusal
from sealift.wire.device import NewReport, Outcome, UpdateStatus

_MOST_STARTS: Final = 5  # of one installation; an update that takes the device down is given up


@dataclass(frozen=True, slots=True)
class Agent:
    folder: Folder
    door: Door
    trust: Trust
    targets: frozenset[str]
    installer: Sequence[str]  # a command and its arguments
    parallel: int
    progress: Progress
    patience: Patience


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check. Without an update there is no outcome."""

    status: UpdateStatus
    state: State
    retry_after: float  # seconds; 0 where the server did not say
    outcome: Outcome | None = None
    message: str | None = None
    offer: Offer | None = None
    is_changed: bool = False  # whether the device runs something else now


def check(agent: Agent) -> Checked:
    """Ask once, and install what is offered. Refuses while the server is away."""
    state = deliver(agent, go_on(agent))
    answer = agent.door.check(state.running)
    if answer.update.status is not UpdateStatus.UPDATE:
        if answer.update.status is UpdateStatus.DEVICE_QUARANTINE:
            agent.progress.note("this device is in quarantine: it is offered nothing")
        return Checked(answer.update.status, state, answer.retry_after)
    checked = _updated(agent, state, answer)
    with suppress(Refusal):  # what is not delivered is kept, and sent with the next check
        deliver(agent, checked.state)
    return checked


def go_on(agent: Agent) -> State:
    """Carry through what a kill has interrupted, if there is anything."""
    state = agent.folder.state()
    if state.update is None:
        return state
    offer = state.update.offer
    agent.progress.note(f"going on with {offer.statement.bundle_prn}, which was interrupted")
    if state.update.starts >= _MOST_STARTS:
        message = f"its installation was interrupted {_MOST_STARTS} times; given up"
        return _failed(agent, state, offer, UpdateFailed(message))
    try:
        for entry in _left(state, offer):
            check_signatures(entry, agent.trust)
            check_content(_path(agent, entry), entry)
    except (UpdateFailed, OSError) as error:
        agent.progress.note(f"what was fetched of it cannot be used any more: {error}")
        agent.folder.save(state.abandoned())
        return state.abandoned()
    try:
        return _carried_through(agent, state, offer)
    except UpdateFailed as failure:
        return _failed(agent, agent.folder.state(), offer, failure)


def deliver(agent: Agent, state: State) -> State:
    """Send the reports that the server may not have yet, oldest first."""
    done: list[NewReport] = []
    try:
        for report in state.reports:
            if not agent.door.report(report, state.running):
                agent.progress.note(f"the server will never take the report {report.id}; dropped")
            done.append(report)
    finally:
        if done:
            state = state.without(done)
            _save_if_possible(agent, state)  # a report that is sent twice counts once
    return state


def roll_back(agent: Agent, message: str) -> State:
    """Take it for true that the device runs again what it ran before its last update."""
    state = agent.folder.state()
    if state.running is None:
        raise LocalTrouble(f"nothing was ever installed by the agent in {agent.folder.path}")
    state = state.rolled_back(state.running, message)
    agent.folder.save(state)
    with suppress(Refusal):  # as after an update
        state = deliver(agent, state)
    return state


def _updated(agent: Agent, before: State, answer: Answer) -> Checked:
    offer = offered(answer.update, agent.targets)
    try:
        _fetch(agent, before, offer)
        state = _carried_through(agent, before, offer)
        outcome, message = Outcome.INSTALLED, None
    except UpdateFailed as failure:
        state = _failed(agent, agent.folder.state(), offer, failure)
        outcome, message = Outcome.FAILED, failure.message
    return Checked(
        answer.update.status,
        state,
        answer.retry_after,
        outcome,
        message,
        offer,
        is_changed=state.running != before.running,
    )


def _fetch(agent: Agent, state: State, offer: Offer) -> None:
    """All that is not installed yet; who has signed it is looked at before the first byte."""
    left = _left(state, offer)
    for entry in left:
        check_signatures(entry, agent.trust)
    _clean(agent, left)
    fetcher = Fetcher(agent.door.links, agent.parallel, agent.patience, agent.progress)
    for entry in left:
        link = Link(entry.url, partial(_fresh_url, agent, state, offer, entry))
        fetcher.fetch(entry, link, agent.folder.downloads)


def _fresh_url(agent: Agent, state: State, offer: Offer, entry: Entry) -> str:
    update = agent.door.check(state.running).update
    now = offered(update, agent.targets) if update.status is UpdateStatus.UPDATE else None
    if now is not None and now.statement == offer.statement:
        for found in now.entries:
            if (found.binary_prn, found.hash) == (entry.binary_prn, entry.hash):
                return found.url
    raise Away("the offer has changed while its content was fetched; the next check sees the new")


def _carried_through(agent: Agent, state: State, offer: Offer) -> State:
    """Install what was judged, then adopt."""
    if left := _left(state, offer):
        state = state.begun(offer)
        agent.folder.save(state)
    for entry in left:
        agent.progress.note(f"installing {entry.artifact.name} {entry.artifact_version.version}")
        path = _path(agent, entry)
        install(agent.installer, entry, path, offer.statement, agent.folder)
        state = state.with_installed(entry)
        agent.folder.save(state)
    state = state.adopted(offer)
    agent.folder.save(state)
    _clean(agent, ())
    return state


def _failed(agent: Agent, state: State, offer: Offer, failure: UpdateFailed) -> State:
    agent.progress.note(f"{offer.statement.bundle_prn} is not installed: {failure.message}")
    state = state.failed(offer.statement, failure.message, failure.binary_prn)
    _save_if_possible(agent, state)
    return state


def _save_if_possible(agent: Agent, state: State) -> None:
    """For what may be lost: a disk that is full should not hide why an update failed."""
    try:
        agent.folder.save(state)
    except LocalTrouble as trouble:
        agent.progress.note(str(trouble))


def _left(state: State, offer: Offer) -> list[Entry]:
    return [entry for entry in offer.entries if not state.has(entry)]


def _path(agent: Agent, entry: Entry) -> Path:
    return agent.folder.downloads / entry.hash


def _clean(agent: Agent, wanted: Sequence[Entry]) -> None:
    """Remove what no offer asks for any more."""
    hashes = {entry.hash for entry in wanted}
    for path in agent.folder.downloads.iterdir():
        if path.stem not in hashes:
            with suppress(OSError):
                path.unlink()
