"""Secrets that are shown once and kept only as a hash."""

import hashlib
import secrets

TOKEN_MARK = "tr_"  # noqa: S105 - the beginning of every API token, so that scanners can find one


def new_secret(mark: str = "") -> str:
    """A random secret of 256 bits that is safe in addresses."""
    return mark + secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """SHA-256 in hexadecimal: enough for secrets nobody can guess, and quick to look up."""
    return hashlib.sha256(secret.encode()).hexdigest()
