"""What can go wrong with the embedded engines, said so that it can be mended."""


class EngineError(Exception):
    """An embedded engine cannot run; the message says why, `remedy` what to do about it."""

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(f"{message}\n  What to do: {remedy}")
        self.message = message
        self.remedy = remedy
