"""Harbor Trading: two legal entities, two warehouses and a 3PL, a storefront in each currency,
a marketplace, a wholesale EDI channel and a portal. All of it is made up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncEngine

from app.demo.goods import receive_goods, stock_catalogue
from app.demo.people import ADMINISTRATOR, PASSWORD, PEOPLE
from app.http.services import system_clock
from domain.allocation.operations.policies import create_allocation_policy
from domain.allocation.operations.policy_activation import activate_allocation_policy
from domain.channels.operations import create_channel, set_channel_secret
from domain.entities.operations.legal_entities import create_legal_entity
from domain.entities.operations.locations import create_location
from domain.entities.operations.parties import create_party
from domain.entities.operations.party_addresses import AddressUnderCode, set_party_addresses
from domain.entities.operations.party_identifiers import assign_party_identifier
from domain.entities.queries.legal_entities import LegalEntityFilter, legal_entity_count
from domain.kernel.sealing import Keyring
from domain.kernel.work import Work, unit_of_work
from domain.ledger.operations.rates import (
    WantedRate,
    set_exchange_rates,
    set_triangulation_currency,
)
from domain.onboarding.access.operations.users import create_user
from domain.onboarding.access.provisioning import provision_tenant
from tenancy.principals import system_principal

TENANT = "demo"
# What a real source would have been told when its webhook was made.
EUROPE = ("AT", "BE", "CH", "DE", "DK", "ES", "FI", "FR", "IT", "LU", "NL", "NO", "PL", "SE")
SIGNING_SECRET = "crossdock-demo-signing-secret"


@dataclass(frozen=True, slots=True)
class Records:
    """The ids of what was made, by code."""

    entities: dict[str, int]
    locations: dict[str, int]
    parties: dict[str, int]
    channels: dict[str, int]


async def seed_demo(engine: AsyncEngine, keys: Keyring) -> bool:
    """Make the demo tenant and its company; False when it is there already.

    The company is made in one transaction, so a killed start leaves none of it or all."""
    now = system_clock()
    tenant = await provision_tenant(
        engine,
        slug=TENANT,
        name="Harbor Trading",
        username=ADMINISTRATOR.username,
        password=PASSWORD,
        now=now,
    )
    async with unit_of_work(engine, system_principal(tenant.id), now=now) as work:
        if await legal_entity_count(work, where=LegalEntityFilter()):
            return False
        records = await _organisation(work, keys)
        await _users(work, records, tenant.role_ids)
        await _policy(work, records)
        catalogue = await stock_catalogue(work, records.channels)
        await receive_goods(work, catalogue, records.locations)
    return True


async def _organisation(work: Work, keys: Keyring) -> Records:
    entities = {
        "US1": await create_legal_entity(
            work, code="US1", name="Harbor Trading Inc", country="US", currency="USD"
        ),
        "EU1": await create_legal_entity(
            work, code="EU1", name="Harbor Trading GmbH", country="DE", currency="EUR"
        ),
    }
    await _rates(work)
    locations = await _locations(work, entities)
    parties = await _parties(work)
    return Records(entities, locations, parties, await _channels(work, entities, parties, keys))


async def _rates(work: Work) -> None:
    """What the demo's currencies are worth; made up like all of it."""
    rates = {"EUR": "1.0850", "GBP": "1.2700", "CAD": "0.7300"}
    await set_exchange_rates(
        work,
        rates=[
            WantedRate(
                from_currency=currency,
                to_currency="USD",
                valid_on=date(2020, 1, 1),
                rate=Decimal(rate),
                source="demo",
            )
            for currency, rate in rates.items()
        ],
    )
    await set_triangulation_currency(work, currency="USD")


