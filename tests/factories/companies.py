"""A company made the way an administrator makes it: through the API, from an empty tenant."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from app.database import connect
from app.http.services import system_clock
from domain.onboarding.access.provisioning import provision_tenant
from tests.factories.client import Client

ADMINISTRATOR, PASSWORD = "admin", "a long enough passphrase"
SIGNING_SECRET = "what-the-shop-was-told-when-its-webhook-was-made"
# SKU, name, price in dollars, cost.
GOODS = (
    ("IPOD2009BLACK", "A player, black", "199.00", "120.00"),
    ("TEA-GREEN", "Green tea, 100 g", "8.50", "3.20"),
    ("MUG-BLUE", "Stoneware mug, blue", "14.00", "5.10"),
)


@dataclass(slots=True)
class Company:
    """The ids of what was made, by kind and code."""

    tenant: str
    entities: dict[str, str] = field(default_factory=dict)
    locations: dict[str, str] = field(default_factory=dict)
    parties: dict[str, str] = field(default_factory=dict)
    channels: dict[str, str] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)


async def new_tenant_with_administrator(database_url: str, slug: str) -> None:
    """What the operator of an installation does for a new customer."""
    engine: AsyncEngine = connect(database_url, pool_size=1)
    try:
        await provision_tenant(
            engine,
            slug=slug,
            name=slug,
            username=ADMINISTRATOR,
            password=PASSWORD,
            now=system_clock(),
        )
    finally:
        await engine.dispose()


async def found_company(client: Client, tenant: str) -> Company:
    """Two entities, two owned warehouses and a 3PL, four channels, goods, prices, a policy, users.

    The client must be the tenant's administrator."""
    company = Company(tenant)
    await _organise(client, company)
    await _open_channels(client, company)
    await _stock_catalogue(client, company)
    await _decide_sourcing(client, company)
    await _let_people_in(client, company)
    return company


async def _organise(client: Client, company: Company) -> None:
    for code, country, currency in (("US1", "US", "USD"), ("EU1", "DE", "EUR")):
        fields = {"code": code, "name": f"Trading {code}", "country": country}
        done = await client.do("createLegalEntity", **fields, currency=currency)
        company.entities[code] = done["legalEntity"]["id"]
    for code, kind, entity in (
        ("EWR", "OWNED", "US1"),
        ("HAM", "OWNED", "EU1"),
        ("RNO", "THIRD_PARTY", "US1"),
    ):
        fields = {"code": code, "name": f"Warehouse {code}", "kind": kind}
        done = await client.do("createLocation", **fields, entityId=company.entities[entity])
        company.locations[code] = done["location"]["id"]
    address = {"name": "Store 1", "line1": "1 Market Street", "city": "Cleveland", "country": "US"}
    done = await client.do(
        "createParty",
        code="NORTHWIND",
        name="Northwind Stores",
        isCustomer=True,
        addresses=[{"kind": "SHIP_TO", "code": "STORE-1", "address": address}],
    )
    company.parties["NORTHWIND"] = done["party"]["id"]


async def _open_channels(client: Client, company: Company) -> None:
    for code, kind, source, entity in (
        ("web", "STOREFRONT", "SHOPIFY", "US1"),
        ("shop-eu", "STOREFRONT", "WOOCOMMERCE", "EU1"),
        ("amazon", "MARKETPLACE", "AMAZON", "US1"),
        ("edi", "EDI", "X12", "US1"),
        ("edi-strict", "EDI", "X12", "US1"),
        ("portal", "PORTAL", "GENERIC", "US1"),
    ):
        rule = "EXCEPTION" if code in ("portal", "edi-strict") else "CREATE_DRAFT"
        done = await client.do(
            "createChannel",
            code=code,
            name=f"Channel {code}",
            kind=kind,
            source=source,
            entityId=company.entities[entity],
            onUnknownItem=rule,
            onUnknownParty=rule,
            priceSource="PRICE_LIST" if code == "portal" else "DOCUMENT",
        )
        company.channels[code] = done["channel"]["id"]
        await client.do("setChannelSecret", id=company.channels[code], secret=SIGNING_SECRET)


async def _stock_catalogue(client: Client, company: Company) -> None:
    done = await client.do("createPriceList", code="LIST-USD", name="Dollars", currency="USD")
    prices: list[dict[str, Any]] = []
    for sku, name, price, _ in GOODS:
        made = await client.do("createItem", sku=sku, name=name, baseUnit="EA")
        item = company.items[sku] = made["item"]["id"]
        await client.do("setItemUnit", itemId=item, unit="CASE", numerator="12")
        await client.do(
            "assignItemIdentifier",
            itemId=item,
            scheme="CHANNEL",
            value=f"AMZ-{sku}",
            channelId=company.channels["amazon"],
        )
        prices.append({"itemId": item, "unit": "EA", "unitPrice": price})
    await client.do("setPrices", priceListId=done["priceList"]["id"], prices=prices)


async def _decide_sourcing(client: Client, company: Company) -> None:
    done = await client.do(
        "createAllocationPolicy",
        code="STANDARD",
        name="Newark, then Reno, then Hamburg",
        locationIds=[company.locations[code] for code in ("EWR", "RNO", "HAM")],
    )
    await client.do("activateAllocationPolicy", id=done["allocationPolicy"]["id"])


async def _let_people_in(client: Client, company: Company) -> None:
    roles = {role["name"]: role["id"] for role in (await client.ask("Roles"))["nodes"]}
    await client.do(
        "createUser",
        username="picker",
        displayName="Picks and ships",
        password=PASSWORD,
        roleIds=[roles["warehouse"]],
    )
    await client.do(
        "createUser",
        username="buyer",
        displayName="Buys for Northwind",
        password=PASSWORD,
        roleIds=[roles["customer"]],
        partyId=company.parties["NORTHWIND"],
    )


async def receive(client: Client, company: Company, location: str, **quantities: int) -> Any:
    """Goods come in at their cost; the names of the arguments are SKUs with _ for -."""
    wanted = {sku.replace("_", "-"): quantity for sku, quantity in quantities.items()}
    costs = {sku: cost for sku, _, _, cost in GOODS}
    return await client.do(
        "receiveStock",
        locationId=company.locations[location],
        reason="delivered",
        lines=[
            {
                "itemId": company.items[sku],
                "quantity": str(quantity),
                "unit": "EA",
                "unitCost": costs[sku],
            }
            for sku, quantity in wanted.items()
        ],
    )
