"""The rules that choose and refuse locations, as programs and people read them."""

CHOSEN = {
    "highest_priority": "Comes before the others by priority.",
    "shortest_distance": "Is nearer to the customer than the others.",
    "lowest_cost": "Ships for less than the others.",
    "deepest_stock": "Has more than the others.",
    "most_capacity": "Has more capacity left today than the others.",
    "fewest_splits": "Keeps the order in fewer parcels than the others would.",
    "first_expiry": "Has what expires first.",
    "takes_remainder": "Gave what the locations before it did not have.",
    "serves_whole_order": "The order may not be split, and this location has all of it.",
    "best_single_location": "The order may not be split; no location has all, this has the most.",
    "bound_to_location": "The order may not be split, and a part of it is here already.",
    "override_from_order": "Taken from another order by an approved override.",
    "override_from_location": "Taken from here against the rules, by an approved override.",
    "planned_by_run": "A run over all open orders planned it so.",
}
REFUSED = {
    "not_in_policy": "The policy does not use this location.",
    "strategy_not_applicable": "Only strategies use it whose conditions this order does not meet.",
    "location_closed": "The location is closed.",
    "no_stock": "Nothing is available here.",
    "owned_by_other_entity": "What lies here belongs to another entity.",
    "taken_before": "Orders or lines before this one took what was here.",
    "lot_expired": "What lies here has expired.",
    "lot_not_released": "What lies here is in quarantine or recalled.",
    "shelf_life_too_short": "What lies here expires too soon.",
    "kept_as_minimum": "What lies here is kept back as minimum inventory.",
    "capacity_exhausted": "The location has no capacity left today.",
    "too_far": "The location is farther from the customer than allowed.",
    "lower_rank_sufficient": "Locations before it gave all that was asked for.",
    "split_not_allowed": "The order may not be split, and another location serves it.",
    "protected_for_others": "What lies here is protected for others.",
    "too_many_splits": "The order would be split over more locations than allowed.",
    "no_fallback": "The strategy before it does not fall back to this one.",
    "kit_incomplete": "Not all that the kit is made of is here.",
    "rejected_by_location": "The location rejected it before.",
    "rejected_too_often": "Locations rejected it too often: it waits for a person.",
    "all_or_nothing": "The order wants everything or nothing, and not everything is there.",
    "ship_complete": "The order ships complete, and not everything is there: it waits.",
}
RULES = CHOSEN | REFUSED
# The rule that says that a criterion decided.
BY_CRITERION = {
    "priority": "highest_priority",
    "distance": "shortest_distance",
    "cost": "lowest_cost",
    "stock_depth": "deepest_stock",
    "capacity": "most_capacity",
    "fewest_splits": "fewest_splits",
    "expiry": "first_expiry",
}