async def _locations(work: Work, entities: dict[str, int]) -> dict[str, int]:
    made = {}
    for code, name, kind, entity, zone, place in (
        ("EWR", "Newark warehouse", "owned", "US1", "America/New_York", ("Newark", "NJ", "US")),
        ("HAM", "Hamburg warehouse", "owned", "EU1", "Europe/Berlin", ("Hamburg", "HH", "DE")),
        ("RNO", "Reno 3PL", "third_party", "US1", "America/Los_Angeles", ("Reno", "NV", "US")),
        ("TRANSIT", "Goods in transit", "in_transit", "US1", "UTC", (None, None, "US")),
    ):
        city, region, country = place
        made[code] = await create_location(
            work,
            code=code,
            name=name,
            kind=kind,
            entity_id=entities[entity],
            time_zone=zone,
            city=city,
            region=region,
            country=country,
        )
    return made


async def _parties(work: Work) -> dict[str, int]:
    customer = await create_party(
        work, code="NORTHWIND", name="Northwind Stores", is_customer=True, currency="USD"
    )
    await set_party_addresses(
        work,
        party_id=customer,
        addresses=[
            AddressUnderCode(
                kind="ship_to",
                code="STORE-1",
                address={
                    "address_name": "Northwind Store 1",
                    "line1": "1 Market Street",
                    "city": "Cleveland",
                    "region": "OH",
                    "postal_code": "44113",
                    "country": "US",
                },
            )
        ],
    )
    supplier = await create_party(
        work, code="ACME", name="Acme Supply", is_customer=False, is_supplier=True
    )
    return {"NORTHWIND": customer, "ACME": supplier}


async def _channels(
    work: Work, entities: dict[str, int], parties: dict[str, int], keys: Keyring
) -> dict[str, int]:
    made = {}
    for code, name, kind, source, entity, unknown in (
        ("web", "Storefront (Shopify)", "storefront", "shopify", "US1", "create_draft"),
        ("shop-eu", "Storefront (WooCommerce)", "storefront", "woocommerce", "EU1", "create_draft"),
        ("amazon", "Marketplace (Amazon)", "marketplace", "amazon", "US1", "create_draft"),
        ("edi", "Wholesale EDI (X12)", "edi", "x12", "US1", "create_draft"),
        ("edi-strict", "Wholesale EDI, exceptions", "edi", "x12", "US1", "exception"),
        ("portal", "Customer portal", "portal", "generic", "US1", "exception"),
    ):
        made[code] = await create_channel(
            work,
            code=code,
            name=name,
            kind=kind,
            source=source,
            entity_id=entities[entity],
            on_unknown_item=unknown,
            on_unknown_party=unknown,
            price_source="price_list" if kind == "portal" else "document",
        )
        await set_channel_secret(work, channel_id=made[code], secret=SIGNING_SECRET, keys=keys)
    for code in ("edi", "edi-strict"):
        await assign_party_identifier(
            work, party_id=parties["NORTHWIND"], value="NORTHWIND", channel_id=made[code]
        )
    return made


async def _users(work: Work, records: Records, role_ids: Mapping[str, int]) -> None:
    for person in PEOPLE:
        if person is ADMINISTRATOR:
            continue
        await create_user(
            work,
            username=person.username,
            display_name=person.display_name,
            password=PASSWORD,
            role_ids=[role_ids[person.role]],
            party_id=records.parties[person.of_party] if person.of_party else None,
            location_id=records.locations[person.of_location] if person.of_location else None,
        )


def _sources(records: Records, *codes: str) -> list[dict[str, int]]:
    return [{"location_id": records.locations[code]} for code in codes]


async def _policy(work: Work, records: Records) -> None:
    policy_id = await create_allocation_policy(
        work,
        code="STANDARD",
        name="Europe from Hamburg, all else from Newark, then Reno",
        definition={
            "strategies": [
                {
                    "code": "EUROPE",
                    "condition": {"regions": [{"country": code} for code in EUROPE]},
                    "sources": _sources(records, "HAM", "EWR", "RNO"),
                },
                {"code": "ELSEWHERE", "sources": _sources(records, "EWR", "RNO", "HAM")},
            ],
            # Three parcels are dear, and still better than an order that waits.
            "constraints": [{"kind": "max_splits", "amount": 1, "soft": True}],
        },
    )
    await activate_allocation_policy(work, policy_id=policy_id)
