"""An audit report as HTML, Markdown or JSON: for people, with the data for programs inside.

Names come from outside: what a terminal or a browser could take for more than text is escaped.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from secingest_tui.errors import UsageError
from secingest_tui.services.snapshots.reconcile import TITLES
from secingest_tui.text import size, visible

MARKER = b"\n<!-- secingest signed statement -->\n"
_DATA = ('<script type="application/json" id="secingest-report">', "</script>")
_MD_DATA = ("<!-- secingest-report\n", "\n-->")
_CLOSING = {
    "html": (b'<pre id="statement">', b"</pre></body></html>\n"),
    "md": (b"```json\n", b"\n```\n"),
    "json": (b"", b"\n"),
}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = (
    "body{font:15px/1.45 sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;margin:.5em 0}td,th{border:1px solid #bbb;padding:.2em .6em;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}th{background:#eee}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f4f4f4;padding:1em}"
)
Table = tuple[str, Sequence[str], list[Sequence[object]]]


def _sections(contents: dict[str, Any]) -> list[Table]:
    """Every table of the report: title, headings, rows."""
    snapshot, found = contents["snapshot"], contents["reconciliation"]
    verified = contents["verification"]
    tables: list[Table] = [
        ("Snapshot", ("field", "value"), [(name, value) for name, value in snapshot.items()]),
        (
            "Integrity",
            ("check", "result"),
            [
                ("every byte against hash and audit chain", "intact" if verified["intact"] else "ALTERED"),
                ("entries read", verified["entries_checked"]),
                *(("problem", text) for text in verified["problems"]),
            ],
        ),
        (
            "Buckets",
            ("bucket", "versioning", "object lock", "entries", "size", "left out by a cap"),
            [
                (
                    bucket["name"], bucket.get("versioning"), _lock(bucket), bucket["entries"],
                    size(bucket["bytes"]),
                    bucket.get("unlisted") or bucket.get("omitted_entries", 0),
                )
                for bucket in contents["buckets"]
            ],
        ),
        (
            "Against what is registered",
            ("what", "how many"),
            [
                *((name.replace("_", " "), found[name]) for name in (
                    "registered", "matched", "sidecars", "older_versions", "registered_later",
                    "registered_elsewhere", "not_covered",
                )),
                *((TITLES[code], number) for code, number in found["counts"].items()),
            ],
        ),
    ]  # fmt: skip
    if found["findings"]:
        title = "Findings" + _more(found["omitted_findings"])
        tables.append(
            (
                title,
                ("finding", "bucket", "key", "what", "next"),
                [
                    (TITLES[item["code"]], item["bucket"], item["key"], item["detail"], item["action"])
                    for item in found["findings"]
                ],
            )
        )
    tables += _compared(contents["comparison"]) + _recorded(contents)
    return tables


def _compared(compared: dict[str, Any] | None) -> list[Table]:
    if compared is None:
        return []
    total = compared["total"]
    earlier = compared["with"]
    return [
        (
            "Compared with an earlier snapshot",
            ("what", "value"),
            [
                ("earlier snapshot", f"{earlier['id']}, {earlier['backend']}, {earlier['taken_at']}"),
                ("its sha256", earlier["sha256"]),
                *((name, total[name]) for name in ("added", "removed", "changed")),
                ("unchanged", compared["unchanged"]),
                ("bytes of these before and after", f"{total['bytes_before']} and {total['bytes_after']}"),
                *(("note", note) for note in compared["notes"]),
            ],
        ),
        (
            "Changes by folder",
            ("folder", "added", "removed", "changed", "before", "after"),
            [
                (
                    name, item["added"], item["removed"], item["changed"], size(item["bytes_before"]),
                    size(item["bytes_after"]),
                )
                for name, item in compared["folders"].items()
            ],
        ),
        (
            "Changes" + _more(compared["omitted_changes"]),
            ("change", "bucket", "key", "fields"),
            [
                (item["kind"], item["bucket"], item["name"], ", ".join(item["fields"]))
                for item in compared["changes"]
            ],
        ),
    ]  # fmt: skip


def _recorded(contents: dict[str, Any]) -> list[Table]:
    run = contents["run"]
    tables: list[Table] = []
    if run is not None:
        rows: list[Sequence[object]] = [
            ("registered", item["object_key"], item["version"], item["receipt_id"])
            for item in run["receipts"]
        ]
        rows += [
            ("failed", item.get("object_key") or "-", item["code"], item["message"])
            for item in run["failures"]
        ]
        tables.append(
            ("The ingest before it", ("what", "object", "version or code", "receipt or cause"), rows)
        )
    tables.append(
        (
            "Restore drills",
            ("recorded", "sample", "verified", "failed", "audit entry"),
            [
                (
                    drill["recorded_at"], drill["result"]["sample"], drill["result"]["verified"],
                    drill["result"]["sample"] - drill["result"]["verified"], drill["sequence"],
                )
                for drill in contents["drills"]
            ],
        )
    )  # fmt: skip
    tables.append(
        (
            "Audit log about the snapshot",
            ("entry", "at", "who", "what"),
            [
                (entry["sequence"], entry["at"], entry["actor"], entry["action"])
                for entry in contents["audit"]
            ],
        )
    )
    return tables


def _lock(bucket: dict[str, Any]) -> str:
    if bucket.get("object_lock") is None:
        return "unknown"
    if not bucket["object_lock"]:
        return "off"
    mode = bucket.get("retention_mode")
    return f"on, {mode} {bucket.get('retention_days')} days" if mode else "on"


def _more(omitted: int) -> str:
    return f" (the first; {omitted:,} more are counted only)" if omitted else ""


def _title(contents: dict[str, Any]) -> str:
    snapshot = contents["snapshot"]
    return f"Audit report: {snapshot['tenant_id']} at {snapshot['backend']}, {snapshot['taken_at']}"


_HOW = (
    "Verify this file offline: secingest audit verify FILE --server-key KEY.pem (the server's key, from a "
    "source you trust). Any altered byte shows."
)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else visible(str(value))


def html_body(contents: dict[str, Any]) -> bytes:
    # "<" never appears inside the data, so nothing in it can end the element.
    data = json.dumps(contents, sort_keys=True).replace("<", "\\u003c").replace("&", "\\u0026")
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        f"<title>{html.escape(_title(contents))}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{html.escape(_title(contents))}</h1><p>Made {html.escape(contents['made_at'])}. {_HOW}</p>",
    ]
    for title, headings, rows in _sections(contents):
        parts.append(f"<h2>{html.escape(title)}</h2>")
        parts.append(_html_table(headings, rows) if rows else "<p>None.</p>")
    parts.append(f"{_DATA[0]}{data}{_DATA[1]}")
    parts.append("<h2>Signed statement of the server</h2>")
    return "\n".join(parts).encode()


def _html_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f"<th>{html.escape(name)}</th>" for name in headings)
    lines = (
        "<tr>" + "".join(f"<td>{html.escape(_plain(value))}</td>" for value in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{head}</tr>\n" + "\n".join(lines) + "</table>"


def markdown_body(contents: dict[str, Any]) -> bytes:
    parts = [f"# {_md(_title(contents))}", f"Made {_md(contents['made_at'])}. {_HOW}"]
    for title, headings, rows in _sections(contents):
        parts.append(f"## {_md(title)}")
        if rows:
            lines = [" | ".join(headings), " | ".join("---" for _ in headings)]
            lines += [" | ".join(_md(_plain(value)) for value in row) for row in rows]
            parts.append("\n".join(f"| {line} |" for line in lines))
        else:
            parts.append("None.")
    data = json.dumps(contents, sort_keys=True).replace("<", "\\u003c").replace(">", "\\u003e")
    parts.append(f"{_MD_DATA[0]}{data}{_MD_DATA[1]}")
    parts.append("## Signed statement of the server")
    return "\n\n".join(parts).encode()


def _md(text: str) -> str:
    """Text that Markdown shows as it is: every character that could mean something is escaped."""
    escaped = "".join(f"\\{c}" if c in "\\`*_{}[]()#+!|~" else c for c in text)
    return html.escape(escaped, quote=False)


def json_body(contents: dict[str, Any]) -> bytes:
    return json.dumps(contents, indent=1, sort_keys=True).encode()


BODIES: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "html": html_body,
    "md": markdown_body,
    "json": json_body,
}


def join(format: str, body: bytes, statement: dict[str, Any]) -> bytes:
    """Body and statement as one file."""
    text = json.dumps(statement, indent=1, sort_keys=True)
    if format == "json":
        return b'{"report":\n' + body + b',\n"statement":\n' + text.encode() + b"}\n"
    before, after = _CLOSING[format]
    if format == "html":
        text = text.replace("<", "\\u003c").replace("&", "\\u0026")
    return body + MARKER + before + text.encode() + after


def split(content: bytes, name: str) -> tuple[bytes, dict[str, Any]]:
    """Body and statement of a report; only exactly what ``join`` makes is one. Raises UsageError."""
    try:
        if content.startswith(b'{"report":\n'):
            body, found, rest = content[11:].rpartition(b',\n"statement":\n')
            statement, format = json.loads(rest.removesuffix(b"}\n")), "json"
        else:
            body, found, rest = content.rpartition(MARKER)
            format = "html" if body.startswith(b"<!doctype html>") else "md"
            before, after = _CLOSING[format]
            statement = json.loads(rest.removeprefix(before).removesuffix(after))
        if not found or not isinstance(statement, dict) or join(format, body, statement) != content:
            raise ValueError
    except ValueError:
        raise UsageError(
            f"{name} is no audit report, or what is around its statement was altered.",
            hint="A report is made by: secingest snapshot report",
        ) from None
    return body, statement


def contents_of(body: bytes) -> dict[str, Any]:
    """The data inside a body. Raises ValueError."""
    text = body.decode()
    for start, end in (_DATA, _MD_DATA):
        if start in text:
            text = text.rpartition(start)[2].partition(end)[0]
            break
    contents = json.loads(text)
    if not isinstance(contents, dict):
        raise ValueError("no report")
    return contents
