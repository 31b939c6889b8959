"""Tables of returns, one module for each thing that is kept."""

from domain.returns.models.counters import OrderLineReturn, OrderReturn
from domain.returns.models.credits import (
    ReturnCredit,
    ReturnCreditLine,
    ReturnReplacement,
    ReturnReplacementLine,
)
from domain.returns.models.goods import (
    ReturnDisposition,
    ReturnInspection,
    ReturnReceipt,
    ReturnUnit,
)
from domain.returns.models.requests import (
    ReturnAuthorization,
    ReturnLine,
    ReturnRequest,
)
from domain.returns.models.setup import ReturnPolicy, ReturnReason

__all__ = [
    "OrderLineReturn",
    "OrderReturn",
    "ReturnAuthorization",
    "ReturnCredit",
    "ReturnCreditLine",
    "ReturnDisposition",
    "ReturnInspection",
    "ReturnLine",
    "ReturnPolicy",
    "ReturnReason",
    "ReturnReceipt",
    "ReturnReplacement",
    "ReturnReplacementLine",
    "ReturnRequest",
    "ReturnUnit",
]
