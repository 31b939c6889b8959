"""The kinds of thing that are approved, of configuration that is governed, and of what has to be
done before a period closes: importing the module of each makes it known to whatever process serves
or works."""

import domain.allocation.configured_lanes as lane_costs
import domain.allocation.configured_policies as allocation_policies
import domain.allocation.credit_holds as credit_holds
import domain.allocation.overriding as allocation_overrides
import domain.allocation.oversold as oversold_stock
import domain.allocation.price_approvals as price_overrides
import domain.finance.approved_runs as payment_runs
import domain.finance.approved_supplier_invoices as supplier_invoices
import domain.finance.approved_write_offs as write_offs
import domain.finance.closing.approved_reopenings as period_reopenings
import domain.finance.closing.checks as money_checks
import domain.finance.configured_terms as party_terms
import domain.finance.consolidation.closing as group_checks
import domain.finance.settlement.approved_differences as payout_differences
import domain.finance.settlement.closing as payout_checks
import domain.finance.settlement.configured_terms as payout_terms
import domain.fulfilment.closing as shipment_checks
import domain.fulfilment.configured_limits as approval_limits
import domain.fulfilment.missing_stock as missing_stock
import domain.fulfilment.rush as rush_shipments
import domain.governance.approving as configuration_changes
import domain.governance.configured_approvals as approval_policies
import domain.governance.custom_fields.registering as custom_fields
import domain.governance.governing as governance
import domain.intake.closing as intake_checks
import domain.intercompany.closing as affiliate_checks
import domain.intercompany.configured_agreements as trade_agreements
import domain.intercompany.transferring as intercompany_transfers
import domain.inventory.approved_adjustments as stock_adjustments
import domain.inventory.approved_revaluations as stock_revaluations
import domain.inventory.closing as stock_checks
import domain.inventory.configured_costing as costing
import domain.inventory.configured_tolerances as stock_tolerances
import domain.inventory.settling as stock_counts
import domain.inventory.transfer_closing as transfer_closings
import domain.ledger.approved_journals as manual_journals
import domain.ledger.configured_rules as posting_rules
import domain.onboarding.access.configured_roles as roles
import domain.pricing.configured_lists as price_lists
import domain.procurement.over_receipts as over_receipts
import domain.promise.configured_rules as promise_rules
import domain.returns.authorizing as returns
import domain.returns.closing as return_checks
import domain.returns.configured_policies as return_policies

APPROVED_IN = (
    allocation_overrides,
    credit_holds,
    configuration_changes,
    manual_journals,
    missing_stock,
    over_receipts,
    oversold_stock,
    price_overrides,
    returns,
    rush_shipments,
    stock_adjustments,
    stock_counts,
    stock_revaluations,
    transfer_closings,
    payment_runs,
    payout_differences,
    period_reopenings,
    supplier_invoices,
    write_offs,
)
GOVERNED_IN = (
    allocation_policies,
    approval_limits,
    approval_policies,
    costing,
    custom_fields,
    governance,
    posting_rules,
    lane_costs,
    party_terms,
    payout_terms,
    price_lists,
    promise_rules,
    return_policies,
    roles,
    stock_tolerances,
    trade_agreements,
)
# What has to be done before a period closes.
CHECKED_IN = (
    affiliate_checks,
    group_checks,
    intake_checks,
    money_checks,
    payout_checks,
    return_checks,
    shipment_checks,
    stock_checks,
)
# What lower areas leave to higher ones.
ARRANGED_IN = (intercompany_transfers,)
