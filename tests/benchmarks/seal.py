"""Sealing memory to memory, beside what ``openssl speed`` reaches on as many threads.

    python tests/benchmarks/seal.py [--mib 1024] [--rounds 3]

Ours and theirs take turns, so that a neighbour's load falls on both; the ratio is of the medians.
Theirs encrypts one buffer that stays in the cache; ours reads all of the plaintext from memory, writes
the ciphertext to memory, and makes complete frames with their tags.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from secingest_tui.crypto.esdk import DEFAULT_FRAME_LENGTH, Sealer
from secingest_tui.crypto.esdk.frames import body_length
from secingest_tui.crypto.keyfile import KeyType, generate
from secingest_tui.crypto.recipients.loading import recipient_for

MIB = 1024 * 1024
PART_FRAMES = 8
OPENSSL_SECONDS = 3


def openssl_rate(threads: int) -> float:
    """GiB/s of AES-256-GCM over 1 MiB blocks, as openssl reports it."""
    command = [
        "openssl",
        "speed",
        "-mr",
        "-evp",
        "aes-256-gcm",
        "-bytes",
        str(MIB),
        "-seconds",
        str(OPENSSL_SECONDS),
    ]
    if threads > 1:
        command += ["-multi", str(threads)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.findall(r"^\+F:\d+:[^:]+:([\d.]+)$", text, re.MULTILINE)
    return float(found[-1]) / 1024**3


def seal_rate(plaintext: memoryview, out: memoryview, threads: int) -> float:
    """GiB/s of complete frames, 1 MiB each, in parts of eight, into memory that is already there."""
    sealer = Sealer([recipient_for(generate(KeyType.P256).public_key(), "bench")], {"bench": "seal"})
    part = PART_FRAMES * DEFAULT_FRAME_LENGTH
    sealed = body_length(part, DEFAULT_FRAME_LENGTH, final=False)

    def work(index: int) -> None:
        sealer.seal(
            1 + index * PART_FRAMES,
            plaintext[index * part : (index + 1) * part],
            out[index * sealed : (index + 1) * sealed],
            final=False,
        )

    parts = range(len(plaintext) // part)
    with ThreadPoolExecutor(threads) as pool:
        started = time.perf_counter()
        for _ in pool.map(work, parts):
            pass
        taken = time.perf_counter() - started
    return len(parts) * part / 1024**3 / taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mib", type=int, default=1024, help="plaintext in MiB, a multiple of 8")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    plaintext = memoryview(bytearray(b"\x5a" * (options.mib * MIB)))
    room = body_length(len(plaintext), DEFAULT_FRAME_LENGTH, final=False)
    out = memoryview(bytearray(b"\x01" * room))
    print(f"{platform.machine()}, Python {platform.python_version()}, {options.mib} MiB")
    for threads in (1, 2):
        ours, theirs = [], []
        for _ in range(options.rounds):
            ours.append(seal_rate(plaintext, out, threads))
            theirs.append(openssl_rate(threads))
        row = {
            "threads": threads,
            "ours_gib_s": [round(rate, 2) for rate in ours],
            "openssl_gib_s": [round(rate, 2) for rate in theirs],
            "ratio_of_medians": round(median(ours) / median(theirs), 3),
        }
        print(json.dumps(row))


if __name__ == "__main__":
    main()
