"""What most systems do: a loop in plain Python over the lines in order of arrival, each from the
locations by rank. It is what a batch run is measured against."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

Given = dict[int, list[tuple[int, Decimal]]]


def greedy(lines: list[dict[str, Any]], stock: dict[tuple[int, int], Decimal]) -> Given:
    """What each line (id, item, quantity) gets: location and quantity of each part."""
    left = dict(stock)
    places: dict[int, list[int]] = defaultdict(list)
    for item, location in sorted(left):
        places[item].append(location)
    given: Given = {}
    for line in sorted(lines, key=lambda each: each["id"]):
        missing, takes = line["quantity"], []
        for location in places[line["item"]]:
            quantity = min(missing, left[line["item"], location])
            if quantity > 0:
                left[line["item"], location] -= quantity
                missing -= quantity
                takes.append((location, quantity))
            if not missing:
                break
        given[line["id"]] = takes
    return given
