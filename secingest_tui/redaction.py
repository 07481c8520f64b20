"""Takes secrets out of text that a person is about to give away: details of an error, copied into a report.

Errors are written without secrets in the first place; this is for what others wrote into them, such as a
provider that quotes the request.
"""

from __future__ import annotations

import re

LEFT_OUT = "(left out)"

_NAMES = (
    r"(?:aws[_-]?)?secret(?:[_-]?(?:access[_-]?)?key)?|pass(?:word|phrase|wd)|(?:session[_-]?|security[_-]?)?token"
    r"|(?:api|admin|private)[_-]?key"
)
_VALUE = r"(?:\"[^\"]*\"|'[^']*'|[^\s\"',;&}]+)"
_RULES = (
    # PEM, whatever is in it.
    (re.compile(r"-----BEGIN [^-]*PRIVATE KEY-----.*?(?:-----END [^-]*-----|\Z)", re.DOTALL), LEFT_OUT),
    # Headers that carry one: the rest of the line.
    (
        re.compile(r"(?i)\b((?:proxy-)?authorization|x-admin-key|x-amz-security-token|(?:set-)?cookie)"
                   r"([\"']?\s*[:=]\s*)[^\r\n]+"),
        rf"\1\2{LEFT_OUT}",
    ),
    # Of a signed URL or a SigV4 header.
    (re.compile(r"(?i)\b((?:x-amz-)?(?:signature|credential))=[^&\s,\"']+"), rf"\1={LEFT_OUT}"),
    (re.compile(r"(://)[^/\s:@]+:[^/\s@]+@"), rf"\1{LEFT_OUT}@"),
    # name: value, name=value, "name": "value"; and a flag with its value.
    (re.compile(rf"(?i)(?<![a-z0-9])({_NAMES})([\"']?\s*[:=]\s*){_VALUE}"), rf"\1\2{LEFT_OUT}"),
    (re.compile(rf"(?i)(--[a-z-]*(?:{_NAMES}))(\s+){_VALUE}"), rf"\1\2{LEFT_OUT}"),
    # What looks like one: an S3 secret has 40 characters of base64; ours are longer, without a slash.
    (
        re.compile(r"(?<![\w/+=-])(?=[^\s]*[a-z])(?=[^\s]*[A-Z])(?=[^\s]*[0-9])"
                   r"(?:[A-Za-z0-9/+]{40}|[A-Za-z0-9_+-]{32,})(?![\w/+-])"),
        LEFT_OUT,
    ),
)  # fmt: skip


def redacted(text: str) -> str:
    """``text`` with every secret that can be told as one replaced by ``LEFT_OUT``."""
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text
