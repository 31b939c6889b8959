"""Change requests: what is to change, who wants it, and what became of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar

import strawberry
from sqlalchemy.engine import Row

from api.approvals.requests import ApprovalRequest, load_latest_requests
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.from_rows import FromRow, WorkedOut
from api.governance.words import (
    ChangeAction,
    ChangeStatus,
    ConfigurationKind,
    kept_key,
    shown_key,
)
from api.ids import global_id
from api.nodes import Node, refetched_by
from domain.governance.approving import SUBJECT
from domain.governance.policy import ACTIONS, Difference, differences
from domain.governance.queries import changes as queries
from domain.kernel import json
from domain.kernel.errors import InvalidInput
from domain.kernel.reading import Reader

KIND = "ChangeRequest"
MAY_CHANGE = "governance.propose"


@strawberry.type(description="One place in which a change differs from what stands.")
class ConfigurationDifference:
    path: list[str] = strawberry.field(description="Where: field, then place within it.")
    before: str | None = strawberry.field(description="What stood there, as JSON; null: nothing.")
    after: str | None = strawberry.field(description="What is to stand there; null: nothing.")

    @classmethod
    def of(cls, difference: Difference) -> "ConfigurationDifference":
        """From a difference of the domain's policy."""
        return cls(
            path=list(difference.path),
            before=_text(difference.before),
            after=_text(difference.after),
        )


def _text(value: Any) -> str | None:
    return None if value is None else json.dump(value)


def compared(base: Any, proposal: Any) -> list[ConfigurationDifference]:
    """Two contents, place by place."""
    return [ConfigurationDifference.of(each) for each in differences(base, proposal)]


@strawberry.type(description="What a change request made of an object.")
class ConfigurationVersion(FromRow):
    kind: ConfigurationKind = strawberry.field(description="The kind of the object.")
    object_key: str = strawberry.field(description="The object: a global id, or a code.")
    version: int = strawberry.field(
        description="Counted from 1; 0 is how it was before its first change request."
    )
    made_by: str = strawberry.field(description="Who asked for the change.")
    effective_at: datetime = strawberry.field(description="Since when it is in effect.")
    differences: list[ConfigurationDifference] = strawberry.field(
        description="What changed against the version before it."
    )
    change_request_id: strawberry.Private[int]

    @strawberry.field(description="The change request that made it.")
    async def change_request(
        self, info: Info
    ) -> Annotated["ChangeRequest", strawberry.lazy("api.governance.change_requests")] | None:
        return await info.context.load(load_change_requests, self.change_request_id)

    WORKED_OUT: ClassVar[WorkedOut] = {
        "kind": lambda row: ConfigurationKind(row.kind),
        "object_key": lambda row: shown_key(row.kind, row.object_key),
        "differences": lambda row: compared(row.before, row.content),
    }


