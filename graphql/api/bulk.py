"""Mutations of many rows: a policy for errors, and an outcome for each row."""

from collections.abc import Sequence
from enum import Enum

import strawberry

from domain.kernel.bulk import ErrorPolicy as DomainPolicy


@strawberry.enum(description="What a failed row means for the others.")
class ErrorPolicy(Enum):
    REJECT_ALL = strawberry.enum_value(
        "reject_all", description="One failed row keeps all from being written."
    )
    REJECT_FAILED_ROWS = strawberry.enum_value(
        "reject_failed_rows", description="The other rows are written."
    )


@strawberry.enum(description="What became of one row.")
class RowStatus(Enum):
    APPLIED = strawberry.enum_value("applied", description="It stands as given.")
    FAILED = strawberry.enum_value("failed", description="It is at fault; see its code.")
    NOT_APPLIED = strawberry.enum_value(
        "not_applied", description="It is sound, but another row's fault rejected all."
    )


@strawberry.type(description="What became of one row of a bulk mutation.")
class RowOutcome:
    row: int = strawberry.field(description="Its place in the input, from 0.")
    status: RowStatus = strawberry.field(description="What became of it.")
    code: str | None = strawberry.field(description="Why it failed: stable, for programs.")
    message: str | None = strawberry.field(description="Why it failed, for people.")
    field: str | None = strawberry.field(description="The field at fault, if it is one.")


def domain_policy(policy: ErrorPolicy) -> DomainPolicy:
    """The domain's word for the API's."""
    return DomainPolicy(str(policy.value))


def row_outcomes(
    count: int, failures: Sequence[dict[str, object]], policy: ErrorPolicy
) -> list[RowOutcome]:
    """An outcome for each of `count` rows; failures as plain values (row, code, message, field)."""
    rejected = bool(failures) and policy is ErrorPolicy.REJECT_ALL
    sound = RowStatus.NOT_APPLIED if rejected else RowStatus.APPLIED
    failed = {failure["row"]: failure for failure in failures}
    return [_outcome(row, failed.get(row), sound) for row in range(count)]


def _outcome(row: int, failure: dict[str, object] | None, sound: RowStatus) -> RowOutcome:
    if failure is None:
        return RowOutcome(row=row, status=sound, code=None, message=None, field=None)
    return RowOutcome(
        row=row,
        status=RowStatus.FAILED,
        code=str(failure["code"]),
        message=str(failure["message"]),
        field=None if failure["field"] is None else str(failure["field"]),
    )
