"""Tables of receivables and payables."""

from domain.finance.models.closing import ClosingOwner, ClosingSignature, PeriodReopening
from domain.finance.models.consolidation import (
    AffiliateAccount,
    ConsolidationGroup,
    GroupAdjustment,
    GroupAdjustmentLine,
    GroupHolding,
)
from domain.finance.models.credit_notes import CreditNote, CreditNoteLine
from domain.finance.models.invoices import Invoice, InvoiceLine, TaxAmount
from domain.finance.models.payments import (
    Payment,
    PaymentAllocation,
    PaymentRun,
    PaymentRunLine,
    RefundPart,
    WriteOff,
)
from domain.finance.models.settings import EntityFinance, PartyFinance, PaymentTerm
from domain.finance.models.settlements import (
    Settlement,
    SettlementDifference,
    SettlementLine,
    SettlementMatch,
    SettlementTerms,
)
from domain.finance.models.supplier_invoices import SupplierInvoice, SupplierInvoiceLine
from domain.finance.models.taxes import TaxCode, TaxRate, TaxRule

__all__ = [
    "AffiliateAccount",
    "ClosingOwner",
    "ClosingSignature",
    "ConsolidationGroup",
    "CreditNote",
    "CreditNoteLine",
    "EntityFinance",
    "GroupAdjustment",
    "GroupAdjustmentLine",
    "GroupHolding",
    "Invoice",
    "InvoiceLine",
    "PartyFinance",
    "Payment",
    "PaymentAllocation",
    "PaymentRun",
    "PaymentRunLine",
    "PaymentTerm",
    "PeriodReopening",
    "RefundPart",
    "Settlement",
    "SettlementDifference",
    "SettlementLine",
    "SettlementMatch",
    "SettlementTerms",
    "SupplierInvoice",
    "SupplierInvoiceLine",
    "TaxAmount",
    "TaxCode",
    "TaxRate",
    "TaxRule",
    "WriteOff",
]
