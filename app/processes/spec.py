"""What to run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """A program that is kept running."""

    name: str
    argv: Sequence[str]
    # Added to this process's own environment.
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    # All of rank 0 stop before any of rank 1 is told to: the API first, then the workers.
    stop_rank: int = 0
    # How long it may take to finish its work after SIGTERM.
    grace_seconds: float = 20.0
