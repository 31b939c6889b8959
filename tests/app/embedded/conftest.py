"""Homes that leave nothing behind, and Python processes that may be killed."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.embedded import valkey
from app.embedded.place import load_record
from app.embedded.running import end_orphans

CHECKOUT = Path(__file__).resolve().parents[3]

NameHome = Callable[[str], Path]


@pytest.fixture(scope="session")
def homes() -> Iterator[NameHome]:
    """Names folders for homes below one short-lived folder; ends what still runs in them."""
    below = Path(tempfile.mkdtemp(prefix="crossdock-homes-"))
    below.chmod(0o711)
    made: list[Path] = []

    def name_home(name: str = "home") -> Path:
        made.append(below / name)
        return made[-1]

    yield name_home
    for home in made:
        clear(home)
    shutil.rmtree(below, ignore_errors=True)


@pytest.fixture(scope="session")
def home(homes: NameHome) -> Path:
    """One home for all tests that can do with a used one: making each its own costs most."""
    return homes("home")


@pytest.fixture
def new_home(homes: NameHome) -> Path:
    """A folder for a home, not made yet."""
    return homes(f"new-{secrets.token_hex(4)}")


@pytest.fixture
def python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts Python processes with the code given; ends those that still run."""
    started: list[subprocess.Popen[str]] = []

    def run(code: str, *arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            cwd=CHECKOUT,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def clear(home: Path) -> None:
    """End the engines of a home without any ceremony and delete its data."""
    outside = load_record(home).data_folder
    for root in (home / "engines", *([Path(outside)] if outside else [])):
        end_orphans(root / "postgres", "postgres")
        end_orphans(root / "valkey", valkey.PROGRAM)
        shutil.rmtree(root, ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)
