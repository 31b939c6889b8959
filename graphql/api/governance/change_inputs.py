"""What a change request proposes, for each kind of configuration."""

from collections.abc import Callable
from datetime import date
from typing import Any

import strawberry

from api.governance.field_inputs import CustomFieldChangeInput, field_fields
from api.governance.finance_inputs import PartyFinanceChangeInput, proposed_terms
from api.governance.limit_inputs import ApprovalLimitsChangeInput, proposed_limits
from api.governance.settled_inputs import (
    LaneCostsChangeInput,
    PromiseRulesChangeInput,
    StockTolerancesChangeInput,
    proposed_lanes,
    proposed_rules,
    proposed_tolerances,
)
from api.governance.standards import SetGovernanceInput
from api.governance.trade_inputs import TradeAgreementChangeInput, proposed_agreement
from api.ids import optional_row_id, row_id_of
from api.inputs import given
from api.pricing.prices import PriceInput
from domain.allocation import configured_policies as allocation_policies
from domain.governance import configured_approvals as approval_policies
from domain.governance.kinds import Content
from domain.kernel.errors import InvalidInput
from domain.kernel.work import Work
from domain.pricing.configured_lists import price_key


@strawberry.input(description="A new price list, or changes of one; what is left out stays.")
class PriceListChangeInput:
    id: strawberry.ID | None = strawberry.field(default=None, description="The list; none: new.")
    code: str | None = strawberry.field(default=strawberry.UNSET, description="Its code.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Its name.")
    currency: str | None = strawberry.field(
        default=strawberry.UNSET, description="Of a new list: its currency (ISO 4217)."
    )
    channel_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Of a new list: for this channel only."
    )
    party_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Of a new list: for this customer only."
    )
    rank: int | None = strawberry.field(default=strawberry.UNSET, description="Its rank.")
    valid_from: date | None = strawberry.field(
        default=strawberry.UNSET, description="The first day it holds."
    )
    valid_until: date | None = strawberry.field(
        default=strawberry.UNSET, description="The last day it holds; null: no end."
    )
    prices: list[PriceInput] | None = strawberry.field(
        default=None, description="Prices to set or take away, at most 1,000."
    )


@strawberry.input(description="A new role, or what a role is to allow.")
class RoleChangeInput:
    id: strawberry.ID | None = strawberry.field(default=None, description="The role; none: new.")
    name: str | None = strawberry.field(default=strawberry.UNSET, description="Of a new role.")
    description: str | None = strawberry.field(
        default=strawberry.UNSET, description="Of a new role: what it is for."
    )
    permissions: list[str] = strawberry.field(description="All that it is to allow.")


@strawberry.input(description="The draft of a policy that is to take effect, or one that ends.")
class AllocationPolicyChangeInput:
    draft_id: strawberry.ID | None = strawberry.field(
        default=None, description="A drafted version: what it says now is proposed."
    )
    retired_code: str | None = strawberry.field(
        default=None, description="The code of the policy that goes out of effect."
    )


@strawberry.input(description="The draft of a policy that is to take effect, or one that ends.")
class ApprovalPolicyChangeInput:
    draft_id: strawberry.ID | None = strawberry.field(
        default=None, description="A drafted version: what it says now is proposed."
    )
    retired_subject: str | None = strawberry.field(
        default=None, description="The subject that is to have no policy any more."
    )


@strawberry.input(description="What is to hold for a kind of configuration.")
class GovernanceChangeInput(SetGovernanceInput):
    pass


@strawberry.input(description="What is to change: exactly one of these.")
class ConfigurationProposalInput:
    price_list: PriceListChangeInput | None = strawberry.field(
        default=None, description="A price list."
    )
    role: RoleChangeInput | None = strawberry.field(default=None, description="A role.")
    allocation_policy: AllocationPolicyChangeInput | None = strawberry.field(
        default=None, description="An allocation policy."
    )
    approval_policy: ApprovalPolicyChangeInput | None = strawberry.field(
        default=None, description="An approval policy."
    )
    approval_limits: ApprovalLimitsChangeInput | None = strawberry.field(
        default=None, description="What needs approval at all."
    )
    promise_rules: PromiseRulesChangeInput | None = strawberry.field(
        default=None, description="Rules of promises."
    )
    stock_tolerances: StockTolerancesChangeInput | None = strawberry.field(
        default=None, description="How far stock may be corrected without approval."
    )
    lane_costs: LaneCostsChangeInput | None = strawberry.field(
        default=None, description="What shipping from a location costs."
    )
    party_finance: PartyFinanceChangeInput | None = strawberry.field(
        default=None, description="How a party is billed and pays, and up to what it may owe."
    )
    trade_agreement: TradeAgreementChangeInput | None = strawberry.field(
        default=None, description="How one legal entity sells to another."
    )
    custom_field: CustomFieldChangeInput | None = strawberry.field(
        default=None, description="A custom field."
    )
    governance: GovernanceChangeInput | None = strawberry.field(
        default=None, description="What is governed."
    )


