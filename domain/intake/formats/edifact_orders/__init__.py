"""Orders and changes of orders in EDIFACT: ORDERS and ORDCHG."""
