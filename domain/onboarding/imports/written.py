"""What an import wrote, counted."""

from dataclasses import dataclass

from domain.kernel.upserts import Upserted


@dataclass(frozen=True, slots=True)
class Written:
    """How many records were made, changed, and stood already as the file says."""

    created: int
    updated: int
    unchanged: int


def counted(done: Upserted) -> Written:
    """The counts of an upsert."""
    created, updated = len(done.created), len(done.before)
    return Written(created, updated, len(done.ids) - created - updated)
