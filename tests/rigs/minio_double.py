"""A test double of MinIO's admin API, and of as much S3 as shows whether a key works.

Not MinIO: no MinIO server can be had from the package registries. Written from the documented protocol
(https://github.com/minio/minio/tree/master/docs/multi-user, `minio/madmin-go`: paths below /minio/admin/v3,
SigV4 with service "s3", bodies sealed under the admin's secret with Argon2id and AES-256-GCM chunks). The
sealing is the ``minio`` package's own, so this double cannot show that both are right, only that they agree.
"""

from __future__ import annotations

import http.server
import io
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from minio.crypto import decrypt, encrypt

ROOT, ROOT_SECRET = "minioroot", "minioroot-secret"
_ADMIN = "/minio/admin/v3/"
_SIGNED = re.compile(
    r"Credential=([^/]+)/(\d{8})/([^/]*)/s3/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)"
)


@dataclass
class State:
    """What the double remembers: users by access key, groups, policies, quotas, buckets."""

    users: dict[str, dict[str, str]] = field(default_factory=dict)
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    policies: dict[str, dict[str, Any]] = field(default_factory=dict)
    quotas: dict[str, int] = field(default_factory=dict)
    objects: dict[str, dict[str, bytes]] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    """Each admin request that is no GET: method, path, query, and the body where it is plain JSON."""

    def secret(self, access_key: str) -> str | None:
        if access_key == ROOT:
            return ROOT_SECRET
        user = self.users.get(access_key)
        return user["secretKey"] if user is not None and user["status"] == "enabled" else None

    def listed(self) -> dict[str, dict[str, str]]:
        return {key: {"status": user["status"]} for key, user in self.users.items()}

    def may(self, access_key: str, bucket: str) -> bool:
        """By the policy of a group the user is in; an absent bucket name is the list of buckets."""
        for name, group in self.groups.items():
            if access_key in group["members"] and group["status"] == "enabled":
                document = self.policies.get(group.get("policy", ""), {})
                arns = [arn for statement in document.get("Statement", ()) for arn in statement["Resource"]]
                if not bucket or f"arn:aws:s3:::{bucket}" in arns:
                    return bool(name)
        return access_key == ROOT


class MinioDouble:
    """Serves on a free port of loopback."""

    def __init__(self) -> None:
        self.state = State()
        state = self.state

        class Handler(_Handler):
            remembered = state

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.changes = state.changes
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _plain(body: bytes) -> str:
    if not body:
        return ""
    try:
        return " " + json.dumps(json.loads(body), separators=(",", ":"))
    except ValueError:
        return " (body sealed under the admin's secret)"


class _Body(io.BytesIO):
    """What the package's ``decrypt`` reads from."""

    def release_conn(self) -> None:
        """Nothing is held."""


