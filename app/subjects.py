"""The kinds of thing that are approved: importing the module of each makes it known to whatever
process serves or works."""

import domain.allocation.overriding as allocation_overrides
import domain.allocation.oversold as oversold_stock
import domain.inventory.approved_adjustments as stock_adjustments
import domain.inventory.settling as stock_counts
import domain.inventory.transfer_closing as transfer_closings

APPROVED_IN = (
    allocation_overrides,
    oversold_stock,
    stock_adjustments,
    stock_counts,
    transfer_closings,
)
