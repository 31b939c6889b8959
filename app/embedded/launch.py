"""Starting an engine so that it is nobody's child.

An engine outlives a killed parent and is found again by the next start; started or found, it is
watched and ended in the same way. (As a child it would also get the terminal's Ctrl-C before we
have stopped those who use it.)
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from app.embedded.account import Account
from app.embedded.errors import EngineError
from app.embedded.liveness import ProcessIdentity, identify
from app.embedded.private_files import PRIVATE_FILE_MODE, give_to_folder_owner

# The shell ends at once and leaves the engine to init; `$!` is the engine's pid.
DETACH = '"$@" </dev/null >&2 & echo $!'
LOG_BYTES_KEPT = 10_000_000
TAIL_LINES = 12
# Nothing of the caller's environment: PGPORT, PGDATA, LD_LIBRARY_PATH and locales change engines.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C"}


def launch(
    argv: Sequence[str | Path], *, account: Account | None, cwd: Path, log: Path
) -> ProcessIdentity:
    """Start a program on its own and return which process it is."""
    rotate(log)
    errors = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE_FILE_MODE)
    give_to_folder_owner(log)
    try:
        command = ["/bin/sh", "-c", DETACH, "sh", *argv]
        started = run(command, account=account, cwd=cwd, errors=errors)
    finally:
        os.close(errors)
    identity = identify(int(started.stdout))
    if identity is None:
        raise failed(Path(argv[0]).name, log)
    return identity


def run(
    argv: Sequence[str | Path],
    *,
    account: Account | None,
    cwd: Path,
    errors: int = subprocess.STDOUT,
    stdin: str = "",
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end as the engines' account."""
    try:
        return subprocess.run(
            [str(part) for part in argv],
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
            cwd=cwd,
            env=ENVIRONMENT,
            umask=0o077,
            start_new_session=True,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            check=False,
        )
    except OSError as error:
        who = "this user" if account is None else f"the account {account.name}"
        raise EngineError(
            f"{argv[0]} cannot be run by {who}: {error}.",
            remedy="run Crossdock as a normal user; `crossdock doctor` tries the programs.",
        ) from error


def failed(name: str, log: Path) -> EngineError:
    """Return the error for an engine that ended while starting, with the end of its log."""
    return EngineError(
        f"{name} ended while starting. The end of {log}:\n{tail(log)}",
        remedy="mend what the log says; `crossdock doctor` checks disk, ports and permissions.",
    )


def tail(log: Path) -> str:
    """Return the last lines of a log."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(f"    {line}" for line in lines[-TAIL_LINES:])


def rotate(log: Path) -> None:
    """Keep one older log when this one has grown large."""
    if log.exists() and log.stat().st_size > LOG_BYTES_KEPT:
        log.replace(log.with_suffix(".old.log"))
