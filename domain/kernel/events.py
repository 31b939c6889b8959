"""What happened, told in the past tense and kept with the change itself."""

from dataclasses import dataclass, fields
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact about one aggregate. Subclasses name their type and add plain fields.

    `aggregate_id` is the aggregate's row id; events of one aggregate arrive in order."""

    type: ClassVar[str]
    aggregate: ClassVar[str]
    aggregate_id: int

    def payload(self) -> dict[str, Any]:
        """The event's own fields as plain values."""
        return {
            f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("aggregate_id",)
        }
