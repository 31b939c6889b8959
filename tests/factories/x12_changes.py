"""X12 860: changes of orders, to put through a channel."""


def order_change(
    number: str,
    *lines: str,
    bch: str | None = None,
    purpose: str = "04",
    sequence: str = "",
    sent: str = "20260302*0900",
    control: str = "2",
) -> str:
    """An interchange with one 860 of the partner whose orders `purchase_order` makes; `bch` is its
    beginning where it is to be another."""
    begun = bch or f"BCH*{purpose}*SA*{number}**{sequence}*20260301"
    body = f"{begun}~{''.join(lines)}"
    count = body.count("~") + 2
    return (
        "ISA*00*          *00*          *ZZ*PARTNER        *ZZ*CROSSDOCK      "
        f"*260302*0900*U*00401*{control:0>9}*0*P*:~"
        f"GS*PC*PARTNER*CROSSDOCK*{sent}*{control}*X*004010~"
        f"ST*860*0001~{body}SE*{count}*0001~GE*1*{control}~IEA*1*{control:0>9}~"
    )
