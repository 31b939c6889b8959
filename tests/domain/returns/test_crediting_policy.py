"""However a line is credited in parts, it never exceeds what was billed, and closes to it."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.returns.policies.crediting import LineSale, Part, credit_of, fee_of, shipping_of

D = Decimal
AMOUNTS = st.integers(min_value=0, max_value=10**9)


@st.composite
def parts(draw: st.DrawFn) -> tuple[Decimal, list[Decimal]]:
    """A quantity that was shipped, and parts of it that come back."""
    sizes = draw(st.lists(st.integers(1, 10_000), min_size=1, max_size=12))
    scale = draw(st.sampled_from([1, 10, 1000]))
    shipped = D(sum(sizes)) / scale
    return shipped, [D(size) / scale for size in sizes]


@given(parts(), AMOUNTS, AMOUNTS)
def test_any_parts_close_to_what_was_billed(
    split: tuple[Decimal, list[Decimal]], net: int, tax: int
) -> None:
    shipped, pieces = split
    sale = LineSale(shipped=shipped, net_minor=net, tax_minor=tax)
    for piece in pieces:
        part = credit_of(sale, piece)
        assert part.net_minor >= 0
        assert part.tax_minor >= 0
        sale = sale.after(piece, part)
        assert sale.credited_net_minor <= net
        assert sale.credited_tax_minor <= tax
    assert (sale.credited_net_minor, sale.credited_tax_minor) == (net, tax)


@given(parts(), AMOUNTS, AMOUNTS, st.data())
def test_what_others_paid_in_between_is_never_paid_again(
    split: tuple[Decimal, list[Decimal]], net: int, tax: int, data: st.DataObject
) -> None:
    shipped, pieces = split
    sale = LineSale(shipped=shipped, net_minor=net, tax_minor=tax)
    for piece in pieces:
        part = credit_of(sale, piece)
        if data.draw(st.booleans()):
            most = net - sale.credited_net_minor, tax - sale.credited_tax_minor
            part = Part(*(data.draw(st.integers(0, each)) for each in most))
        sale = sale.after(piece, part)
    assert sale.credited_net_minor <= net
    assert sale.credited_tax_minor <= tax


@given(st.lists(AMOUNTS, min_size=1, max_size=8), AMOUNTS)
def test_shipping_goes_back_with_the_goods_and_never_twice(nets: list[int], shipping: int) -> None:
    billed, credited, gone = sum(nets), 0, 0
    for net in nets:
        gone += net
        part = shipping_of(
            shipping_minor=shipping,
            credited_minor=credited,
            net_after_minor=gone,
            net_billed_minor=billed,
        )
        assert part >= 0
        credited += part
        assert credited <= shipping
    assert credited == shipping


@given(AMOUNTS, AMOUNTS, st.integers(0, 1000), AMOUNTS, st.integers(1, 100), st.integers(0, 99))
def test_a_fee_is_never_more_than_what_it_is_of(
    net: int, tax: int, tenths: int, fixed: int, line: int, before: int
) -> None:
    fee = fee_of(
        part=Part(net, tax),
        percent=D(tenths) / 10,
        fixed_minor=fixed,
        credited_before=D(min(before, line - 1)),
        credited_after=D(line),
        line_quantity=D(line),
    )
    assert 0 <= fee <= net + tax


def test_a_third_at_a_time() -> None:
    sale = LineSale(shipped=D(3), net_minor=1000, tax_minor=190)
    told = []
    for _ in range(3):
        part = credit_of(sale, D(1))
        told.append((part.net_minor, part.tax_minor))
        sale = sale.after(D(1), part)
    assert told == [(333, 63), (334, 64), (333, 63)]
