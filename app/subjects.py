"""The kinds of thing that are approved, and of configuration that is governed: importing the
module of each makes it known to whatever process serves or works."""

import domain.allocation.configured_policies as allocation_policies
import domain.allocation.credit_holds as credit_holds
import domain.allocation.overriding as allocation_overrides
import domain.allocation.oversold as oversold_stock
import domain.allocation.price_approvals as price_overrides
import domain.fulfilment.configured_limits as approval_limits
import domain.fulfilment.missing_stock as missing_stock
import domain.fulfilment.rush as rush_shipments
import domain.governance.approving as configuration_changes
import domain.governance.configured_approvals as approval_policies
import domain.governance.custom_fields.registering as custom_fields
import domain.governance.governing as governance
import domain.inventory.approved_adjustments as stock_adjustments
import domain.inventory.settling as stock_counts
import domain.inventory.transfer_closing as transfer_closings
import domain.onboarding.access.configured_roles as roles
import domain.pricing.configured_lists as price_lists

APPROVED_IN = (
    allocation_overrides,
    credit_holds,
    configuration_changes,
    missing_stock,
    oversold_stock,
    price_overrides,
    rush_shipments,
    stock_adjustments,
    stock_counts,
    transfer_closings,
)
GOVERNED_IN = (
    allocation_policies,
    approval_limits,
    approval_policies,
    custom_fields,
    governance,
    price_lists,
    roles,
)
