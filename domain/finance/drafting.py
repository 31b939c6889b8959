"""An invoice as it is worked out of what left: lines, taxes, totals. Values in, values out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.finance.billable import Billable
from domain.finance.policies.taxes import (
    ComponentTotal,
    DocumentTax,
    Taxable,
    Treatment,
    tax_document,
)
from domain.finance.taxing import TaxRules
from domain.finance.terms import Terms
from domain.ledger.entries import Dimensions


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line of an invoice: what it is of, and how it is taxed (None: as given)."""

    kind: str
    billable: Billable
    row: Any
    price_minor: int
    given_tax_minor: int
    treatment: Treatment | None

    @property
    def earned_by(self) -> Dimensions:
        """The channel, place and item group that it was earned by."""
        shipment = self.billable.row
        return Dimensions(
            channel_id=shipment.channel_id,
            location_id=shipment.location_id,
            item_group=None if self.row is None else self.row.item_group,
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """An invoice before it is written, of shipments of one entity, customer and currency."""

    billables: tuple[Billable, ...]
    lines: tuple[DraftLine, ...]
    tax: DocumentTax

    @property
    def first(self) -> Billable:
        """Any of them, for what they have in common."""
        return self.billables[0]

    @property
    def order_id(self) -> int | None:
        """Its order, where all of it is of one."""
        orders = {each.row.order_id for each in self.billables}
        return orders.pop() if len(orders) == 1 else None

    @property
    def channel_id(self) -> int | None:
        """Its channel, where all of it came by one."""
        channels = {each.row.channel_id for each in self.billables}
        return channels.pop() if len(channels) == 1 else None

    def net_minor(self, kind: str) -> int:
        """Its goods, or its carriage, without tax."""
        return sum(
            taxed.net_minor
            for line, taxed in zip(self.lines, self.tax.lines, strict=True)
            if line.kind == kind
        )

    def included(self, kind: str) -> dict[Dimensions, int]:
        """What of that was booked as earned, and is tax: by what it was earned by."""
        parts: Counter[Dimensions] = Counter()
        for line, taxed in zip(self.lines, self.tax.lines, strict=True):
            if line.kind == kind and line.price_minor != taxed.net_minor:
                parts[line.earned_by] += line.price_minor - taxed.net_minor
        return parts

    @property
    def coded_tax_minor(self) -> int:
        """The taxes by code: they are owed from now on."""
        return sum(taxed.tax_minor for taxed in self.tax.lines)

    @property
    def tax_minor(self) -> int:
        """All its taxes, those that came with the orders too."""
        return self.coded_tax_minor + sum(line.given_tax_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        """What is owed."""
        return self.net_minor("goods") + self.net_minor("shipping") + self.tax_minor

    @property
    def unbilled_minor(self) -> int:
        """What it stood at as shipped and not invoiced."""
        return sum(each.row.owed_minor for each in self.billables)

    def totals(self) -> list[ComponentTotal | None]:
        """What each tax comes to; None for those that were given."""
        given = [None] if any(line.given_tax_minor for line in self.lines) else []
        return [*self.tax.totals, *given]


def drafted(billables: Sequence[Billable], rules: TaxRules, terms: Terms, country: str) -> Draft:
    """The invoice of these shipments; `country` is the seller's, for goods that go nowhere."""
    lines = [line for each in billables for line in _lines(each, rules, terms, country)]
    rounding = terms.at(billables[0].row.entity_id).tax_rounding
    taxable = [Taxable(line.price_minor, line.treatment) for line in lines]
    return Draft(tuple(billables), tuple(lines), tax_document(taxable, rounding=rounding))


def _lines(each: Billable, rules: TaxRules, terms: Terms, country: str) -> list[DraftLine]:
    def treated(item_group: str | None) -> Treatment | None:
        if each.has_given_taxes:
            return None
        address = each.row.ship_to or {}
        return rules.treatment(
            each.row.entity_id,
            country=address.get("country") or country,
            region=address.get("region"),
            item_group=item_group,
            party_code_id=terms.of(each.billed_party_id).tax_code_id,
        )

    goods = [
        DraftLine("goods", each, row, row.revenue_minor, row.tax_minor, treated(row.item_group))
        for row in each.lines
    ]
    if not each.row.shipping_minor:
        return goods
    carriage = DraftLine("shipping", each, None, each.row.shipping_minor, 0, treated(None))
    return [*goods, carriage]


def line_row(line: DraftLine, net_minor: int, tax_minor: int) -> dict[str, Any]:
    """A line as it is written, without its invoice and its number."""
    row, shipment = line.row, line.billable.row
    return {
        "kind": line.kind,
        "shipment_id": shipment.id,
        "order_id": shipment.order_id,
        "order_line_id": None if row is None else row.order_line_id,
        "shipment_line_id": None if row is None else row.id,
        "item_id": None if row is None else row.item_id,
        "description": f"Carriage of {shipment.number}" if row is None else row.description,
        "quantity": Decimal(1) if row is None else row.quantity,
        "net_minor": net_minor,
        "tax_minor": tax_minor + line.given_tax_minor,
        "tax_code_id": None if line.treatment is None else line.treatment.code_id,
    }
