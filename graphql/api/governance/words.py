"""The words of governance: enums, and the keys of objects."""

from collections.abc import Mapping
from enum import Enum

import strawberry

from api.ids import global_id, row_id_of


@strawberry.enum(description="The kinds of configuration that may be governed.")
class ConfigurationKind(Enum):
    ALLOCATION_POLICY = strawberry.enum_value(
        "allocation_policy", description="Allocation policies, each known by its code."
    )
    APPROVAL_LIMITS = strawberry.enum_value(
        "approval_limits", description="Rush service levels and limits of prices."
    )
    APPROVAL_POLICY = strawberry.enum_value(
        "approval_policy", description="Approval policies, each known by its subject."
    )
    CUSTOM_FIELD = strawberry.enum_value("custom_field", description="Custom fields.")
    GOVERNANCE = strawberry.enum_value(
        "governance", description="What is governed itself, known by the kind."
    )
    LANE_COSTS = strawberry.enum_value(
        "lane_costs", description="What shipping costs, of each location by itself."
    )
    POSTING_RULES = strawberry.enum_value(
        "posting_rules", description="The rules by which milestones are posted."
    )
    PRICE_LIST = strawberry.enum_value("price_list", description="Price lists and their prices.")
    PROMISE_RULES = strawberry.enum_value(
        "promise_rules", description="Rules of promises, known as rules."
    )
    ROLE = strawberry.enum_value("role", description="Roles and what they allow.")
    COSTING = strawberry.enum_value(
        "costing", description="How the stock of legal entities is valued."
    )
    PARTY_FINANCE = strawberry.enum_value(
        "party_finance", description="Credit limits and terms of parties."
    )
    RETURN_POLICY = strawberry.enum_value("return_policy", description="The policy of returns.")
    SETTLEMENT_TERMS = strawberry.enum_value(
        "settlement_terms", description="How payouts of channels are read and judged."
    )
    TRADE_AGREEMENT = strawberry.enum_value(
        "trade_agreement", description="Agreements by which legal entities trade with each other."
    )
    STOCK_TOLERANCES = strawberry.enum_value(
        "stock_tolerances",
        description="How far stock may be corrected without approval, known as tolerances.",
    )


@strawberry.enum(description="Whether a kind of configuration is governed.")
class GovernanceMode(Enum):
    OPEN = strawberry.enum_value("open", description="Changed at once by who may.")
    GOVERNED = strawberry.enum_value(
        "governed", description="Changed by an approved change request alone."
    )


@strawberry.enum(description="The processes that have an owner.")
class BusinessProcess(Enum):
    ORDER_TO_CASH = strawberry.enum_value("order_to_cash", description="From order to payment.")
    PROCURE_TO_PAY = strawberry.enum_value("procure_to_pay", description="From need to payment.")
    INVENTORY = strawberry.enum_value("inventory", description="Stock and its truth.")
    WAREHOUSE = strawberry.enum_value("warehouse", description="Work in the warehouses.")
    RETURNS = strawberry.enum_value("returns", description="What comes back.")
    CLOSE = strawberry.enum_value("close", description="The close of periods.")


@strawberry.enum(description="What became of a change request.")
class ChangeStatus(Enum):
    DRAFT = strawberry.enum_value("draft", description="Still being written.")
    WAITING = strawberry.enum_value("waiting", description="Waits for approval.")
    APPROVED = strawberry.enum_value("approved", description="Approved; waits for its moment.")
    EFFECTIVE = strawberry.enum_value("effective", description="In effect.")
    REJECTED = strawberry.enum_value("rejected", description="Rejected: it never happens.")
    WITHDRAWN = strawberry.enum_value("withdrawn", description="Given up by who asked.")
    EXPIRED = strawberry.enum_value("expired", description="Nobody decided in time.")
    STALE = strawberry.enum_value(
        "stale", description="What it would change has changed meanwhile: draft it anew."
    )
    FAILED = strawberry.enum_value("failed", description="It could not be carried out.")


@strawberry.enum(description="What may be done with a change request now.")
class ChangeAction(Enum):
    REVISE_CHANGE = strawberry.enum_value(
        "revise_change", description="Revise it: reviseConfigurationChange."
    )
    SUBMIT_CHANGE = strawberry.enum_value(
        "submit_change", description="Ask for approval: submitConfigurationChange."
    )
    DISCARD_CHANGE = strawberry.enum_value(
        "discard_change", description="Give it up: discardConfigurationChange."
    )
    REDRAFT_CHANGE = strawberry.enum_value(
        "redraft_change", description="Draft it once more: redraftConfigurationChange."
    )


# Objects of these kinds are known to clients by their global ids; others by codes.
TYPES: Mapping[str, str] = {
    "price_list": "PriceList",
    "role": "Role",
    "custom_field": "CustomField",
    "lane_costs": "Location",
    "party_finance": "Party",
}


def shown_key(kind: str, key: str | None) -> str | None:
    """An object's key as clients know it: a global id, or a code."""
    if key is None or kind not in TYPES:
        return key
    return global_id(TYPES[kind], int(key))


def kept_key(kind: str, key: str, *, path: tuple[str, ...] = ("objectKey",)) -> str:
    """A client's key as the domain knows it. Raises InvalidInput, NotFound."""
    return str(row_id_of(key, TYPES[kind], path=path)) if kind in TYPES else key
