"""Whom the engines run as: PostgreSQL refuses root, so root gives them an unprivileged account."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from app.embedded.errors import EngineError

UNPRIVILEGED_NAMES = ("nobody", "daemon", "_unknown")


@dataclass(frozen=True, slots=True)
class Account:
    """A system account that is not root."""

    name: str
    uid: int
    gid: int


def engine_account(owned: Path) -> Account | None:
    """Return the account to drop to, or None when we are a normal user already.

    The owner of `owned` (the nearest folder that exists) goes first, so that `sudo crossdock up` in
    a user's home leaves a database that the same user can start without sudo afterwards.
    """
    if os.geteuid() != 0:
        return None
    owner_uid = nearest_existing(owned).stat().st_uid
    if owner_uid != 0 and (owner := _account(owner_uid)) is not None:
        return owner
    for name in UNPRIVILEGED_NAMES:
        if (account := _account(name)) is not None and account.uid != 0:
            return account
    raise EngineError(
        "PostgreSQL does not run as root, and there is no account such as `nobody` to run it as.",
        remedy="start Crossdock as a normal user, or create an account named `nobody`.",
    )


def nearest_existing(path: Path) -> Path:
    """Return `path`, or its nearest parent that exists."""
    return next(candidate for candidate in (path, *path.parents) if candidate.exists())


def can_reach(path: Path, account: Account | None) -> bool:
    """Tell whether the account may enter every folder above `path` and read `path` itself."""
    if account is None:
        return os.access(path, os.R_OK)
    real = path.resolve()
    if not all(_allows(parent.stat(), account, stat.S_IXOTH) for parent in real.parents):
        return False
    wanted = stat.S_IROTH | (stat.S_IXOTH if real.is_dir() else 0)
    return _allows(real.stat(), account, wanted)


def can_enter(folder: Path, account: Account | None) -> bool:
    """Tell whether the account may enter `folder` and every folder above it."""
    if account is None:
        return os.access(folder, os.X_OK)
    real = folder.resolve()
    return all(_allows(each.stat(), account, stat.S_IXOTH) for each in (real, *real.parents))


def _allows(status: os.stat_result, account: Account, wanted: int) -> bool:
    if status.st_uid == account.uid:
        wanted <<= 6
    elif status.st_gid == account.gid:
        wanted <<= 3
    return status.st_mode & wanted == wanted


def _account(key: int | str) -> Account | None:
    try:
        entry = pwd.getpwuid(key) if isinstance(key, int) else pwd.getpwnam(key)
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
