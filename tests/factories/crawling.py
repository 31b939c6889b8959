"""Reading everything that a caller may see, by following the schema."""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLNamedType

from tests.factories.api import Answer, ApiCaller
from tests.factories.schema_walk import (
    Names,
    Path,
    RootField,
    Slot,
    arguments,
    document,
    identified_as,
    identified_types,
    node_types,
    plain_value,
    root_fields,
    selection_of,
    the_schema,
)

PAGE = 50
SYNONYMS = {
    "entity": "LegalEntity",
    "owner": "LegalEntity",
    "customer": "Party",
    "supplier": "Party",
    "consignor": "Party",
    "parent": "Party",
    "billTo": "Party",
    "subscription": "WebhookSubscription",
    "delivery": "WebhookDelivery",
    "message": "IntakeMessage",
    "key": "ApiKey",
    "issuer": "OidcIssuer",
    "password": "User",
    "sessions": "User",
    "secret": "WebhookSubscription",
    "redeliver": "WebhookDelivery",
    "replay": "WebhookReplay",
    "object": "Order",
    "request": "ApprovalRequest",
    "supply": "ExpectedSupply",
    "supplies": "ExpectedSupply",
    "transfer": "TransferOrder",
    "calendar": "WorkingCalendar",
    "source": "Location",
    "destination": "Location",
    "oversold": "StockCount",
    "actor": "User",
    "record": "Item",
    "change": "ChangeRequest",
    "toUser": "User",
    "instead": "Item",
    "replacement": "ReturnReplacement",
    "authorization": "ReturnAuthorization",
    "fromUser": "User",
    "escalationRole": "Role",
    "escalationUser": "User",
    "configuration": "ChangeRequest",
    "import": "ImportJob",
    "export": "ExportJob",
    "buyer": "LegalEntity",
    "creditor": "LegalEntity",
    "debtor": "LegalEntity",
    "version": "PostingRuleVersion",
    "postingRules": "PostingRuleVersion",
    "affiliate": "LegalEntity",
    "tradeLine": "IntercompanyTradeLine",
    "period": "FiscalPeriod",
}
# What is compared in these fields stands under names that do not tell of what type it is.
COMPARED = {
    "compareAllocationRuns": "AllocationRun",
    "compareAllocationPolicies": "AllocationPolicy",
}
_unique = itertools.count(1)


@dataclass(slots=True)
class Findings:
    """The ids by type and the texts by field name that a caller saw; top-level errors by field."""

    ids: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    texts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    errors: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    objects: dict[str, Any] = field(default_factory=dict)
    # Fields below the root that the caller may not read: they would take the rest with them.
    hidden: set[str] = field(default_factory=set)

    @property
    def without(self) -> Names:
        """For selections that ask for nothing that is hidden."""
        return frozenset(self.hidden)

    def take(self, value: Any) -> Iterator[tuple[str, str]]:
        """Note everything in an answer; gives the (type, id) pairs that are new."""
        if isinstance(value, list):
            for each in value:
                yield from self.take(each)
        if isinstance(value, dict):
            kind, row = identified_as(value.get("__typename") or ""), value.get("id")
            if kind in identified_types() and isinstance(row, str) and row not in self.ids[kind]:
                self.ids[kind].append(row)
                yield kind, row
            for name, each in value.items():
                if isinstance(each, str) and name not in ("__typename", "id"):
                    known = self.texts[name.rpartition("__")[2]]
                    if each not in known:
                        known.append(each)
                yield from self.take(each)

    def own(self, path: Path, kind: GraphQLNamedType, root: RootField) -> Any:
        """A value for an argument: an id of one's own where an id is wanted."""
        if kind.name == "ID":
            wanted = wanted_type(Slot(root, path, "ID"))
            # Not the first: that is often the caller itself, or what the caller stands on.
            return next(reversed(self.ids.get(wanted or "", ())), "bm90aGluZzox")
        return plain_value(path, kind, unique=f"X{next(_unique)}")


def wanted_type(slot: Slot) -> str | None:
    """The type whose ids a slot takes, by its name; None when the name does not tell."""
    name = slot.path[-1].removesuffix("Ids").removesuffix("Id").removesuffix("ids")
    kinds = identified_types()
    if name in ("before", "after") and slot.field.name in COMPARED:
        return COMPARED[slot.field.name]
    if name in ("id", ""):
        # `order` in orderChanged, `Channel` in updateChannel, else what the field gives.
        return _type_in(slot.field.name) or _type_in(
            slot.field.definition.type.__str__().strip("!").removesuffix("Payload")
        )
    wanted = SYNONYMS.get(name, name)
    for kind in kinds:
        if kind.lower() == wanted.lower():
            return kind
    endings = [kind for kind in kinds if kind.lower().endswith(wanted.lower())]
    return min(endings, key=len) if endings else _type_in(name)


def _type_in(name: str) -> str | None:
    # In requestTransferClosing the first word is what is done.
    name = name.removeprefix("request") or name
    found = [kind for kind in identified_types() if kind.lower() in name.lower()]
    words = [kind for word, kind in SYNONYMS.items() if word.lower() in name.lower()]
    return max(found or words, key=len, default=None)


async def crawl(caller: ApiCaller) -> Findings:
    """Ask every query field, then every object found once more by its id, deeper."""
    findings = Findings()
    fields = [f for f in root_fields("query") if f.name not in ("node", "nodes")]
    fields.sort(key=lambda f: len(arguments(f, lambda path, kind: None)))
    fresh: list[tuple[str, str]] = []
    for root in fields:
        values = arguments(root, lambda path, kind, root=root: findings.own(path, kind, root))
        if "first" in root.definition.args:
            values["first"] = PAGE

        def query(root: RootField = root, names: tuple[str, ...] = tuple(values)) -> str:
            return document(
                root, list(names), selection_of(root.definition.type, 1, findings.without)
            )

        answer = await _ask_for_what_is_shown(caller, findings, query, values)
        findings.errors[root.name] += answer.body.get("errors", [])
        fresh += findings.take(answer.body.get("data"))
    while fresh:
        fresh = await _expand(caller, findings, fresh)
    return findings


async def _ask_for_what_is_shown(
    caller: ApiCaller, findings: Findings, query: Callable[[], str], values: dict[str, Any]
) -> Answer:
    """Ask again without each field that turns out to be forbidden."""
    while True:
        answer = await caller.ask(query(), **values)
        forbidden = {
            str(error["path"][-1]).rpartition("__")[2]
            for error in answer.body.get("errors", [])
            if error["extensions"]["code"] == "FORBIDDEN" and len(error["path"]) > 1
        }
        if forbidden <= findings.hidden:
            return answer
        findings.hidden |= forbidden


async def _expand(
    caller: ApiCaller, findings: Findings, fresh: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for kind in sorted({kind for kind, _ in fresh} & set(node_types())):
        type_ = the_schema().type_map[kind]

        def query(kind: str = kind, type_: GraphQLNamedType = type_) -> str:
            fragment = f"... on {kind} {selection_of(type_, 1, findings.without)}"
            return f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename id {fragment} }} }}"

        ids = [row for each, row in fresh if each == kind]
        for start in range(0, len(ids), PAGE):
            page = {"ids": ids[start : start + PAGE]}
            answer = await _ask_for_what_is_shown(caller, findings, query, page)
            findings.errors[kind] += answer.body.get("errors", [])
            nodes = (answer.body.get("data") or {}).get("nodes") or []
            findings.objects |= {node["id"]: node for node in nodes if node}
            found += findings.take(nodes)
    return found
