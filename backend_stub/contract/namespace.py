"""The deterministic bucket rule: which bucket a tenant's data has on a backend.

    <prefix>-<hex>-<suffix>

`hex` is the beginning of SHA-256 over UTF-8 `customer:region:logical:backend:counter`; `suffix` is the
beginning of the backend's provider slug. Both sides compute the same name without asking each other.
"""

from __future__ import annotations

import hashlib
import re

PREFIX = "s3gw"
DEFAULT_LOGICAL = "data"
DEFAULT_LENGTH = 16
MIN_LENGTH = 8
MAX_LENGTH = 32
MAX_BUCKET_LENGTH = 63  # Amazon S3 user guide, "General purpose bucket naming rules"

# A backend that nobody registered has no known region. The rule still needs one.
UNKNOWN_REGION = "unknown"


def namespace_suffix(slug: str) -> str:
    """At most 8 characters of a provider slug, cleaned so that a bucket name stays valid; may be empty."""
    clean = re.sub(r"[^a-z0-9-]", "", slug.lower().replace("_", "-"))
    # Separators are collapsed after the cut too: the cut may end on one.
    return re.sub(r"-{2,}", "-", clean).strip("-")[:8].rstrip("-")


def namespace_bucket(
    customer: str,
    region: str,
    logical: str,
    backend: str,
    provider_slug: str,
    counter: int = 0,
    length: int = DEFAULT_LENGTH,
) -> str:
    """The bucket of `customer`'s logical bucket on `backend`, as `s3gw-a1b2c3d4-spacetim` (length 8).

    `provider_slug` is the backend's provider, or "" where it has none: then the backend's id is used.
    `counter` rises only when the name is already mapped to something else; `length` is the number of
    hexadecimal digits, 8 to 32.

    Raises ValueError for an empty component, a ':' in one, a negative counter or a length out of range.
    """
    components = {"customer": customer, "region": region, "logical": logical, "backend": backend}
    for name, value in components.items():
        if not value:
            raise ValueError(f"{name} must not be empty")
        if ":" in value:
            raise ValueError(f"{name} must not contain ':'")
    if counter < 0:
        raise ValueError("counter must not be negative")
    if not MIN_LENGTH <= length <= MAX_LENGTH:
        raise ValueError(f"length must be {MIN_LENGTH} to {MAX_LENGTH}")
    digest = hashlib.sha256(f"{customer}:{region}:{logical}:{backend}:{counter}".encode()).hexdigest()
    parts = [PREFIX, digest[:length], namespace_suffix(provider_slug or backend)]
    return "-".join(part for part in parts if part)
