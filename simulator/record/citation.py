"""Spell out a key of the bibliography as a sentence a reader can follow."""

from __future__ import annotations

import re
from functools import cache

from simulator.files import shipped

_ENTRY = re.compile(r"^@\w+\{(?P<key>[^,]+),\n(?P<body>.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^\s*(?P<name>\w+)\s*=\s*\{(?P<text>.*)\},?$", re.MULTILINE)
_ACCENTS = {r"\'a": "á", r"\'o": "ó", r"{\~n}": "ñ", r"\~n": "ñ", r"\&": "&", r"\%": "%", r"\$": "$"}
_MANY = 3


@cache
def entries() -> dict[str, dict[str, str]]:
    """Return the bibliography: the fields of each entry, by key, as plain text."""
    text = shipped("references.bib").read_text(encoding="utf-8")
    return {
        entry["key"]: {field["name"]: _plain(field["text"]) for field in _FIELD.finditer(entry["body"])}
        for entry in _ENTRY.finditer(text)
    }


def cite(keys: str) -> str:
    """Return the citation of each key (`a; b`), one after the other; an unknown key as it stands."""
    return " ".join(_cited(key.strip()) for key in keys.split(";"))


def _cited(key: str) -> str:
    fields = entries().get(key)
    if fields is None:
        return f"{key}."
    host = fields.get("journal") or fields.get("institution") or fields.get("publisher") or ""
    address = f"doi:{fields['doi']}" if "doi" in fields else fields.get("url") or fields.get("howpublished", "")
    year = f"({fields['year']})" if "year" in fields else ""
    parts = [f"{_authors(fields.get('author', ''))} {year}".strip(), fields["title"], host, address]
    return " ".join(part if part.endswith(("?", ".")) else f"{part}." for part in parts if part)


def _authors(names: str) -> str:
    people = [name for name in names.split(" and ") if name and name != "others"]
    if len(people) > _MANY or "others" in names.split(" and "):
        return f"{people[0]} and others"
    return " and ".join(people)


def _plain(text: str) -> str:
    for written, meant in _ACCENTS.items():
        text = text.replace(written, meant)
    return re.sub(r"\\url|[{}]", "", text).replace("---", "–").replace("--", "–")
