"""The facts of the checklist, in one statement."""

from typing import Any

from sqlalchemy import Select, distinct, exists, func, select

from domain.allocation.models import AllocationPolicy
from domain.catalog.models import Item
from domain.channels.models import Channel
from domain.entities.models import LegalEntity, Location, Party
from domain.fulfilment.models import Shipment
from domain.intake.models import IntakeMessage
from domain.inventory.models import StockBalance, StockTolerance
from domain.kernel.reading import Reader
from domain.onboarding.models import Sandbox
from domain.onboarding.readiness.policy import Facts
from domain.pricing.models import Price
from domain.promise.models import PromiseRule
from tenancy.models import RolePermission, UserAccount, UserRole

SHIPPING = ("owned", "third_party", "store")
SIGNED = ("shopify", "woocommerce", "magento", "amazon", "walmart", "mirakl")


async def facts_of(reader: Reader) -> Facts:
    """The tenant's facts, as they stand now."""
    counts = _counts(reader.tenant_id)
    row = await reader.row(
        select(*(count.scalar_subquery().label(name) for name, count in counts.items()))
    )
    assert row is not None
    return Facts(**row._mapping)


def _counts(tenant_id: int) -> dict[str, Select[Any]]:
    def of(table: Any, *conditions: Any) -> Select[Any]:
        return select(func.count()).where(table.tenant_id == tenant_id, *conditions)

    is_priced = exists().where(Price.tenant_id == tenant_id, Price.item_id == Item.id)
    unsigned = Channel.source.in_(SIGNED) & Channel.signing_secret.is_(None)
    return {
        "legal_entities": of(LegalEntity, LegalEntity.status == "active"),
        "shipping_locations": of(
            Location, Location.status == "active", Location.kind.in_(SHIPPING)
        ),
        "channels": of(Channel, Channel.status == "active"),
        "channels_without_secret": of(Channel, Channel.status == "active", unsigned),
        "channels_by_list": of(
            Channel, Channel.status == "active", Channel.price_source == "price_list"
        ),
        "items": of(Item, Item.status == "active"),
        "items_without_price": of(Item, Item.status == "active", ~is_priced),
        "customers": of(Party, Party.is_customer, Party.status == "active"),
        "prices": of(Price),
        "items_in_stock": select(func.count(distinct(StockBalance.item_id))).where(
            StockBalance.tenant_id == tenant_id, StockBalance.available > 0
        ),
        "active_policies": of(AllocationPolicy, AllocationPolicy.status == "active"),
        "promise_rules": of(PromiseRule),
        "tolerances": of(StockTolerance),
        "administrators": _people(tenant_id, "users.manage"),
        "shippers": _people(tenant_id, "fulfilment.ship", partners=True),
        "open_exceptions": of(IntakeMessage, IntakeMessage.outcome == "exception"),
        "shipments": of(Shipment),
        "sandboxes": of(Sandbox, Sandbox.status == "ready"),
    }


def _people(tenant_id: int, permission: str, *, partners: bool = False) -> Select[Any]:
    """How many active users hold the permission."""
    statement = (
        select(func.count(distinct(UserAccount.id)))
        .join(
            UserRole,
            (UserRole.tenant_id == UserAccount.tenant_id) & (UserRole.user_id == UserAccount.id),
        )
        .join(
            RolePermission,
            (RolePermission.tenant_id == UserRole.tenant_id)
            & (RolePermission.role_id == UserRole.role_id),
        )
        .where(
            UserAccount.tenant_id == tenant_id,
            UserAccount.status == "active",
            RolePermission.permission == permission,
        )
    )
    return statement if partners else statement.where(UserAccount.party_id.is_(None))
