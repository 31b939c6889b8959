"""What Amazon's words in settlement reports mean."""

import re

from domain.finance.settlement.told import (
    ADJUSTMENT,
    CHARGEBACK,
    REFUND,
    REIMBURSEMENT,
    RESERVE,
    SALE,
    TAX_WITHHELD,
    TRANSFER,
    UNKNOWN,
)

_WORD = re.compile(r"[^a-z0-9]+")
_SALES = frozenset({"order", "guaranteedreturnlabel", "liquidations", "liquidationsadjustments"})
_REFUNDS = frozenset({"refund", "orderretrocharge", "refundretrocharge"})
_CHARGEBACKS = frozenset(
    {"chargebackrefund", "chargeback", "atozguaranteerefund", "atozguaranteeclaim", "safetclaim"}
)
_TRANSFERS = frozenset({"transfer", "transferoffunds"})
_TAXES = ("itemwithheldtax", "itemtcs", "itemtds")
_PRICES = ("itemprice", "promotion", "itempriceadjustments", "directpayment")
# The first that the word has in it decides.
_FEES = (
    ("advertis", "advertising_fee"),
    ("sponsored", "advertising_fee"),
    ("subscription", "subscription_fee"),
    ("storage", "storage_fee"),
    ("shippinghb", "shipping_fee"),
    ("shippingchargeback", "shipping_fee"),
    ("shippinglabel", "shipping_fee"),
    ("postage", "shipping_fee"),
    ("shippingservices", "shipping_fee"),
    ("fba", "fulfilment_fee"),
    ("fulfillment", "fulfilment_fee"),
    ("fulfilment", "fulfilment_fee"),
    ("removal", "fulfilment_fee"),
    ("disposal", "fulfilment_fee"),
    ("inbound", "fulfilment_fee"),
    ("commission", "channel_fee"),
    ("referral", "channel_fee"),
    ("closingfee", "channel_fee"),
    ("collectionfee", "channel_fee"),
    ("giftwrapchargeback", "channel_fee"),
    ("digitalservices", "channel_fee"),
    ("technologyfee", "channel_fee"),
    ("couponredemption", "channel_fee"),
    ("dealfee", "channel_fee"),
    ("vine", "channel_fee"),
    ("codfee", "payment_fee"),
    ("paymentmethod", "payment_fee"),
)
_REIMBURSED = ("reimbursement", "warehouselost", "warehousedamage", "reversalreimbursement")


def kind_of(transaction: str, amount_type: str, description: str) -> str:
    """The kind of an amount by its transaction-type, its amount-type and amount-description."""
    said, group, word = (_plain(each) for each in (transaction, amount_type, description))
    if said in _TRANSFERS or (group in _TRANSFERS and not word):
        return TRANSFER
    if "reserveamount" in word or "reserveamount" in said or "deferredtransaction" in word:
        return RESERVE
    if group.startswith(_TAXES) or word.startswith(("marketplacefacilitator", "lowvaluegoodstax")):
        return TAX_WITHHELD
    if said in _CHARGEBACKS:
        return CHARGEBACK
    if group in _PRICES:
        return _of_price(said)
    if any(each in group or each in word or each in said for each in _REIMBURSED):
        return REIMBURSEMENT
    return _of_fee(said, group, word)


def _of_price(said: str) -> str:
    if said in _REFUNDS:
        return REFUND
    return SALE if said in _SALES else UNKNOWN


def _of_fee(said: str, group: str, word: str) -> str:
    for text in (word, group, said):
        for part, kind in _FEES:
            if part in text:
                return kind
    if "adjustment" in word or "adjustment" in said:
        return ADJUSTMENT
    return UNKNOWN


def _plain(word: str) -> str:
    return _WORD.sub("", word.lower())
