"""Who sends which document of graphql/operations, and with what.

Lists are narrowed to rows that no other play adds of another kind: the plays run in any order."""

from tests.factories.affiliate_plays import AFFILIATES
from tests.factories.approval_plays import APPROVALS
from tests.factories.book_plays import BOOKKEEPING
from tests.factories.document_plays import (
    Play,
    account,
    app_draft,
    client_app,
    coded,
    documents_of,
    held_order,
    journal_line,
    keyed,
    new_order,
    order_lines,
    packed_work,
    parked_event,
    picked_work,
    policy,
    policy_draft,
    registered_document,
    role,
    sign_in,
    table,
    third_party_work,
    tokens,
)
from tests.factories.file_plays import FILES
from tests.factories.finance_plays import FINANCE
from tests.factories.governance_plays import GOVERNANCE
from tests.factories.group_plays import GROUPS
from tests.factories.onboarding_plays import COMING_ON
from tests.factories.override_plays import AGAINST_THE_PLAN
from tests.factories.partner_plays import PARTNERS_DAYS
from tests.factories.payout_plays import PAYOUTS
from tests.factories.purchase_plays import PURCHASES
from tests.factories.return_plays import RETURNS
from tests.factories.run_plays import RUNS
from tests.factories.shelf_plays import SHELF
from tests.factories.sourcing_plays import SOURCING
from tests.factories.stock_plays import STOCK_ROOM
from tests.factories.value_plays import VALUES
from tests.factories.webhook_plays import WEBHOOKS

