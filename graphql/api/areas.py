"""The areas of the API: an area is added by naming its classes here."""

from api.access.api_keys import ApiKeyMutation, ApiKeyQuery
from api.access.issuers import OidcIssuerMutation, OidcIssuerQuery
from api.access.roles import RoleMutation, RoleQuery
from api.access.signing_in import SignInMutation, ViewerQuery
from api.access.user_changes import UserMutation
from api.access.users import UserQuery
from api.allocation.backorders import BackorderQuery
from api.allocation.comparing import ComparingQuery
from api.allocation.explaining import ExplainingQuery
from api.allocation.lane_costs import LaneCostMutation, LaneCostQuery
from api.allocation.overriding import OverrideMutation
from api.allocation.policies import AllocationPolicyQuery
from api.allocation.policy_changes import AllocationPolicyMutation
from api.allocation.pool_changes import StockPoolMutation
from api.allocation.pools import StockPoolQuery
from api.allocation.previewing import PreviewQuery
from api.allocation.priorities import BackorderPriorityMutation, BackorderPriorityQuery
from api.allocation.run_changes import AllocationRunMutation, AllocationRunSubscription
from api.allocation.run_comparing import AllocationRunComparisonQuery
from api.allocation.running import AllocationMutation
from api.allocation.runs import AllocationRunQuery
from api.approvals.deciding import ApprovalMutation
from api.approvals.delegations import ApprovalDelegationMutation, ApprovalDelegationQuery
from api.approvals.limits import ApprovalLimitsMutation, ApprovalLimitsQuery
from api.approvals.policies import ApprovalPolicyQuery
from api.approvals.policy_changes import ApprovalPolicyMutation
from api.approvals.requests import ApprovalQuery
from api.approvals.watching import ApprovalSubscription
from api.apps.client_apps import ClientAppMutation, ClientAppQuery
from api.apps.documents import RegisteredDocumentMutation, RegisteredDocumentQuery
from api.apps.settings import DoorSettingsMutation, DoorSettingsQuery
from api.audit.entries import AuditQuery
from api.catalog.item_changes import ItemMutation
from api.catalog.item_codes import ItemCodeMutation
from api.catalog.items import ItemQuery
from api.catalog.kits import KitMutation
from api.catalog.supplier_items import SupplierItemMutation
from api.channels.assortments import AssortmentMutation
from api.channels.changes import ChannelMutation
from api.channels.channels import ChannelQuery
from api.entities.calendar_changes import WorkingCalendarMutation
from api.entities.calendars import WorkingCalendarQuery
from api.entities.legal_entities import LegalEntityMutation, LegalEntityQuery
from api.entities.location_changes import LocationMutation
from api.entities.locations import LocationQuery
from api.entities.parties import PartyQuery
from api.entities.party_changes import PartyMutation
from api.entities.party_codes import PartyCodeMutation
from api.events.log import EventQuery
from api.events.watching import EventSubscription
from api.fulfilment.answering import AnsweringMutation
from api.fulfilment.fulfilment_orders import FulfilmentQuery
from api.fulfilment.rejecting import RejectionMutation
from api.fulfilment.shipments import ShipmentQuery
from api.fulfilment.steps import FulfilmentMutation
from api.governance.change_requests import ChangeRequestQuery
from api.governance.changing import ChangeRequestMutation
from api.governance.field_changes import CustomFieldMutation
from api.governance.fields import CustomFieldQuery
from api.governance.standards import StandardsMutation, StandardsQuery
from api.imports.exports import ExportJobMutation, ExportJobQuery, ExportJobSubscription
from api.imports.job_changes import ImportJobMutation, ImportJobSubscription
from api.imports.jobs import ImportJobQuery
from api.imports.mapping import ImportMappingQuery
from api.imports.tables import ImportMutation, ImportQuery
from api.intake.mending import MendingMutation
from api.intake.messages import IntakeMessageQuery
from api.intake.taking import TakingMutation
from api.inventory.adjustment_requests import StockAdjustmentRequestMutation
from api.inventory.assembling import KitAssemblyMutation
from api.inventory.availability import AvailabilityQuery
from api.inventory.balances import StockBalanceQuery
from api.inventory.changes import StockMutation
from api.inventory.count_changes import StockCountMutation
from api.inventory.counts import StockCountQuery
from api.inventory.expected_changes import ExpectedSupplyMutation
from api.inventory.expected_supplies import ExpectedSupplyQuery
from api.inventory.holding import StockHoldMutation
from api.inventory.holds import StockHoldQuery
from api.inventory.lot_changes import LotMutation
from api.inventory.lots import LotQuery
from api.inventory.movements import StockMovementQuery
from api.inventory.serials import SerialNumberQuery
from api.inventory.shortage_requests import ShortageRequestMutation
from api.inventory.tolerances import StockToleranceMutation, StockToleranceQuery
from api.inventory.transfer_changes import TransferMutation
from api.inventory.transfers import TransferQuery
from api.ledger.accounts import AccountQuery
from api.ledger.bookkeeping import JournalMutation, JournalQuery
from api.nodes import NodeQuery
from api.onboarding.deletion import TenantDeletionMutation, TenantDeletionQuery
from api.onboarding.invitations import InvitationMutation, InvitationQuery
from api.onboarding.readiness import GoLiveMutation, ReadinessQuery
from api.onboarding.sandboxes import SandboxMutation, SandboxQuery
from api.onboarding.signing_up import SigningUpMutation
from api.onboarding.templates import TemplateMutation
from api.onboarding.tours import TourMutation, TourQuery
from api.operators.changes import OperatorMutation
from api.operators.tenants import OperatorQuery
from api.orders.asking import OrderApprovalMutation
from api.orders.changes import OrderChangeMutation
from api.orders.finding import OrderQuery
from api.orders.placing import PlacingMutation
from api.orders.watching import OrderSubscription
from api.pricing.price_lists import PriceListMutation, PriceListQuery
from api.pricing.prices import PriceMutation, PriceQuery
from api.procurement.buying import PurchaseOrderMutation
from api.procurement.orders import PurchaseOrderQuery
from api.procurement.ratings import SupplierRatingQuery
from api.procurement.supplying import SupplierMutation
from api.promise.availability import PromiseAvailabilityQuery
from api.promise.changes import PromiseMutation
from api.promise.promising import PromiseQuery
from api.promise.rules import PromiseRuleMutation, PromiseRuleQuery
from api.webhooks.deliveries import WebhookDeliveryMutation, WebhookDeliveryQuery
from api.webhooks.parked_events import ParkedEventMutation, ParkedEventQuery
from api.webhooks.replays import (
    WebhookReplayMutation,
    WebhookReplayQuery,
    WebhookReplaySubscription,
)
from api.webhooks.subscription_changes import WebhookSubscriptionMutation
from api.webhooks.subscriptions import WebhookSubscriptionQuery
from api.webhooks.testing import WebhookTestMutation

