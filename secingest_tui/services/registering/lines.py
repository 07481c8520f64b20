"""Files of pointers: one JSON object a line, or CSV with a heading; each line is good or says why not."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from backend_stub.contract.ids import BackendId, Label, ObjectKey, TenantId, Version
from backend_stub.contract.locations import S3Url
from backend_stub.contract.objects import MAX_REPLICAS
from backend_stub.contract.residency import Residency
from backend_stub.contract.snapshots import BucketName
from secingest_tui.errors import UsageError
from secingest_tui.services.registering.pointer import Pointer

MAX_LINE = 16 * 1024


def _names(value: Any) -> Any:
    """CSV has no lists: backends are separated by spaces, commas or semicolons there."""
    return value.replace(",", " ").replace(";", " ").split() if isinstance(value, str) else value


class PointerLine(BaseModel):
    """The fields of a line, as docs/registering.md describes them; those of CSV that are empty are absent."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    object_key: ObjectKey | None = None
    tenant: TenantId | None = None
    version: Version | None = None
    backend: BackendId | None = None
    location: S3Url | None = None
    bucket: BucketName | None = None
    residency: Residency | None = None
    replicas: Annotated[int, Field(ge=1, le=MAX_REPLICAS)] | None = None
    targets: Annotated[list[BackendId], BeforeValidator(_names)] = Field(
        default_factory=list, max_length=MAX_REPLICAS
    )
    logical: Label = "data"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file (the first is 1): a pointer, or why it is none."""

    number: int
    pointer: Pointer | None = None
    problem: str = ""


def read_lines(path: Path, defaults: Mapping[str, Any]) -> Iterator[Line]:
    """The lines of a ``.jsonl`` or ``.csv`` file, ``defaults`` filling in what a line does not say.

    Empty lines are left out. Raises UsageError where the file as a whole cannot be read.
    """
    if path.suffix.lower() not in (".jsonl", ".ndjson", ".csv"):
        raise UsageError(
            f"{path} is neither .jsonl nor .csv.",
            hint="The name's ending says how it is read.",
            field="--batch",
        )
    reader = _csv if path.suffix.lower() == ".csv" else _jsonl
    try:
        with path.open(encoding="utf-8", newline="" if reader is _csv else None) as stream:
            for number, fields in reader(path, stream):
                yield _line(number, fields, defaults)
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}.", field="--batch") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8.", hint="Save it as UTF-8.", field="--batch") from None


def _jsonl(_path: Path, stream: Any) -> Iterator[tuple[int, Any]]:
    for number, text in enumerate(stream, start=1):
        if not text.strip():
            continue
        if len(text) > MAX_LINE:
            yield number, f"longer than {MAX_LINE} characters"
            continue
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError):
            yield number, "not JSON"
            continue
        yield number, fields if isinstance(fields, dict) else "not a JSON object"


def _csv(path: Path, stream: Any) -> Iterator[tuple[int, Any]]:
    rows = csv.reader(stream)
    try:
        heading = [name.strip().lstrip("\ufeff") for name in next(rows, [])]
        unknown = [name for name in heading if name not in PointerLine.model_fields]
        if unknown or len(set(heading)) != len(heading) or not heading:
            why = f"has an unknown column {unknown[0]!r}" if unknown else "is empty or names a column twice"
            raise UsageError(
                f"The heading of {path} {why}.",
                hint=f"Columns are: {', '.join(PointerLine.model_fields)}.",
                field="--batch",
            )
        for row in rows:
            if not any(row):
                continue
            if len(row) != len(heading):
                yield rows.line_num, f"{len(row)} columns where the heading has {len(heading)}"
            else:
                yield rows.line_num, {name: value for name, value in zip(heading, row, strict=True) if value}
    except csv.Error as error:
        raise UsageError(f"{path} is not CSV: {error} (line {rows.line_num}).", field="--batch") from None


def _line(number: int, fields: Any, defaults: Mapping[str, Any]) -> Line:
    if isinstance(fields, str):
        return Line(number, problem=fields)
    try:
        checked = PointerLine.model_validate({**defaults, **fields})
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        texts = [
            f"{'.'.join(map(str, one['loc']))}: {one['msg'].removeprefix('Value error, ')}"
            for one in found[:3]
        ]
        return Line(number, problem="; ".join(texts))
    if checked.backend is None:
        return Line(number, problem="backend: missing; name it in the line, or with --backend")
    if checked.object_key is None and (checked.location is None or checked.tenant is None):
        return Line(number, problem="object_key: missing; without it a line needs location and tenant")
    values = checked.model_dump(exclude={"targets"})
    return Line(number, Pointer(**values, targets=tuple(checked.targets)))
