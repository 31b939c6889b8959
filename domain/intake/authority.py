"""What a document may cause, whoever hands it in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from domain.kernel.work import Work

CAUSED = frozenset(
    {
        "catalog.manage",
        "entities.manage",
        "inventory.count",
        "inventory.report",
        "orders.amend",
        "orders.cancel",
        "orders.manage",
        "procurement.confirm",
        "procurement.ship",
    }
)


@contextmanager
def channel_authority(work: Work) -> Iterator[None]:
    """Within, the work may do what the channel's documents and its intake rule bring about.

    Who may take in, replay or map documents need not hold the rights to change items and orders
    by hand; the audit still names the caller, and a partner still sees only its own rows."""
    caller = work.principal
    work.principal = replace(caller, permissions=caller.permissions | CAUSED)
    try:
        yield
    finally:
        work.principal = caller