QUERIES: tuple[type, ...] = (
    NodeQuery,
    ViewerQuery,
    UserQuery,
    RoleQuery,
    ApiKeyQuery,
    OidcIssuerQuery,
    ClientAppQuery,
    RegisteredDocumentQuery,
    DoorSettingsQuery,
    LegalEntityQuery,
    LocationQuery,
    PartyQuery,
    ChannelQuery,
    ItemQuery,
    PriceListQuery,
    PriceQuery,
    ImportQuery,
    ImportJobQuery,
    ImportMappingQuery,
    ExportJobQuery,
    InvitationQuery,
    ReadinessQuery,
    SandboxQuery,
    TourQuery,
    TenantDeletionQuery,
    OperatorQuery,
    ApprovalQuery,
    ApprovalPolicyQuery,
    ApprovalDelegationQuery,
    ApprovalLimitsQuery,
    AvailabilityQuery,
    StockBalanceQuery,
    StockMovementQuery,
    ExpectedSupplyQuery,
    WorkingCalendarQuery,
    PromiseAvailabilityQuery,
    PromiseQuery,
    PromiseRuleQuery,
    StockCountQuery,
    StockToleranceQuery,
    TransferQuery,
    LotQuery,
    SerialNumberQuery,
    StockHoldQuery,
    AccountQuery,
    JournalQuery,
    EventQuery,
    WebhookSubscriptionQuery,
    WebhookDeliveryQuery,
    WebhookReplayQuery,
    ParkedEventQuery,
    PurchaseOrderQuery,
    SupplierRatingQuery,
    OrderQuery,
    AllocationPolicyQuery,
    AllocationRunQuery,
    AllocationRunComparisonQuery,
    BackorderQuery,
    BackorderPriorityQuery,
    StockPoolQuery,
    ComparingQuery,
    ExplainingQuery,
    LaneCostQuery,
    PreviewQuery,
    FulfilmentQuery,
    ShipmentQuery,
    IntakeMessageQuery,
    AuditQuery,
    ChangeRequestQuery,
    StandardsQuery,
    CustomFieldQuery,
)
MUTATIONS: tuple[type, ...] = (
    SignInMutation,
    UserMutation,
    RoleMutation,
    ApiKeyMutation,
    OidcIssuerMutation,
    ClientAppMutation,
    RegisteredDocumentMutation,
    DoorSettingsMutation,
    LegalEntityMutation,
    LocationMutation,
    PartyMutation,
    PartyCodeMutation,
    ChannelMutation,
    ItemMutation,
    KitMutation,
    ItemCodeMutation,
    PriceListMutation,
    PriceMutation,
    ImportMutation,
    ImportJobMutation,
    ExportJobMutation,
    SigningUpMutation,
    InvitationMutation,
    TemplateMutation,
    GoLiveMutation,
    SandboxMutation,
    TourMutation,
    TenantDeletionMutation,
    OperatorMutation,
    ApprovalMutation,
    ApprovalPolicyMutation,
    ApprovalDelegationMutation,
    ApprovalLimitsMutation,
    OrderApprovalMutation,
    StockMutation,
    ExpectedSupplyMutation,
    WorkingCalendarMutation,
    SupplierItemMutation,
    PromiseMutation,
    PromiseRuleMutation,
    StockCountMutation,
    StockAdjustmentRequestMutation,
    ShortageRequestMutation,
    StockToleranceMutation,
    TransferMutation,
    LotMutation,
    KitAssemblyMutation,
    StockHoldMutation,
    JournalMutation,
    WebhookSubscriptionMutation,
    WebhookDeliveryMutation,
    WebhookReplayMutation,
    WebhookTestMutation,
    ParkedEventMutation,
    PurchaseOrderMutation,
    SupplierMutation,
    PlacingMutation,
    OrderChangeMutation,
    AllocationPolicyMutation,
    StockPoolMutation,
    LaneCostMutation,
    AllocationMutation,
    AllocationRunMutation,
    BackorderPriorityMutation,
    OverrideMutation,
    FulfilmentMutation,
    AnsweringMutation,
    AssortmentMutation,
    RejectionMutation,
    TakingMutation,
    MendingMutation,
    ChangeRequestMutation,
    StandardsMutation,
    CustomFieldMutation,
)
SUBSCRIPTIONS: tuple[type, ...] = (
    OrderSubscription,
    AllocationRunSubscription,
    ApprovalSubscription,
    EventSubscription,
    ImportJobSubscription,
    ExportJobSubscription,
    WebhookReplaySubscription,
)
