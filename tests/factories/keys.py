"""The keys that seal secrets in tests."""

from domain.kernel.sealing import Keyring

KEYS = Keyring(["tests-" * 8])
