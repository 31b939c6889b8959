"""Which revision of the schema this code needs."""

from functools import cache
from pathlib import Path

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


@cache
def newest_revision() -> str:
    """The newest revision: migrations are numbered, and stand in files named NUMBER_what.py."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("*_*.py"))
