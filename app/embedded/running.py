"""Which engine processes were started for a home, and ending those left over by a crash."""

import signal
from dataclasses import asdict
from pathlib import Path

from app.embedded.errors import EngineError
from app.embedded.liveness import ProcessIdentity, end, working_in, works_in
from app.embedded.private_files import read_json, write_private_json

# Harmless first: SIGINT stops a postmaster in good order and cancels an orphaned backend's query.
ORPHAN_STEPS = (
    (signal.SIGINT, 2.0),
    (signal.SIGQUIT, 1.0),
    (signal.SIGKILL, 10.0),
)


def remember(root: Path, name: str, identity: ProcessIdentity) -> None:
    """Keep which process is the engine `name`."""
    write_private_json(root / f"{name}.process", asdict(identity))


def forget(root: Path, name: str) -> None:
    """Keep that the engine `name` does not run."""
    (root / f"{name}.process").unlink(missing_ok=True)


def recall(root: Path, name: str, *, folder: Path, program: str) -> ProcessIdentity | None:
    """Return the living process that is the engine `name` of `folder`, if there is one.

    The folder is asked of the process itself: a copied home also copies what was remembered.
    """
    try:
        identity = ProcessIdentity(**read_json(root / f"{name}.process"))
    except TypeError:
        return None
    return identity if works_in(identity, folder, program) else None


def end_orphans(folder: Path, program: str) -> None:
    """End every process of `program` that still works in `folder`; two would destroy the data."""
    orphans = working_in(folder, program)
    if not end(orphans, ORPHAN_STEPS):
        pids = ", ".join(str(orphan.pid) for orphan in orphans)
        raise EngineError(
            f"Processes left over by a crash (pid {pids}) still hold {folder}.",
            remedy=f"end them: kill -9 {pids.replace(',', '')}",
        )
