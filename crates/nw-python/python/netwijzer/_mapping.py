"""Mappings from columns to facts: a TOML file, or a dictionary written as one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from netwijzer._native import InputError


def text_of(mapping: str | os.PathLike[str] | Mapping[str, Any] | None) -> tuple[str, str] | None:
    """The name of a mapping, for messages, and its text."""
    if mapping is None:
        return None
    if isinstance(mapping, Mapping):
        return ("mapping", toml_of(mapping))
    if isinstance(mapping, (str, os.PathLike)):
        path = os.fspath(mapping)
        with open(path, encoding="utf-8") as file:
            return (path, file.read())
    raise InputError(
        f"a `{type(mapping).__name__}` is not a mapping; expected the path of a mapping file, or a dictionary with `column`"
    )


def toml_of(mapping: Mapping[str, Any]) -> str:
    """A mapping as TOML: values first, then each column as a table of its own."""
    columns = mapping.get("column", [])
    if isinstance(columns, Mapping) or not all(isinstance(column, Mapping) for column in columns):
        raise InputError("`column` of the mapping is not a list of dictionaries, each with `from` and `fact`")
    lines = [f"{_text(key)} = {_value(value)}" for key, value in mapping.items() if key != "column"]
    for column in columns:
        lines.append("[[column]]")
        lines.extend(f"{_text(key)} = {_value(value)}" for key, value in column.items())
    return "\n".join(lines) + "\n"


def _text(text: Any) -> str:
    # A text of JSON is one of TOML, but for the character that TOML also wants escaped.
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_text(key)} = {_text(of)}" for key, of in value.items()) + "}"
    if isinstance(value, (list, tuple, set, frozenset)):
        return "[" + ", ".join(_text(item) for item in value) + "]"
    return _text(value)
