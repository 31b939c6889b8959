"""CPU of one request to the API, beside plain JSON of the same bytes and stock Strawberry.

Three servers run at once, one process each, and are asked in turn over loopback by one client;
what counts is the CPU time of the server's process. The rounds alternate and the medians of
their ratios count, so that a busy machine slows all three alike."""

import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from bench.graphql_shapes import DOCUMENTS
from bench.results import Result

ROUNDS = 9
WARMING = 30
REQUESTS = {"ours": 300, "raw": 300, "stock": 40}
AT_MOST_RAW = {"ping": 3.0, "list 50×10": 5.0, "nested 50×5": 5.0}
AT_LEAST_STOCK = {"list 50×10": 8.0, "nested 50×5": 12.0}


class Server:
    """A running server and one connection to it."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(self, document: str, times: int) -> bytes:
        """The same request so many times; the last answer."""
        body = json.dumps({"query": document})
        headers = {"content-type": "application/json", "accept": "application/json"}
        answer = b""
        for _ in range(times):
            self._connection.request("POST", "/graphql", body, headers)
            response = self._connection.getresponse()
            answer = response.read()
            assert response.status == 200, answer
        return answer

    def cpu_seconds(self) -> float:
        """What its process has used since it began."""
        self._connection.request("GET", "/cpu")
        return int(self._connection.getresponse().read()) / 1e9

    def microseconds(self, document: str, times: int) -> float:
        """CPU of one request, as the mean of so many."""
        before = self.cpu_seconds()
        self.ask(document, times)
        return (self.cpu_seconds() - before) / times * 1e6


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _serving(kind: str) -> Iterator[Server]:
    port = _free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.graphql_server", kind, str(port)])
    try:
        _wait_for(port)
        yield Server(port)
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def measure() -> list[Result]:
    """All comparisons."""
    with _serving("ours") as ours, _serving("raw") as raw, _serving("stock") as stock:
        servers = {"ours": ours, "raw": raw, "stock": stock}
        _check_answers(servers)
        return [
            result
            for shape, document in DOCUMENTS.items()
            for result in _compared(shape, _rounds(servers, document))
        ]


def _check_answers(servers: dict[str, Server]) -> None:
    for document in DOCUMENTS.values():
        answers = [json.loads(each.ask(document, WARMING))["data"] for each in servers.values()]
        assert answers[0] == answers[1] == answers[2], document


def _rounds(servers: dict[str, Server], document: str) -> list[dict[str, float]]:
    return [
        {name: server.microseconds(document, REQUESTS[name]) for name, server in servers.items()}
        for _ in range(ROUNDS)
    ]


def _compared(shape: str, rounds: list[dict[str, float]]) -> Iterator[Result]:
    raw = {name: round(median(each[name] for each in rounds), 1) for name in rounds[0]}
    against_raw = median(each["ours"] / each["raw"] for each in rounds)
    yield Result.at_most(f"graphql {shape}: CPU of raw JSON", against_raw, AT_MOST_RAW[shape], raw)
    if shape in AT_LEAST_STOCK:
        against_stock = median(each["stock"] / each["ours"] for each in rounds)
        yield Result.at_least(
            f"graphql {shape}: better than stock Strawberry",
            against_stock,
            AT_LEAST_STOCK[shape],
            raw,
        )