Proposed = tuple[str, str | None, Content]


async def proposed(work: Work, input: ConfigurationProposalInput) -> Proposed:
    """Kind, key (None: new) and proposal. Raises InvalidInput, NotFound."""
    chosen = [name for name, value in vars(input).items() if value is not None]
    if len(chosen) != 1:
        raise InvalidInput("Give exactly one kind of change.", path=("proposal",))
    kind = chosen[0]
    value: Any = getattr(input, kind)
    if isinstance(value, AllocationPolicyChangeInput | ApprovalPolicyChangeInput):
        return (kind, *await _policy(work, value))
    return (kind, *_SIMPLE[kind](value))


async def _policy(
    work: Work, value: AllocationPolicyChangeInput | ApprovalPolicyChangeInput
) -> tuple[str, Content]:
    is_allocation = isinstance(value, AllocationPolicyChangeInput)
    retired = (
        value.retired_code
        if isinstance(value, AllocationPolicyChangeInput)
        else value.retired_subject
    )
    if (value.draft_id is None) == (retired is None):
        message = "Give either a draft, or what is to be retired."
        raise InvalidInput(message, path=("proposal", "draftId"))
    if value.draft_id is None:
        return str(retired), {"status": "retired"}
    if is_allocation:
        policy_id = row_id_of(value.draft_id, "AllocationPolicy", path=("proposal", "draftId"))
        return await allocation_policies.draft_as_proposal(work, policy_id=policy_id)
    policy_id = row_id_of(value.draft_id, "ApprovalPolicy", path=("proposal", "draftId"))
    return await approval_policies.draft_as_proposal(work, policy_id=policy_id)


def _price_list(value: PriceListChangeInput) -> tuple[str | None, Content]:
    key = _key(value.id, "PriceList")
    proposal = given(value)
    del proposal["id"], proposal["prices"]
    for name, kind in (("channel_id", "Channel"), ("party_id", "Party")):
        if name in proposal:
            proposal[name] = optional_row_id(proposal[name], kind, path=(name,))
    if value.prices:
        proposal["prices"] = {
            _price_key(place, price): price.unit_price for place, price in enumerate(value.prices)
        }
    return key, proposal


def _price_key(place: int, price: PriceInput) -> str:
    item_id = row_id_of(price.item_id, "Item", path=("prices", place, "itemId"))
    return price_key(item_id, price.unit, price.minimum_quantity)


def _role(value: RoleChangeInput) -> tuple[str | None, Content]:
    proposal = given(value)
    del proposal["id"]
    return _key(value.id, "Role"), proposal


def _custom_field(value: CustomFieldChangeInput) -> tuple[str | None, Content]:
    return _key(value.id, "CustomField"), field_fields(value)


def _governance(value: GovernanceChangeInput) -> tuple[str | None, Content]:
    proposal = given(value)
    return proposal.pop("kind"), proposal


def _key(value: str | None, kind: str) -> str | None:
    row_id = optional_row_id(value, kind, path=("proposal", "id"))
    return None if row_id is None else str(row_id)


_SIMPLE: dict[str, Callable[[Any], tuple[str | None, Content]]] = {
    "price_list": _price_list,
    "role": _role,
    "approval_limits": proposed_limits,
    "promise_rules": proposed_rules,
    "stock_tolerances": proposed_tolerances,
    "lane_costs": proposed_lanes,
    "party_finance": proposed_terms,
    "trade_agreement": proposed_agreement,
    "custom_field": _custom_field,
    "governance": _governance,
}
