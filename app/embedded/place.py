"""Where a home's engines keep their data, their passwords and their ports."""

import os
import secrets
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from app.embedded.account import Account, can_enter, engine_account
from app.embedded.errors import EngineError
from app.embedded.private_files import give_to_folder_owner, read_json, write_private_json

# Used only by root, when the unprivileged account cannot enter the home or the environment.
SYSTEM_FOLDER = Path(
    "/Library/Application Support/Crossdock" if sys.platform == "darwin" else "/var/lib/crossdock"
)


@dataclass(frozen=True, slots=True)
class HomeRecord:
    """What a home remembers about its engines, in `engines.json` with mode 0600."""

    id: str
    owner_password: str
    app_password: str
    valkey_password: str
    postgres_port: int = 0
    valkey_port: int = 0
    # Set when the data live outside the home.
    data_folder: str = ""
    # False until the roles in the database have these passwords.
    is_provisioned: bool = False

    @classmethod
    def new(cls) -> "HomeRecord":
        """Return a record with an identity and random passwords."""
        return cls(
            id=secrets.token_hex(16),
            owner_password=secrets.token_hex(16),
            app_password=secrets.token_hex(16),
            valkey_password=secrets.token_hex(16),
        )


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of one home."""

    home: Path
    root: Path
    account: Account | None

    @property
    def postgres_data(self) -> Path:
        """The PostgreSQL data folder; it exists only when it is complete."""
        return self.root / "postgres"

    @property
    def valkey_data(self) -> Path:
        """The Valkey data folder."""
        return self.root / "valkey"

    @property
    def lock(self) -> Path:
        """Held alone while engines start or stop."""
        return self.home / "engines.lock"

    @property
    def usage(self) -> Path:
        """Held together by all processes that use the engines."""
        return self.home / "engines.users"

    def give_to_account(self, path: Path) -> None:
        """Make the engines' account the owner of `path`."""
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)


def make_home(home: Path) -> None:
    """Create the home if it is not there; an existing one keeps its permissions."""
    with suppress(OSError):  # Whatever the reason, the home cannot be written then.
        if not home.exists():
            home.parent.mkdir(parents=True, exist_ok=True)
            home.mkdir(mode=0o700, exist_ok=True)
            if os.geteuid() == 0:
                # The engines' account must pass through; the files inside are closed one by one.
                home.chmod(0o711)
            give_to_folder_owner(home)
    if not os.access(home, os.W_OK | os.X_OK):
        raise EngineError(
            f"{home} cannot be written by this user.",
            remedy="run as its owner, or set CROSSDOCK_HOME to a folder of your own.",
        )


def open_place(home: Path) -> tuple[Place, HomeRecord]:
    """Return the folders and the record of `home`, made on first use. Call it under the lock."""
    record = load_record(home)
    if not record.is_provisioned:
        save_record(home, record)
    place = _find_place(home, record)
    data_folder = "" if place.root.parent == home else str(place.root)
    if record.data_folder != data_folder:
        record = replace(record, data_folder=data_folder)
        save_record(home, record)
    return place, record


def load_record(home: Path) -> HomeRecord:
    """Return what the home remembers, or a new record."""
    kept: dict[str, Any] = read_json(home / "engines.json")
    try:
        return HomeRecord(**kept)
    except TypeError:
        return HomeRecord.new()


def save_record(home: Path, record: HomeRecord) -> None:
    """Keep the record in the home."""
    write_private_json(home / "engines.json", asdict(record))


def system_folder() -> Path:
    """Return root's folder for what cannot live in a closed home; everyone may enter it."""
    SYSTEM_FOLDER.mkdir(parents=True, exist_ok=True, mode=0o755)
    status = SYSTEM_FOLDER.stat()
    if status.st_uid != 0 or status.st_mode & 0o022:
        raise EngineError(
            f"{SYSTEM_FOLDER} can be written by others than root.",
            remedy=f"make it root's own: chown root {SYSTEM_FOLDER}; chmod 755 {SYSTEM_FOLDER}.",
        )
    return SYSTEM_FOLDER


def _find_place(home: Path, record: HomeRecord) -> Place:
    inside = home / "engines"
    account = engine_account(inside / "postgres")
    # Data once placed outside stay there, whatever the home's permissions have become since.
    if can_enter(home, account) and not record.data_folder:
        _make_root(inside, account)
        return Place(home, inside, account)
    if account is None and record.data_folder:
        raise EngineError(
            f"The data of {home} were made by root and are in {record.data_folder}.",
            remedy="run as root, or set CROSSDOCK_HOME to a new folder.",
        )
    outside = Path(record.data_folder) if record.data_folder else system_folder() / record.id
    _make_root(outside, account)
    _refuse_copied_home(home, outside)
    _move_out(inside, outside)
    return Place(home, outside, account)


def _make_root(root: Path, account: Account | None) -> None:
    if not root.exists():
        root.mkdir(mode=0o700)
        if account is not None:
            root.chmod(0o711)
            give_to_folder_owner(root)


def _refuse_copied_home(home: Path, outside: Path) -> None:
    """Two homes with one identity (a copied folder) must not write to the same data."""
    note = outside / "home"
    first = Path(note.read_text()) if note.exists() else home
    if first != home and first.exists() and load_record(first).id == load_record(home).id:
        raise EngineError(
            f"{home} is a copy of {first}; its data are in {outside} and belong to the original.",
            remedy=f"delete {home / 'engines.json'} to start with an empty database there.",
        )
    note.write_text(str(home))


def _move_out(inside: Path, outside: Path) -> None:
    """Bring along data made while the home could be entered (its permissions changed since)."""
    for name in ("postgres", "valkey"):
        if (inside / name).exists() and not (outside / name).exists():
            try:
                (inside / name).rename(outside / name)
            except OSError as error:
                raise EngineError(
                    f"The database in {inside} cannot be entered by the engines' account, and "
                    f"moving it to {outside} failed: {error.strerror}.",
                    remedy=f"move it by hand: mv '{inside / name}' '{outside / name}'.",
                ) from error
