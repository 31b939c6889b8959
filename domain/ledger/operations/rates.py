"""Exchange rates are given and taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from domain.kernel import iso, text
from domain.kernel.bulk import require_bulk_size
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.ledger.models import ExchangeRate, LedgerSetting
from domain.ledger.rates import AVERAGE, SPOT

DECIMALS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRate:
    """One unit of `from_currency` is worth `rate` of `to_currency`, from a day on (spot) or on
    average in the period that ends on it."""

    from_currency: str
    to_currency: str
    valid_on: date
    rate: Decimal
    kind: str = SPOT
    source: str | None = None


@operation("ledger.manage")
async def set_exchange_rates(work: Work, *, rates: Sequence[WantedRate]) -> list[int]:
    """Give rates, each in place of the one that there was for its pair, kind and day; their ids.
    What is posted already keeps its amounts. Raises InvalidInput."""
    require_bulk_size(len(rates), path=("rates",))
    sound = [sound_rate(rate, path=("rates", place)) for place, rate in enumerate(rates)]
    keys = [(r["from_currency"], r["to_currency"], r["kind"], r["valid_on"]) for r in sound]
    if len(set(keys)) < len(keys):
        raise InvalidInput("A pair has one rate of a kind on a day.", path=("rates",))
    statement = insert(ExchangeRate).values([{"tenant_id": work.tenant_id, **row} for row in sound])
    rows = await work.rows(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "from_currency", "to_currency", "kind", "valid_on"],
            set_={"rate": statement.excluded.rate, "source": statement.excluded.source},
        ).returning(
            ExchangeRate.id,
            ExchangeRate.from_currency,
            ExchangeRate.to_currency,
            ExchangeRate.kind,
            ExchangeRate.valid_on,
        )
    )
    ids = {tuple(row)[1:]: row.id for row in rows}
    for key, row in zip(keys, sound, strict=True):
        work.audit("set_exchange_rates", subject="exchange_rate", subject_id=ids[key], after=row)
    return [ids[key] for key in keys]


@operation("ledger.manage")
async def delete_exchange_rate(work: Work, *, rate_id: int) -> None:
    """Take a rate away. Raises NotFound."""
    row = await work.row(
        delete(ExchangeRate)
        .where(ExchangeRate.tenant_id == work.tenant_id, ExchangeRate.id == rate_id)
        .returning(*ExchangeRate.__table__.c)
    )
    if row is None:
        raise NotFound("exchange rate")
    names = ("from_currency", "to_currency", "kind", "valid_on", "rate")
    work.audit(
        "delete_exchange_rate",
        subject="exchange_rate",
        subject_id=rate_id,
        before={name: getattr(row, name) for name in names},
    )


@operation("ledger.manage")
async def set_triangulation_currency(work: Work, *, currency: str | None) -> None:
    """Find rates that nobody gave by way of this currency (None: not at all). Raises
    InvalidInput."""
    if currency is not None:
        currency = iso.currency(currency, path=("currency",))
    statement = insert(LedgerSetting).values(
        tenant_id=work.tenant_id, triangulation_currency=currency
    )
    setting_id = await work.value(
        statement.on_conflict_do_update(
            index_elements=["tenant_id"],
            set_={"triangulation_currency": currency, "version": LedgerSetting.version + 1},
        ).returning(LedgerSetting.id)
    )
    work.audit(
        "set_triangulation_currency",
        subject="ledger_setting",
        subject_id=setting_id,
        after={"triangulation_currency": currency},
    )


def sound_rate(wanted: WantedRate, *, path: tuple[str | int, ...]) -> dict[str, object]:
    """The rate as it is kept. Raises InvalidInput below `path`."""
    one = iso.currency(wanted.from_currency, path=(*path, "fromCurrency"))
    other = iso.currency(wanted.to_currency, path=(*path, "toCurrency"))
    if one == other:
        raise InvalidInput("Name two currencies.", path=(*path, "toCurrency"))
    rate = wanted.rate
    if not rate.is_finite() or rate <= 0 or rate >= 10**DECIMALS:
        raise InvalidInput("Must be above zero.", path=(*path, "rate"))
    if rate != rate.quantize(Decimal(1).scaleb(-DECIMALS)):
        raise InvalidInput(f"Has at most {DECIMALS} decimals.", path=(*path, "rate"))
    return {
        "from_currency": one,
        "to_currency": other,
        "kind": text.choice(wanted.kind, (SPOT, AVERAGE), path=(*path, "kind")),
        "valid_on": wanted.valid_on,
        "rate": rate,
        "source": text.optional(wanted.source, path=(*path, "source")),
    }
