"""`sealift releases`: the records. What became of one is in `release_progress.py`."""

from typing import Annotated, TypeAlias

import typer

from sealift.cli import release_progress, release_rollback
from sealift.cli.config import Json
from sealift.cli.nouns import (
    Noun,
    PrnArgument,
    add_delete,
    add_get,
    add_list,
    change_record,
    create_record,
    examples,
    group,
)
from sealift.cli.options import (
    NOW,
    Description,
    NewDescription,
    checked_prn,
    clearing,
    given,
    moment,
    not_empty,
    number,
    optional_prn,
    tags,
)
from sealift.domain.names import Kind
from sealift.domain.release import PhaseMode

RELEASE = Noun(
    Kind.RELEASE,
    "releases",
    columns=("name", "version", "phase_value", "disabled", "inserted_at", "prn"),
    search="cohort_prn:'PRN'",
)
app = group("Bundles published to cohorts, one release after the other.")

Required: TypeAlias = Annotated[
    bool | None,
    typer.Option("--required/--not-required", help="Whether devices have to pass through it."),
]
Disabled: TypeAlias = Annotated[
    bool | None, typer.Option("--disabled/--enabled", help="Nobody is given a disabled release.")
]
Mode: TypeAlias = Annotated[
    PhaseMode | None,
    typer.Option("--phase-mode", help="Limited by a number, or to devices with certain tags."),
]
PhaseValue: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--phase-value",
        metavar="NUMBER",
        help="Below 1 a share of the cohort, from 2 on so many devices; 1 is all, for good.",
    ),
]
PhaseTags: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--phase-tags", metavar="TAG,TAG", help="Devices with one of them, in mode tags."),
]
ReleaseVersion: TypeAlias = Annotated[
    str | None,
    typer.Option("--version", metavar="SEMVER", help="What a device says it is that runs this."),
]
Requirement: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--version-requirement",
        metavar="TEXT",
        help="Versions of devices that may be given this, such as '~> 1.2' or '< 2.0.0'.",
    ),
]
NextRelease: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--next-release-prn", metavar="PRN", help="What comes after it, unless it is the latest."
    ),
]
PreviousRelease: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--previous-release-prn",
        metavar="PRN",
        help="With --next-release-prn: it comes between the two.",
    ),
]
ScheduleDate: TypeAlias = Annotated[
    str, typer.Option("--schedule-date", metavar="TIME", help="Nobody is given it before.")
]
NewScheduleDate: TypeAlias = Annotated[
    str | None,
    typer.Option("--schedule-date", metavar="TIME", help="Another time; 'now' is one."),
]
RetryLimit: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--retry-limit", metavar="N", help="A device that failed so often is not offered it again."
    ),
]
MostFailures: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--disable-after-failures",
        metavar="N",
        help="The release is disabled once so many devices have failed on it.",
    ),
]
FailureShare: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--disable-after-failure-share",
        metavar="SHARE",
        help="The same for a share of the devices that reported, such as 0.1.",
    ),
]


@app.command(
    epilog=examples(
        "sealift releases create --cohort-prn PRN --bundle-prn PRN \\",
        "  --name 1.2.0 --version 1.2.0 --phase-value 0.1 --disable-after-failures 3",
    )
)
def create(
    context: typer.Context,
    cohort_prn: Annotated[str, typer.Option(metavar="PRN", help="Who it is for.")],
    bundle_prn: Annotated[str, typer.Option(metavar="PRN", help="What they are given.")],
    name: Annotated[str, typer.Option(metavar="TEXT", help="For people.")],
    required: Required = None,
    schedule_date: ScheduleDate = NOW,
    description: Description = None,
    disabled: Disabled = None,
    phase_mode: Mode = None,
    phase_value: PhaseValue = None,
    phase_tags: PhaseTags = None,
    version: ReleaseVersion = None,
    version_requirement: Requirement = None,
    next_release_prn: NextRelease = None,
    previous_release_prn: PreviousRelease = None,
    retry_limit: RetryLimit = None,
    disable_after_failures: MostFailures = None,
    disable_after_failure_share: FailureShare = None,
) -> None:
    """Publish a bundle to a cohort.

    It becomes the latest release, unless --next-release-prn says otherwise. Without a phase
    all devices of the cohort are given it from --schedule-date on.
    """
    body = given(name=name, required=bool(required), disabled=disabled, description=description)
    body |= given(version=version, version_requirement=version_requirement)
    body |= given(schedule_date=moment(schedule_date, "--schedule-date"))
    body |= _place(cohort_prn, bundle_prn, next_release_prn, previous_release_prn)
    body |= _phase(phase_mode, phase_value, phase_tags)
    body |= _limits(retry_limit, disable_after_failures, disable_after_failure_share)
    create_record(context, RELEASE, body)


add_list(app, RELEASE)
add_get(app, RELEASE)


@app.command(
    epilog=examples(
        "sealift releases update PRN --phase-value 0.5",
        "sealift releases update PRN --disabled",
    )
)
def update(
    context: typer.Context,
    prn: PrnArgument,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="A new name.")] = None,
    required: Required = None,
    schedule_date: NewScheduleDate = None,
    description: NewDescription = None,
    disabled: Disabled = None,
    phase_mode: Mode = None,
    phase_value: PhaseValue = None,
    phase_tags: PhaseTags = None,
    version: ReleaseVersion = None,
    version_requirement: Requirement = None,
    next_release_prn: NextRelease = None,
    retry_limit: RetryLimit = None,
    disable_after_failures: MostFailures = None,
    disable_after_failure_share: FailureShare = None,
) -> None:
    """Change a release; its bundle and cohort are final.

    An empty text clears what may be empty.
    """
    body = given(name=name, required=required, disabled=disabled)
    body |= given(schedule_date=moment(schedule_date, "--schedule-date"))
    body |= clearing(description=description, version=version)
    body |= clearing(version_requirement=version_requirement)
    body |= clearing(next_release_prn=optional_prn(next_release_prn, Kind.RELEASE))
    body |= _phase(phase_mode, phase_value, phase_tags)
    body |= _limits(retry_limit, disable_after_failures, disable_after_failure_share)
    change_record(context, RELEASE, prn, not_empty(body))


add_delete(
    app,
    RELEASE,
    "Archive a release: nobody is given it. Those before it lead past it.",
)
release_progress.add_progress_commands(app)
release_rollback.add_rollback(app)


def _place(
    cohort_prn: str, bundle_prn: str, next_prn: str | None, previous_prn: str | None
) -> Json:
    return given(
        cohort_prn=checked_prn(cohort_prn, Kind.COHORT),
        bundle_prn=checked_prn(bundle_prn, Kind.BUNDLE),
        next_release_prn=next_prn and checked_prn(next_prn, Kind.RELEASE),
        previous_release_prn=previous_prn and checked_prn(previous_prn, Kind.RELEASE),
    )


def _phase(mode: PhaseMode | None, value: str | None, texts: list[str] | None) -> Json:
    """Tags alone say which mode is meant."""
    if mode is None and value is None and texts:
        mode = PhaseMode.TAGS
    body = given(phase_mode=mode) | _numbers(phase_value=value)
    return body | ({} if texts is None else {"phase_tags": tags(texts) or None})


def _limits(retries: str | None, failures: str | None, share: str | None) -> Json:
    return _numbers(
        retry_limit=retries, disable_after_failures=failures, disable_after_failure_share=share
    )


def _numbers(**texts: str | None) -> Json:
    return {
        name: number(text, f"--{name.replace('_', '-')}")
        for name, text in texts.items()
        if text is not None
    }
