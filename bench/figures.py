"""What a benchmark found: a figure beside its baseline of the same run.

The machine is shared and noisy, so work and baseline take turns and medians are compared;
a figure without its baseline says nothing about the program.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """`ratio` is value to baseline; `is_reached` is None where no aim is set."""

    id: str
    what: str
    value: float
    unit: str
    baseline: float | None = None
    ratio: float | None = None
    aim: str = ""
    is_reached: bool | None = None
    spread: float | None = None  # (most - least) / median of the values


def at_most(limit: float) -> tuple[str, Callable[[float], bool]]:
    return f"≤ {limit:g}", lambda found: found <= limit


def at_least(limit: float) -> tuple[str, Callable[[float], bool]]:
    return f"≥ {limit:g}", lambda found: found >= limit


def compared(
    id: str,
    what: str,
    unit: str,
    values: Sequence[float],
    baselines: Sequence[float],
    aim: tuple[str, Callable[[float], bool]] | None = None,
) -> Figure:
    """Medians; the aim is on their ratio."""
    value, baseline = median(values), median(baselines)
    ratio = value / baseline
    return Figure(
        id,
        what,
        value,
        unit,
        baseline,
        ratio,
        aim[0] if aim else "",
        aim[1](ratio) if aim else None,
        (max(values) - min(values)) / value if value and len(values) > 1 else None,
    )


def plain(
    id: str,
    what: str,
    unit: str,
    value: float,
    aim: tuple[str, Callable[[float], bool]] | None = None,
) -> Figure:
    """A figure that needs no baseline, such as memory; the aim is on the value."""
    aim_text, is_reached = (f"{aim[0]} {unit}", aim[1](value)) if aim else ("", None)
    return Figure(id, what, value, unit, aim=aim_text, is_reached=is_reached)
