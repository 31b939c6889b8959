"""Values for the schema's own scalars: mostly of their form, some of none."""

from typing import Any

from hypothesis import strategies as st
from hypothesis_graphql import nodes

from api.ids import global_id

_KINDS = ["Item", "Order", "Party", "Location", "Channel", "LegalEntity", "FulfilmentOrder"]
_IDS = st.builds(global_id, st.sampled_from(_KINDS), st.integers(1, 20)).map(str)
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "Decimal": st.decimals(-10, 10**13, places=3).map(str).map(nodes.String),
    "DateTime": st.datetimes().map(lambda moment: nodes.String(moment.isoformat() + "+00:00")),
    "Date": st.dates().map(lambda day: nodes.String(day.isoformat())),
    "Time": st.times().map(lambda time: nodes.String(time.isoformat())),
    "JSON": st.just(nodes.Object({})) if hasattr(nodes, "Object") else st.just(nodes.String("{}")),
    "ID": st.one_of(_IDS, st.text(max_size=20)).map(nodes.String),
}
