"""What the books refuse, as the API tells it."""

from datetime import date

import strawberry

from api.ids import global_id
from api.scalars import Money, money
from api.user_errors import UserError, answers
from domain.ledger.outcomes import (
    AccountInUse,
    BooksInUse,
    ExchangeRateMissing,
    JournalUnbalanced,
    PeriodClosed,
    PeriodOrder,
)


@answers(ExchangeRateMissing)
@strawberry.type(description="No exchange rate leads from one currency to the other on a day.")
class ExchangeRateMissingError(UserError):
    from_currency: str = strawberry.field(description="From this currency.")
    to_currency: str = strawberry.field(description="To this one.")
    on: date = strawberry.field(description="On this day.")


@answers(PeriodClosed, convert=lambda f: {"on": f["on"]})
@strawberry.type(description="The books take nothing on that day any more.")
class PeriodClosedError(UserError):
    on: date = strawberry.field(description="The day.")


@answers(
    PeriodOrder,
    convert=lambda f: {
        "period_id": global_id("FiscalPeriod", f["period_id"]),
        "fiscal_year": f["fiscal_year"],
        "number": f["number"],
    },
)
@strawberry.type(
    description="Periods close one after the other, and open again the last one first."
)
class PeriodOrderError(UserError):
    period_id: strawberry.ID = strawberry.field(description="The period that stands in the way.")
    fiscal_year: int = strawberry.field(description="Its fiscal year.")
    number: int = strawberry.field(description="Its place in the year.")


@answers(BooksInUse, convert=lambda _: {})
@strawberry.type(description="Something is posted already, and this does not change any more.")
class BooksInUseError(UserError):
    pass


@answers(AccountInUse, convert=lambda f: {"account_id": global_id("Account", f["account_id"])})
@strawberry.type(description="The account follows documents or rules, and this is not for it.")
class AccountInUseError(UserError):
    account_id: strawberry.ID = strawberry.field(description="The account.")


@answers(
    JournalUnbalanced,
    convert=lambda f: {"difference": money(f["difference_minor"], f["currency"])},
)
@strawberry.type(description="Debits and credits differ.")
class JournalUnbalancedError(UserError):
    difference: Money = strawberry.field(description="Debits less credits.")
