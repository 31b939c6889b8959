"""The areas of the API: an area is added by naming its classes here."""

from api.access.api_keys import ApiKeyMutation, ApiKeyQuery
from api.access.issuers import OidcIssuerMutation, OidcIssuerQuery
from api.access.roles import RoleMutation, RoleQuery
from api.access.signing_in import SignInMutation, ViewerQuery
from api.access.user_changes import UserMutation
from api.access.users import UserQuery
from api.allocation.policies import AllocationPolicyMutation, AllocationPolicyQuery
from api.allocation.running import AllocationMutation
from api.catalog.item_changes import ItemMutation
from api.catalog.item_codes import ItemCodeMutation
from api.catalog.items import ItemQuery
from api.channels.changes import ChannelMutation
from api.channels.channels import ChannelQuery
from api.entities.legal_entities import LegalEntityMutation, LegalEntityQuery
from api.entities.locations import LocationMutation, LocationQuery
from api.entities.parties import PartyQuery
from api.entities.party_changes import PartyMutation
from api.entities.party_codes import PartyCodeMutation
from api.fulfilment.fulfilment_orders import FulfilmentQuery
from api.fulfilment.shipments import ShipmentQuery
from api.fulfilment.steps import FulfilmentMutation
from api.imports.tables import ImportMutation, ImportQuery
from api.intake.mending import MendingMutation
from api.intake.messages import IntakeMessageQuery
from api.intake.taking import TakingMutation
from api.inventory.availability import AvailabilityQuery
from api.inventory.balances import StockBalanceQuery
from api.inventory.changes import StockMutation
from api.inventory.movements import StockMovementQuery
from api.ledger.accounts import AccountQuery
from api.ledger.bookkeeping import JournalMutation, JournalQuery
from api.nodes import NodeQuery
from api.orders.changes import OrderChangeMutation
from api.orders.finding import OrderQuery
from api.orders.placing import PlacingMutation
from api.orders.watching import OrderSubscription
from api.pricing.price_lists import PriceListMutation, PriceListQuery
from api.pricing.prices import PriceMutation, PriceQuery
from api.webhooks.deliveries import WebhookDeliveryMutation, WebhookDeliveryQuery
from api.webhooks.parked_events import ParkedEventMutation, ParkedEventQuery
from api.webhooks.subscription_changes import WebhookSubscriptionMutation
from api.webhooks.subscriptions import WebhookSubscriptionQuery

QUERIES: tuple[type, ...] = (
    NodeQuery,
    ViewerQuery,
    UserQuery,
    RoleQuery,
    ApiKeyQuery,
    OidcIssuerQuery,
    LegalEntityQuery,
    LocationQuery,
    PartyQuery,
    ChannelQuery,
    ItemQuery,
    PriceListQuery,
    PriceQuery,
    ImportQuery,
    AvailabilityQuery,
    StockBalanceQuery,
    StockMovementQuery,
    AccountQuery,
    JournalQuery,
    WebhookSubscriptionQuery,
    WebhookDeliveryQuery,
    ParkedEventQuery,
    OrderQuery,
    AllocationPolicyQuery,
    FulfilmentQuery,
    ShipmentQuery,
    IntakeMessageQuery,
)
MUTATIONS: tuple[type, ...] = (
    SignInMutation,
    UserMutation,
    RoleMutation,
    ApiKeyMutation,
    OidcIssuerMutation,
    LegalEntityMutation,
    LocationMutation,
    PartyMutation,
    PartyCodeMutation,
    ChannelMutation,
    ItemMutation,
    ItemCodeMutation,
    PriceListMutation,
    PriceMutation,
    ImportMutation,
    StockMutation,
    JournalMutation,
    WebhookSubscriptionMutation,
    WebhookDeliveryMutation,
    ParkedEventMutation,
    PlacingMutation,
    OrderChangeMutation,
    AllocationPolicyMutation,
    AllocationMutation,
    FulfilmentMutation,
    TakingMutation,
    MendingMutation,
)
SUBSCRIPTIONS: tuple[type, ...] = (OrderSubscription,)
