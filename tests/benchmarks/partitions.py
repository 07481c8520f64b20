"""Tenants spread over partitions of a distributed database, on generated data: how uneven does it get?

    python -m tests.benchmarks.partitions [--tenants 10000] [--seed 1]

Tenants have object counts by a Zipf law (exponent 1.1). A tenant lives in one partition, chosen by the hash
of its id; or it is cut into ranges of object keys once it is larger than a limit. Printed: the fullest
partition against the mean, and the share of objects whose tenant lies in one partition.
"""

from __future__ import annotations

import argparse
import hashlib
import random


def spread(sizes: list[int], partitions: int, limit: int | None) -> tuple[float, float]:
    """Fullest partition against the mean; share of objects whose tenant lies in one partition."""
    load = [0] * partitions
    whole = 0
    for tenant, size in enumerate(sizes):
        ranges = 1 if limit is None else -(-size // limit)
        whole += size if ranges == 1 else 0
        for number in range(ranges):
            digest = hashlib.sha256(f"t{tenant}/{number}".encode()).digest()
            load[int.from_bytes(digest[:8], "big") % partitions] += size // ranges
    return max(load) / (sum(load) / partitions), whole / sum(sizes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tenants", type=int, default=10_000)
    parser.add_argument("--objects", type=int, default=1_000_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    weights = [chance.uniform(0.5, 1.5) / (rank + 1) ** 1.1 for rank in range(options.tenants)]
    sizes = [max(1, int(options.objects * weight / sum(weights))) for weight in weights]
    print(f"{options.tenants:,} tenants, {sum(sizes):,} objects, the largest has {max(sizes):,}")
    for partitions in (4, 16, 64):
        for limit in (None, 50_000_000, 5_000_000):
            uneven, single = spread(sizes, partitions, limit)
            cut = "never cut" if limit is None else f"cut at {limit:,}"
            print(
                f"{partitions:>3} partitions, {cut:<17} fullest/mean {uneven:5.2f}   undivided {single:4.0%}"
            )


if __name__ == "__main__":
    main()