ONBOARDING = {
    "SignIn": Play(None, lambda s: {"input": sign_in("finance")}),
    "RefreshToken": Play(None, lambda s: {"input": {"refreshToken": s.prepared}}, tokens),
    "Viewer": Play("customer"),
    "Roles": Play("admin"),
    "CreateUser": Play(
        "admin",
        lambda s: keyed(username="newcomer", displayName="New", roleIds=[s.prepared]),
        role,
    ),
    "CreateLegalEntity": Play("admin", lambda s: coded("LE", country="FR", currency="EUR")),
    "CreateLocation": Play(
        "admin",
        lambda s: coded("L", kind="OWNED", entityId=s.id("LegalEntity", "legal_entity", "US1")),
    ),
    "CreateParty": Play("admin", lambda s: coded("P", isCustomer=True)),
    "AssignPartyIdentifier": Play(
        "admin",
        lambda s: keyed(partyId=s.id("Party", "party", "ACME"), value="ACME-1"),
    ),
    "CreateChannel": Play(
        "admin",
        lambda s: coded(
            "c",
            kind="PORTAL",
            source="GENERIC",
            entityId=s.id("LegalEntity", "legal_entity", "US1"),
        ),
    ),
    "SetChannelSecret": Play(
        "admin", lambda s: keyed(id=s.id("Channel", "channel", "amazon"), secret="s" * 32)
    ),
    "CreateItem": Play("admin", lambda s: keyed(sku="NEW-1", name="New", baseUnit="EA")),
    "SetItemUnit": Play("admin", lambda s: keyed(itemId=s.item(), unit="PALLET", numerator="480")),
    "AssignItemIdentifier": Play(
        "admin", lambda s: keyed(itemId=s.item(), scheme="GTIN", value="00012345600074")
    ),
    "CreatePriceList": Play("admin", lambda s: coded("PL", currency="USD")),
    "SetPrices": Play(
        "admin",
        lambda s: keyed(
            priceListId=s.id("PriceList", "price_list", "LIST-USD"),
            prices=[{"itemId": s.item(), "unit": "EA", "unitPrice": "4.50"}],
        ),
    ),
    "CreateAllocationPolicy": Play("planner", policy_draft),
    "ActivateAllocationPolicy": Play("planner", lambda s: keyed(id=s.prepared), policy),
    "ImportColumns": Play("planner", lambda s: {"kind": "ITEMS"}),
    "ImportTable": Play(
        "planner",
        lambda s: keyed(
            kind="ITEMS",
            contentBase64=table("sku,name,base unit\nTIN-1,A tin,EA\nTIN-2,A tin,EA\n"),
            filename="items.csv",
        ),
    ),
    "MasterData": Play("admin", lambda s: {"first": 20}),
    "PricesOfItem": Play("planner", lambda s: {"itemId": s.item(1)}),
    "QuotePrices": Play(
        "planner",
        lambda s: {"input": {"currency": "USD", "lines": [{"itemId": s.item(1), "unit": "EA"}]}},
    ),
    "CreateApiKey": Play(
        "admin", lambda s: {"input": {"name": "warehouse system", "roleId": s.prepared}}, role
    ),
    "ClientApps": Play("admin", lambda s: {"first": 20}, client_app),
    "ClientApp": Play("admin", lambda s: {"id": s.prepared}, client_app),
    "RegisteredDocuments": Play("admin", lambda s: {"first": 20}, registered_document),
    "DoorAndPlan": Play("admin"),
    "CreateClientApp": Play("admin", lambda s: app_draft()),
    "UpdateClientApp": Play(
        "admin", lambda s: keyed(id=s.prepared, onlyRegistered=True), client_app
    ),
    "CloseClientApp": Play("admin", lambda s: keyed(id=s.prepared), client_app),
    "RegisterDocuments": Play("admin", lambda s: documents_of(s.prepared), client_app),
    "RetireRegisteredDocument": Play("admin", lambda s: keyed(id=s.prepared), registered_document),
    "UpdateDoorSettings": Play("admin", lambda s: keyed(origins=["https://desk.example"])),
    "CreateWebhookSubscription": Play(
        "admin",
        lambda s: {
            "input": {"name": "x", "url": "https://shop.example/y", "eventTypes": ["order.*"]}
        },
    ),
}
PORTAL = {
    "PlaceOrder": Play("customer", lambda s: keyed(channelCode="portal", lines=order_lines(s, 2))),
    "OrderById": Play("customer", lambda s: {"id": s.order(2)}),
    "OrderByExternalId": Play(
        "planner",
        lambda s: {"channelId": s.id("Channel", "channel", "web"), "externalId": "900005000"},
    ),
    "MyOrders": Play("customer"),
    "MyShipments": Play("customer"),
    "Catalogue": Play("customer"),
    "MyRecord": Play("supplier"),
}
DESK = {
    "OrderList": Play(
        "planner", lambda s: {"filter": {"channelIds": [s.id("Channel", "channel", "portal")]}}
    ),
    "OrderAtTheDesk": Play("planner", lambda s: {"id": s.order(2)}),
    "AmendOrder": Play(
        "planner",
        lambda s: keyed(
            orderId=s.prepared["id"],
            lines=[{"lineId": s.prepared["lines"][0]["id"], "quantity": "1"}],
        ),
        new_order,
    ),
    "CancelOrder": Play("planner", lambda s: keyed(orderId=s.prepared["id"]), new_order),
    "HoldOrder": Play(
        "planner", lambda s: keyed(orderId=s.prepared["id"], reason="address"), new_order
    ),
    "UnholdOrder": Play("planner", lambda s: keyed(orderId=s.prepared["id"]), held_order),
    "AllocateOrder": Play("planner", lambda s: keyed(orderId=s.prepared["id"]), new_order),
    "SetPaymentState": Play(
        "planner", lambda s: keyed(orderId=s.prepared["id"], paymentState="PAID"), new_order
    ),
    "IngestDocument": Play("planner", lambda s: keyed(channel="web", text='{"from": "a file"}')),
    "MessageInFull": Play("planner", lambda s: {"id": s.message}),
    "Exceptions": Play("planner"),
    "MapItemCode": Play(
        "planner",
        lambda s: keyed(
            channelId=s.id("Channel", "channel", "web"), code="THEIR-CUP", itemId=s.item()
        ),
    ),
    "MapPartyCode": Play(
        "admin",
        lambda s: keyed(
            channelId=s.id("Channel", "channel", "web"),
            code="THEIR-BUYER",
            partyId=s.id("Party", "party", "NORTHWIND"),
        ),
    ),
    "ReplayIntakeMessage": Play("planner", lambda s: keyed(id=s.message)),
}
WAREHOUSE = {
    "ReceiveStock": Play(
        "warehouse",
        lambda s: keyed(
            locationId=s.location("EWR"),
            lines=[{"itemId": s.item(), "quantity": "12", "unitCost": "1.50"}],
        ),
    ),
    "AdjustStock": Play(
        "warehouse",
        lambda s: keyed(
            locationId=s.location("EWR"),
            reason="counted",
            lines=[{"itemId": s.item(), "delta": "-1"}],
        ),
    ),
    "ChangeStockState": Play(
        "warehouse",
        lambda s: keyed(
            locationId=s.location("EWR"),
            itemId=s.item(),
            quantity="1",
            fromState="AVAILABLE",
            toState="DAMAGED",
            reason="dropped",
        ),
    ),
    "WorkAtLocation": Play("3pl"),
    "ReleaseOrder": Play("warehouse", lambda s: keyed(orderId=s.prepared["id"]), new_order),
    "RecordPick": Play("3pl", lambda s: keyed(id=s.prepared["id"]), third_party_work),
    "PackFulfilmentOrder": Play("warehouse", lambda s: keyed(id=s.prepared["id"]), picked_work),
    "ShipFulfilmentOrder": Play(
        "warehouse", lambda s: keyed(id=s.prepared["id"], carrier="UPS"), packed_work
    ),
}
CONTROL_TOWER = {
    "AllocationExplained": Play("planner", lambda s: {"id": s.order(2)}),
    "Backorders": Play("planner"),
    "Availability": Play("planner", lambda s: {"itemIds": [s.item(n) for n in range(20)]}),
    "AvailabilityByDate": Play("planner", lambda s: {"itemIds": [s.item(n) for n in range(20)]}),
    "PromisesAtRisk": Play("planner"),
    "ExpectedSupplies": Play("planner"),
    "RenewPromise": Play("planner", lambda s: {"input": {"orderId": s.order()}}),
    "AnnounceSupplies": Play(
        "planner",
        lambda s: {
            "input": {
                "rows": [
                    {
                        "itemId": s.item(n),
                        "locationId": s.location("EWR"),
                        "quantity": "100",
                        "expectedOn": "2030-01-07",
                    }
                    for n in range(3)
                ]
            }
        },
    ),
    "PromiseBasket": Play(
        "customer",
        lambda s: {
            "input": {
                "channelId": s.id("Channel", "channel", "portal"),
                "lines": [{"itemId": s.item(n), "quantity": "2"} for n in range(3)],
            }
        },
    ),
    "StockOverview": Play("3pl"),
    "StockMovements": Play("warehouse", lambda s: {"filter": {"itemId": s.item(7)}}),
    "JournalsOfOrder": Play("finance", lambda s: {"orderId": s.order(2)}),
    "JournalLineTraced": Play("finance", lambda s: {"id": s.prepared}, journal_line),
    "JournalsTraced": Play("finance", lambda s: {"filter": {"milestone": "shipment_cost"}}),
    "OrderTraced": Play("finance", lambda s: {"id": s.order(2)}),
    "TrialBalance": Play(
        "finance", lambda s: {"entityId": s.id("LegalEntity", "legal_entity", "US1")}
    ),
    "Accounts": Play("finance"),
    "AccountLines": Play("finance", lambda s: {"accountId": s.prepared}, account),
    "Deliveries": Play("admin"),
    "ParkedEvents": Play("admin"),
    "RequeueParkedEvent": Play("admin", lambda s: keyed(id=s.prepared), parked_event),
}
PLAYS = {
    **ONBOARDING,
    **COMING_ON,
    **PORTAL,
    **DESK,
    **WAREHOUSE,
    **STOCK_ROOM,
    **SHELF,
    **CONTROL_TOWER,
    **WEBHOOKS,
    **AGAINST_THE_PLAN,
    **RUNS,
    **SOURCING,
    **GOVERNANCE,
    **APPROVALS,
    **PURCHASES,
    **RETURNS,
    **AFFILIATES,
    **GROUPS,
    **BOOKKEEPING,
    **PARTNERS_DAYS,
    **FILES,
    **VALUES,
    **FINANCE,
    **PAYOUTS,
}
# The same documents as partners send them, whose rows the database narrows.
PARTNERS = [
    ("Catalogue", "supplier"),
    ("Catalogue", "3pl"),
    ("MyRecord", "customer"),
    ("MyShipments", "3pl"),
    ("Viewer", "supplier"),
]
