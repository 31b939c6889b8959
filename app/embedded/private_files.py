"""Files that only their owner may read; after a crash they are the old or the new, never half."""

import json
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

PRIVATE_FILE_MODE = 0o600


def write_private(path: Path, text: str, *, keep_existing: bool = False) -> None:
    """Make `path` hold `text`, readable by its owner alone, whole or not at all."""
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE_MODE)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    give_to_folder_owner(new)
    if keep_existing:
        with suppress(FileExistsError):
            os.link(new, path)
        new.unlink()
    else:
        new.replace(path)
    sync_folder(path.parent)


def read_private(path: Path) -> str | None:
    """Return the text kept in `path`, or None when there is none."""
    try:
        return path.read_text()
    except FileNotFoundError:
        return None


def write_private_json(path: Path, content: dict[str, Any]) -> None:
    """Replace `path` by `content` as JSON, readable by its owner alone."""
    write_private(path, json.dumps(content, indent=2) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Return the object kept in `path`, or an empty one when there is none or it is damaged."""
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def sync_folder(folder: Path) -> None:
    """Make names created in or renamed into `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def give_to_folder_owner(path: Path) -> None:
    """As root, hand `path` to the owner of its folder, who may want to run without root later."""
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
