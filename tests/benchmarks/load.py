"""wrk, driven with whole requests that were signed beforehand; what they cost the server."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from statistics import median
from typing import Any

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.server.support import Client

SCRIPT = """
local requests = {}
local file = io.open(os.getenv("REQUESTS"), "rb")
for line in file:lines() do
  local length = tonumber(line)
  requests[#requests + 1] = file:read(length)
  file:read(1)
end
local at = 0
function request()
  at = at % #requests + 1
  return requests[at]
end
function done(summary, latency, more)
  local shape = '{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "refused": %d, "lost": %d}\\n'
  io.write(string.format(shape,
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""


def signed(client: Client, method: str, path: str, payload: Any = None) -> bytes:
    """A whole HTTP/1.1 request, signed as botocore signs it."""
    body = b"" if payload is None else json.dumps(payload).encode()
    request = AWSRequest(method=method, url=client.url + path, data=body)
    S3SigV4Auth(Credentials(str(client.access_key), client.secret), "s3", "eu-central-1").add_auth(request)
    head = [f"{method} {path} HTTP/1.1", f"Host: {client.url.removeprefix('http://')}"]
    head += [f"{name}: {value}" for name, value in request.headers.items() if name.lower() != "host"]
    head += [f"Content-Length: {len(body)}"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def wrk(
    url: str, requests: list[bytes], seconds: int, connections: int, folder: Path, pid: int | None = None
) -> dict[str, float]:
    """Requests a second (`rate`), latencies in microseconds; with `pid` processor seconds a request."""
    path, script = folder / "requests", folder / "script.lua"
    path.write_bytes(b"".join(b"%d\n%s\n" % (len(one), one) for one in requests))
    script.write_text(SCRIPT)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script), url]
    before = processor_seconds(pid) if pid else 0.0
    done = subprocess.run(
        command, env={**os.environ, "REQUESTS": str(path)}, capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    if pid:
        found["cost"] = (processor_seconds(pid) - before) / max(1, found["requests"])
    found["rate"] = found["requests"] / found["microseconds"] * 1e6
    return found


def report(name: str, found: list[dict[str, float]], unit: int = 1, wrong: str = "refused") -> float:
    rate = median(one["rate"] for one in found) * unit
    p50, p99 = (median(one[name] for one in found) / 1000 for name in ("p50", "p99"))
    cost = (
        f"{median(one['cost'] for one in found) * 1000 / unit:7.2f} ms processor time"
        if "cost" in found[0]
        else ""
    )
    bad = sum(one["refused"] + one["lost"] for one in found)
    print(
        f"  {name:<44} {rate:10,.0f}/s   p50 {p50:7.1f} ms   p99 {p99:7.1f} ms   {wrong} {bad:.0f}  {cost}",
        flush=True,
    )
    return rate


def memory(pid: int) -> float:
    """MiB in use."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024


def processor_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
