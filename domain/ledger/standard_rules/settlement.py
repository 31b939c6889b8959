"""What payouts of channels and payment providers post: what was paid comes off the clearing
account, each kind of fee goes to its own."""

from domain.ledger.standard_rules.writing import Rules, rules

_CLEARING = "channel_clearing"

RULES: Rules = (
    rules(
        "settlement",
        bank="bank",
        clearing=_CLEARING,
        withheld="channel_reserve",
        channel_fee="channel_fees",
        payment_fee="payment_fees",
        fulfilment_fee="shipping_cost",
        shipping_fee="shipping_cost",
        storage_fee="channel_fees",
        advertising_fee="advertising",
        subscription_fee="channel_fees",
        tax_withheld="tax_payable",
        reimbursement="inventory_adjustment",
        rounding="rounding",
        realised_exchange="realised_exchange",
    )
    | rules("payout_failed", withheld="channel_reserve", bank="bank")
    | rules("settlement_matched", clearing=_CLEARING, realised_exchange="realised_exchange")
    | rules(
        "settlement_difference",
        clearing=_CLEARING,
        written_off="payment_differences",
        other="suspense",
    )
)
