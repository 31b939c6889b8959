"""How tenancy says no."""

from datetime import timedelta


class AuthenticationFailed(Exception):
    """The caller is not who it says, or no longer allowed in.

    The message is the same for every cause, so that nothing leaks; `reason` is for the log."""

    message = "Sign-in failed or is no longer valid."

    def __init__(self, reason: str) -> None:
        super().__init__(self.message)
        self.reason = reason


class TooManyAttempts(Exception):
    """Sign-in was tried too often. `retry_after` says how long to wait."""

    message = "Too many sign-in attempts. Wait, then try again."

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(self.message)
        self.retry_after = retry_after
