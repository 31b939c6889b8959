"""What happened to the books."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalReversed(Event):
    """A journal was taken back by another one."""

    type = "ledger.journal_reversed"
    aggregate = "journal"
    reversal_id: int
    entity_id: int
