"""Who may come in: signatures, addressing styles, strangers and other tenants."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import replace

from secingest_tui.services.providers.probe.answers import Answer, could_not_tell, no, yes
from secingest_tui.services.providers.probe.workplace import Workplace
from secingest_tui.storage import S3Settings
from secingest_tui.storage.asking import Asker, Reply

_KNOWN_BUT_NOT_ALLOWED = ("AccessDenied", "AllAccessDisabled", "AccountProblem")


def check_signature(asker: Asker) -> Answer:
    """``signature_v4``: that a known identity may not do this one thing proves the signature too."""
    reply = asker.ask("list_buckets")
    if reply.ok:
        return yes("signature_v4", "it listed the buckets of these credentials")
    if reply.code in _KNOWN_BUT_NOT_ALLOWED:
        return yes("signature_v4", "it knows these credentials, which may not list buckets", reply.words)
    if reply.unanswered:
        return could_not_tell("signature_v4", "it did not answer the signed request", reply.words)
    return no("signature_v4", _why_not(reply), reply.words)


def _why_not(reply: Reply) -> str:
    fix = reply.error.hint if reply.error is not None else ""
    what = {
        "InvalidAccessKeyId": "it does not know the access key",
        "SignatureDoesNotMatch": "the secret key does not fit the access key",
        "RequestTimeTooSkewed": "this machine's clock is too far off for a signature",
        "AuthorizationHeaderMalformed": "it wants another region in the signature",
    }.get(reply.code, "it refused the signed request")
    return f"{what}; {fix}" if fix else what


def check_strangers(asker: Asker, place: Workplace) -> Iterator[Answer]:
    """``refuses_strangers``: a wrong secret and no signature at all must both be refused."""
    question = "refuses_strangers"
    settings = asker.settings
    if settings.access_key is None:
        # With a profile the secret is not ours to change.
        wrong = None
    else:
        stranger = Asker(replace(settings, secret_key=secrets.token_hex(20)))
        wrong = stranger.ask("list_buckets")
        stranger.close()
        if wrong.ok:
            yield no(question, "it accepted a signature made with a wrong secret key")
            return
    url = asker.presigned("list_objects_v2", 60, Bucket=place.bucket or "secingest-probe").partition("?")[0]
    bare = asker.send("GET", url)
    if bare.ok and place.bucket is not None:
        yield no(question, "it listed a private bucket without any signature")
    elif place.bucket is not None and bare.refused and (wrong is None or wrong.refused):
        yield yes(question, "a wrong secret and no signature were both refused", (wrong or bare).words)
    elif wrong is not None and wrong.refused:
        yield yes(question, "a wrong secret was refused; unsigned requests were not tried", wrong.words)
    else:
        yield could_not_tell(question, "it neither let a stranger in nor refused one", (wrong or bare).words)


def check_addressing(settings: S3Settings, bucket: str) -> Iterable[Answer]:
    """``addressing_path`` and ``addressing_virtual``, each by a signed HEAD of the bucket."""
    for style in ("path", "virtual"):
        question = f"addressing_{style}"
        if style == "virtual" and _is_address(settings):
            # botocore would silently use path style here.
            yield no(question, "the endpoint is an IP address: no bucket name can stand before it")
            continue
        asker = Asker(replace(settings, addressing=style))
        reply = asker.ask("head_bucket", Bucket=bucket)
        asker.close()
        if reply.ok:
            yield yes(question)
        elif reply.status is None:
            yield no(question, "", reply.words)
        elif reply.unanswered:
            yield could_not_tell(question, "it was busy", reply.words)
        else:
            yield no(question, "the bucket was not found that way", reply.words)


def _is_address(settings: S3Settings) -> bool:
    import ipaddress
    from urllib.parse import urlsplit

    try:
        ipaddress.ip_address(urlsplit(settings.endpoint or "").hostname or "")
    except ValueError:
        return False
    return True


def check_isolation(place: Workplace, other: S3Settings | None, other_tenant: str | None) -> Answer:
    """``tenant_isolation``: the other's credentials try to list, read, write and delete in our bucket."""
    question = "tenant_isolation"
    if other is None:
        return could_not_tell(question, "no second credentials were given (--other-tenant T)")
    if other.access_key is not None and other.access_key == place.asker.settings.access_key:
        return could_not_tell(
            question, "the second credentials are the same as the first: not another tenant's"
        )
    key = place.key("isolation")
    stored = place.asker.ask("put_object", Bucket=place.bucket, Key=key, Body=b"not yours")
    if not stored.ok:
        return could_not_tell(question, "there is no object to try it on", stored.words)
    asker = Asker(other)
    try:
        if (known := asker.ask("list_buckets")).code in ("InvalidAccessKeyId", "SignatureDoesNotMatch"):
            return could_not_tell(
                question, f"the credentials of {other_tenant} do not work at all", known.words
            )
        tried = {
            "list": asker.ask("list_objects_v2", Bucket=place.bucket, Prefix=place.made.prefix),
            "read": asker.ask("get_object", Bucket=place.bucket, Key=key),
            "write": asker.ask("put_object", Bucket=place.bucket, Key=key, Body=b"mine now"),
            "delete": asker.ask("delete_object", Bucket=place.bucket, Key=key),
        }
    finally:
        asker.close()
    let_in = [name for name, reply in tried.items() if reply.ok]
    if let_in:
        return no(question, f"another tenant's credentials could {', '.join(let_in)} in this bucket")
    if all(reply.refused for reply in tried.values()):
        return yes(question, "list, read, write and delete were refused", tried["read"].words)
    unsure = next(reply for reply in tried.values() if not reply.refused)
    return could_not_tell(question, "nothing was let in, but not everything was refused", unsure.words)
