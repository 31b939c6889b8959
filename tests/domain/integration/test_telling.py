"""Outsiders are told ids with which they can ask the API."""

from domain.integration.telling import told_data


def test_ids_are_told_as_the_api_knows_them() -> None:
    payload = {"number": "SO-1", "owner_id": 3, "item_ids": [4], "external_id": "A-9"}
    assert told_data("order", 7, payload) == {
        "aggregate": "order",
        "aggregate_id": "T3JkZXI6Nw",
        "number": "SO-1",
        "owner_id": "TGVnYWxFbnRpdHk6Mw",
        "item_ids": ["SXRlbTo0"],
        "external_id": "A-9",
    }


def test_what_only_our_workers_need_is_not_told() -> None:
    assert "after_line_id" not in told_data("backorder_queue", 1, {"after_line_id": 5})
