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


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCreated(Event):
    """An entity's chart has another account."""

    type = "ledger.account_created"
    aggregate = "account"
    entity_id: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChanged(Event):
    """Fields of an account changed."""

    type = "ledger.account_changed"
    aggregate = "account"
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualJournalPosted(Event):
    """A journal that somebody wrote is in the books."""

    type = "ledger.manual_journal_posted"
    aggregate = "manual_journal"
    entity_id: int
    journal_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostingRulesActivated(Event):
    """An entity's own posting rules count from a day on."""

    type = "ledger.posting_rules_activated"
    aggregate = "posting_rule_version"
    entity_id: int
    effective_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancesRevalued(Event):
    """Open foreign balances of an entity were put at the rates of a day."""

    type = "ledger.balances_revalued"
    aggregate = "revaluation"
    entity_id: int
    as_of: str
    journal_id: int | None
