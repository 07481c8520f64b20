"""What commands print: one JSON object a line, or a table a person can read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from secingest_tui.text import visible

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")


def plain(value: Any) -> Any:
    """``value`` as JSON can hold it."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    return value


def print_json(value: Any) -> None:
    click.echo(json.dumps(plain(value), ensure_ascii=True))


def print_rows(rows: Iterable[Mapping[str, Any]], *, as_json: bool, empty: str) -> None:
    """Print a list: JSON lines, or a table; ``empty`` says what to do when there is nothing."""
    if as_json:
        for row in rows:
            print_json(row)
        return
    listed = [{name: _cell(value) for name, value in row.items()} for row in rows]
    if not listed:
        click.echo(empty, err=True)
        return
    headings = list(listed[0])
    widths = [max(len(name), *(len(row[name]) for row in listed)) for name in headings]
    _print_line([name.upper().replace("_", " ") for name in headings], widths)
    for row in listed:
        _print_line([row[name] for name in headings], widths)


def print_record(record: Mapping[str, Any], *, as_json: bool) -> None:
    """Print one thing: a JSON object, or a line a field."""
    if as_json:
        print_json(record)
        return
    width = max(len(name) for name in record)
    for name, value in record.items():
        click.echo(f"{name:<{width}}  {_cell(value)}")


def _print_line(cells: Sequence[str], widths: Sequence[int]) -> None:
    click.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    simple = plain(value)
    if isinstance(simple, str):
        return visible(simple)
    if isinstance(simple, list) and all(isinstance(item, str) for item in simple):
        return ", ".join(visible(item) for item in simple) or "-"
    return visible(json.dumps(simple))
