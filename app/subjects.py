"""The kinds of thing that are approved: importing the module of each makes it known to whatever
process serves or works."""

import domain.inventory.operations.requesting_adjustments as stock_adjustments
import domain.inventory.settling as stock_counts

APPROVED_IN = (stock_adjustments, stock_counts)