@strawberry.type(description="A change of configuration that somebody wants.")
class ChangeRequest(FromRow, Node):
    kind: ConfigurationKind = strawberry.field(description="What kind of configuration changes.")
    object_key: str | None = strawberry.field(
        description="The object that changes: a global id, or a code; null: a new one."
    )
    title: str = strawberry.field(description="What it is about.")
    reason: str = strawberry.field(description="Why, for who decides.")
    status: ChangeStatus = strawberry.field(description="What became of it.")
    requested_by: str = strawberry.field(description="Who wants it.")
    created_at: datetime = strawberry.field(description="When it was drafted.")
    effective_from: datetime | None = strawberry.field(
        description="From when it is wanted; null: as soon as it is approved."
    )
    due_at: datetime | None = strawberry.field(
        description="When it takes effect, once it is approved."
    )
    ended_at: datetime | None = strawberry.field(
        description="When it took effect, or came to nothing."
    )
    failure: str | None = strawberry.field(description="Why it came to nothing.")
    rolls_back_to: int | None = strawberry.field(
        description="The version of the object that it goes back to, if it does."
    )
    version: int = strawberry.field(description="Rises with each change; send it back on updates.")
    differences: list[ConfigurationDifference] = strawberry.field(
        description="What changes, against what stood when it was drafted."
    )
    row_id: strawberry.Private[int]

    @strawberry.field(description="The request for its approval; null while it is a draft.")
    async def approval_request(self, info: Info) -> ApprovalRequest | None:
        return await info.context.load(load_latest_requests, self.row_id, SUBJECT)

    @strawberry.field(description="The version of the object that it made; null until then.")
    async def made(self, info: Info) -> ConfigurationVersion | None:
        return await info.context.load(load_versions_of_changes, self.row_id)

    @strawberry.field(description="What the caller may do with it now.")
    def supported_actions(self, info: Info) -> list[ChangeAction]:
        if not info.context.principal.may(MAY_CHANGE):
            return []
        return [ChangeAction(action) for action in ACTIONS[str(self.status.value)]]

    WORKED_OUT: ClassVar[WorkedOut] = {
        "id": lambda row: global_id(KIND, row.id),
        "kind": lambda row: ConfigurationKind(row.kind),
        "object_key": lambda row: shown_key(row.kind, row.object_key),
        "status": lambda row: ChangeStatus(row.status),
        "differences": lambda row: compared(row.base, row.proposal),
        "row_id": lambda row: row.id,
    }


async def load_change_requests(reader: Reader, ids: Sequence[int]) -> list[ChangeRequest | None]:
    """A batch for loaders: the change requests of these row ids, in order."""
    rows = await queries.change_requests_of_ids(reader, ids=ids)
    return [ChangeRequest.of(rows[row_id]) if row_id in rows else None for row_id in ids]


async def load_versions_of_changes(
    reader: Reader, ids: Sequence[int]
) -> list[ConfigurationVersion | None]:
    """A batch for loaders: the version that each of these change requests made."""
    rows: dict[int, Row[Any]] = await queries.versions_of_changes(reader, ids=ids)
    return [ConfigurationVersion.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by(KIND, load_change_requests)


@strawberry.input(description="Which change requests; conditions are joined by and.")
class ChangeRequestFilter:
    kind: ConfigurationKind | None = strawberry.field(default=None, description="Of this kind.")
    object_key: str | None = strawberry.field(
        default=None, description="Of this object; its kind must be given too."
    )
    status: ChangeStatus | None = strawberry.field(default=None, description="In this status.")


@strawberry.type
class ChangeRequestQuery:
    @strawberry.field(description="Change requests, newest first. Needs governance.read.")
    async def change_requests(
        self,
        info: Info,
        filter: Annotated[
            ChangeRequestFilter | None,
            strawberry.argument(description="Which ones; all if absent."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ChangeRequest]:
        given = filter or ChangeRequestFilter()
        where = queries.ChangeFilter(
            **_place(given.kind, given.object_key),
            status=None if given.status is None else str(given.status.value),
        )
        listing = await queries.change_requests(
            await info.context.reader(), where=where, request=wanted(first, after, last, before)
        )
        return connection(listing.page, ChangeRequest.of, count=listing.count)

    @strawberry.field(
        description="The versions that change requests made of objects, latest first. "
        "Needs governance.read."
    )
    async def configuration_versions(
        self,
        info: Info,
        kind: Annotated[
            ConfigurationKind | None,
            strawberry.argument(description="Of this kind; of all if absent."),
        ] = None,
        object_key: Annotated[
            str | None, strawberry.argument(description="Of this object of the kind.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ConfigurationVersion]:
        listing = await queries.configuration_versions(
            await info.context.reader(),
            where=queries.VersionFilter(**_place(kind, object_key)),
            request=wanted(first, after, last, before),
        )
        return connection(listing.page, ConfigurationVersion.of, count=listing.count)


def _place(kind: ConfigurationKind | None, object_key: str | None) -> dict[str, Any]:
    if object_key is None:
        return {"kind": None if kind is None else kind.value}
    if kind is None:
        raise InvalidInput("Say of which kind the object is.", path=("kind",))
    return {"kind": kind.value, "object_key": kept_key(str(kind.value), object_key)}
