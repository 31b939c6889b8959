"""What happened to groups and their consolidation."""

from dataclasses import dataclass

from domain.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsolidationGroupChanged(Event):
    """A group was made or changed: what it is called, who belongs to it, or which accounts are
    with an affiliate."""

    type = "consolidation.group_changed"
    aggregate = "consolidation_group"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAdjustmentEntered(Event):
    """An adjustment of a group's consolidation was entered, or taken back by another one."""

    type = "consolidation.adjustment_entered"
    aggregate = "consolidation_group"
    adjustment_id: int
    number: str
    posted_on: str
