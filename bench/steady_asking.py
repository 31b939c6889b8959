"""One tenant that asks at a steady rate, in a process of its own.

    python -m bench.steady_asking PORT A_SECOND CONNECTIONS BEGIN SECONDS   (the token on stdin)

From the moment BEGIN (seconds since 1970) on; prints [the seconds that answers took, how many
there were of each status]. What is asked in the first second is not counted."""

import asyncio
import json
import os
import sys
import time
from collections import Counter

QUERY = "query Bench { parties(first: 50) { nodes { id code name roles version } } }"
NOT_COUNTED_SECONDS = 1.0
# Above it a client stands for many other machines, and shall not take the server's processor.
POLITE_ABOVE = 100


async def ask_steadily(
    port: int, token: str, *, a_second: float, connections: int, begin: float, seconds: float
) -> tuple[list[float], Counter[str]]:
    """Ask until `seconds` after `begin`. A request that finds no connection free comes late; what
    counts is the time from the moment when it could be sent."""
    body = json.dumps({"query": QUERY}).encode()
    request = (
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Authorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s"
    ) % (token.encode(), len(body), body)
    took: list[float] = []
    seen: Counter[str] = Counter()
    due = (begin + n / a_second for n in range(int(a_second * seconds)))

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for moment in due:
            await asyncio.sleep(max(0.0, moment - time.time()))
            started = time.time()
            if started > begin + seconds:
                break
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            answer = await reader.readexactly(length)
            if started >= begin + NOT_COUNTED_SECONDS:
                took.append(time.time() - started)
                seen["served" if b'"data"' in answer else "refused"] += 1
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return took, seen


if __name__ == "__main__":
    port, a_second, connections, begin, seconds = sys.argv[1:]
    if float(a_second) > POLITE_ABOVE:
        os.nice(10)
    asking = ask_steadily(
        int(port),
        sys.stdin.read(),
        a_second=float(a_second),
        connections=int(connections),
        begin=float(begin),
        seconds=float(seconds),
    )
    print(json.dumps(asyncio.run(asking)))