class _Handler(http.server.BaseHTTPRequestHandler):
    remembered: State
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Be quiet."""

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        who = self._signer(body)
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        if who is None:
            self._refuse(403, "InvalidAccessKeyId")
        elif parts.path.startswith(_ADMIN):
            if who != ROOT:
                self._refuse(403, "AccessDenied")
            else:
                if self.command != "GET":
                    self.remembered.changes.append(f"{self.command} {self.path}{_plain(body)}")
                self._admin(parts.path.removeprefix(_ADMIN), query, body)
        else:
            self._s3(who, parts.path, body)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _handle

    def _signer(self, body: bytes) -> str | None:
        """The access key whose secret made this signature, by botocore's own signer."""
        match = _SIGNED.search(self.headers.get("Authorization") or "")
        secret = self.remembered.secret(match[1]) if match else None
        if match is None or secret is None:
            return None
        names = match[4].split(";")
        request = AWSRequest(
            self.command,
            f"http://{self.headers['Host']}{self.path}",
            {name: self.headers[name] for name in names if name in self.headers},
            body,
        )
        request.context["timestamp"] = self.headers["x-amz-date"]
        signer = S3SigV4Auth(Credentials(match[1], secret), "s3", match[3])
        canonical = signer.canonical_request(request)
        return (
            match[1]
            if signer.signature(signer.string_to_sign(request, canonical), request) == match[5]
            else None
        )

    def _admin(self, command: str, query: dict[str, str], body: bytes) -> None:
        state, done = self.remembered, lambda value=None: self._answer(200, _json(value))
        name = query.get("accessKey") or query.get("group") or query.get("name") or ""
        routes: dict[str, Callable[[], None]] = {
            "PUT add-user": lambda: (state.users.update({name: _opened(body)}), done())[1],
            "GET list-users": lambda: self._answer(200, encrypt(_json(state.listed()), ROOT_SECRET)),
            "DELETE remove-user": lambda: self._remove_user(name),
            "PUT set-user-status": lambda: (state.users[name].update(status=query["status"]), done())[1],
            "PUT update-group-members": lambda: self._members(json.loads(body)),
            "GET groups": lambda: done(sorted(state.groups)),
            "GET group": lambda: done({"name": name, **state.groups[name]}),
            "PUT add-canned-policy": lambda: (state.policies.update({name: json.loads(body)}), done())[1],
            "GET list-canned-policies": lambda: done(state.policies),
            "DELETE remove-canned-policy": lambda: (state.policies.pop(name), done())[1],
            "POST idp/builtin/policy/attach": lambda: self._attach(_opened(body)),
            "PUT set-bucket-quota": lambda: (
                state.quotas.update({query["bucket"]: json.loads(body)["quota"]}), done()
            )[1],
        }  # fmt: skip
        route = routes.get(f"{self.command} {command}")
        try:
            if route is None:
                raise KeyError(command)
            route()
        except KeyError:
            self._refuse(404, "XMinioAdminNoSuchUser")

    def _remove_user(self, name: str) -> None:
        del self.remembered.users[name]
        for group in self.remembered.groups.values():
            group["members"] = [member for member in group["members"] if member != name]
        self._answer(200, b"")

    def _members(self, change: dict[str, Any]) -> None:
        groups, name = self.remembered.groups, change["group"]
        members = change.get("members") or []
        if not isinstance(members, list) or any(member not in self.remembered.users for member in members):
            self._refuse(400, "XMinioAdminNoSuchUser")
            return
        group = groups.setdefault(name, {"status": "enabled", "members": [], "policy": ""})
        if not change["isRemove"]:
            group["members"] = sorted({*group["members"], *members})
        elif members:
            group["members"] = [member for member in group["members"] if member not in members]
        elif group["members"]:
            self._refuse(400, "XMinioAdminGroupNotEmpty")
            return
        else:
            del groups[name]
        self._answer(200, b"")

    def _attach(self, change: dict[str, Any]) -> None:
        group = self.remembered.groups[change["group"]]
        if group["policy"] == change["policies"][0]:
            self._refuse(400, "XMinioAdminPolicyChangeAlreadyApplied")
            return
        group["policy"] = change["policies"][0]
        self._answer(204, b"")

    def _s3(self, who: str, path: str, body: bytes) -> None:
        bucket, _, key = path.strip("/").partition("/")
        objects = self.remembered.objects
        if not self.remembered.may(who, bucket):
            self._refuse(403, "AccessDenied")
        elif not bucket:
            names = "".join(f"<Bucket><Name>{name}</Name></Bucket>" for name in objects)
            self._answer(
                200,
                f"<ListAllMyBucketsResult><Owner><ID>double</ID></Owner><Buckets>{names}</Buckets>"
                "</ListAllMyBucketsResult>".encode(),
            )
        elif "acl" in urlsplit(self.path).query:
            self._answer(200, b"<AccessControlPolicy><Owner><ID>double</ID></Owner></AccessControlPolicy>")
        elif bucket not in objects and not (self.command == "PUT" and not key):
            self._refuse(404, "NoSuchBucket")
        elif self.command == "PUT" and not key:
            objects.setdefault(bucket, {})
            self._answer(200, b"")
        elif self.command == "PUT":
            self._put(bucket, key, body)
        elif self.command == "DELETE":
            (objects[bucket] if key else objects).pop(key or bucket, None)  # type: ignore[union-attr]
            self._answer(204, b"")
        elif key and key not in objects[bucket]:
            self._refuse(404, "NoSuchKey")
        else:
            self._answer(200, objects[bucket][key] if key else b"", ETag='"0"')

    def _put(self, bucket: str, key: str, body: bytes) -> None:
        stored = self.remembered.objects[bucket]
        limit = self.remembered.quotas.get(bucket) or 0
        if limit and sum(map(len, stored.values())) + len(body) > limit:
            self._refuse(400, "XMinioAdminBucketQuotaExceeded")
            return
        stored[key] = body
        self._answer(200, b"", ETag='"0"')

    def _refuse(self, status: int, code: str) -> None:
        if self.path.startswith(_ADMIN):
            self._answer(status, _json({"Code": code}))
        else:
            self._answer(status, f"<Error><Code>{code}</Code></Error>".encode())

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0" if status == 204 else str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(body)


def _json(value: Any) -> bytes:
    return b"" if value is None else json.dumps(value).encode()


def _opened(body: bytes) -> Any:
    return json.loads(decrypt(_Body(body), ROOT_SECRET))  # type: ignore[arg-type]
