"""The door: everything that a client meets before the domain, over HTTP, SSE and WebSocket."""
