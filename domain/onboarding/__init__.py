"""Bringing a company on, from its sign-up to its deletion: access, the door, imports, templates,
readiness, the sandbox, operators."""
