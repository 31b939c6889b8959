"""What trade between one's own entities posts: in the supplier's books a sale and its cost, in the
buyer's a purchase, and in both what becomes of what is owed."""

from domain.ledger.standard_rules.writing import Rules, rules

RULES: Rules = (
    rules(
        "intercompany_sale",
        intercompany_receivable="intercompany_receivable",
        intercompany_revenue="intercompany_revenue",
        tax="tax_payable",
    )
    | rules("intercompany_cost", intercompany_cost="intercompany_cost", inventory="inventory")
    | rules(
        "intercompany_purchase",
        inventory="inventory",
        cost_of_goods="cost_of_goods",
        intercompany_cost="intercompany_cost",
        price_variance="price_variance",
        tax="tax_receivable",
        intercompany_payable="intercompany_payable",
    )
    | rules("intercompany_taken_back", inventory="inventory", cost_of_goods="cost_of_goods")
    | rules(
        "intercompany_netting",
        intercompany_receivable="intercompany_receivable",
        intercompany_payable="intercompany_payable",
        clearing="intercompany_clearing",
        realised_exchange="realised_exchange",
    )
    | rules(
        "intercompany_payment",
        intercompany_receivable="intercompany_receivable",
        intercompany_payable="intercompany_payable",
        bank="bank",
        realised_exchange="realised_exchange",
    )
)
