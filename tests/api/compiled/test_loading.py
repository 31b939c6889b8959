"""What a resolver loads is known only where it does nothing else."""

from types import SimpleNamespace
from typing import Any

from api.compiled.loading import Load, load_of
from api.orders.lines import OrderLine, load_lines_of_orders
from api.orders.orders import Order


async def _loads(self: Any, info: Any) -> Any:
    return await info.context.load(load_lines_of_orders, self.row_id)


async def _loads_by_what_may_be_absent(self: Any, info: Any) -> Any:
    if self.row_id is None:
        return None
    return await info.context.load(load_lines_of_orders, self.row_id)


async def _decides(self: Any, info: Any) -> Any:
    if self.deleted_at is None:
        return await info.context.load(load_lines_of_orders, self.row_id)
    return None


async def _works_on_it(self: Any, info: Any) -> Any:
    return len(await info.context.load(load_lines_of_orders, self.row_id))


async def _works_on_the_key(self: Any, info: Any) -> Any:
    return await info.context.load(load_lines_of_orders, self.row_id + 1)


async def _asks_who_it_is(self: Any, info: Any) -> Any:
    return await info.context.load(load_lines_of_orders, info.context.principal.tenant_id)


def test_a_method_that_only_loads_is_known_by_its_batch_and_key() -> None:
    assert load_of(_loads, "info") == Load(load_lines_of_orders, "row_id", (), False)
    maybe = load_of(_loads_by_what_may_be_absent, "info")
    assert maybe == Load(load_lines_of_orders, "row_id", (), True)


def test_a_method_with_any_other_thought_in_it_stays_as_it_is() -> None:
    others = (_decides, _works_on_it, _works_on_the_key, _asks_who_it_is)
    assert [load_of(method, "info") for method in others] == [None] * 4


def test_objects_that_stand_on_rows_work_out_what_is_asked_for() -> None:
    row = SimpleNamespace(id=7, net_minor=1050, currency="EUR", line_number=2)
    line = OrderLine.of(row)
    assert (line.row_id, line.line_number, str(line.net.amount)) == (7, 2, "10.50")
    assert set(vars(line)) == {"_row", "row_id", "line_number", "net"}
    assert not hasattr(Order.of(row), "number")
