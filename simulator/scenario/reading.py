"""Reading YAML that anybody may have written: plain data, and the line of everything.

Only mappings, lists, text and numbers are taken. Tags, anchors and aliases are refused,
and so are size and depth beyond reason; nothing in a file is ever executed or expanded.
"""

from __future__ import annotations

import errno
import re
import stat
from pathlib import Path
from typing import Any

import yaml

from simulator.errors import nearest
from simulator.scenario.faults import Faults, Place, shown, spelt

#: The largest file, in bytes, and the deepest nesting that is read.
LARGEST = 256 * 1024
DEEPEST = 16

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"[+-]?(?:(?:0|[1-9](?:_?[0-9])*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

#: What YAML has and a scenario has not.
_ODD = {
    "document": ("A second document begins.", 'Keep one scenario in a file; remove "---".'),
    "anchor": ("Anchors (&) and aliases (*) are not read.", "Write the value out, or put the text in quotes."),
    "tag": ("Tags (!) are not read.", "Remove it, or put the text in quotes."),
    "nesting": (f"It is nested more than {DEEPEST} deep.", "Check the brackets."),
}

#: What PyYAML says, and what a writer of scenarios should hear.
_SYNTAX = {
    "mapping values are not allowed": (
        "A colon stands where none can be.",
        "Put the text in quotes, or check the indentation.",
    ),
    "tab character": ("A tab stands where spaces should.", "Indent with spaces."),
    "cannot start any token": (
        "A tab, or a sign that YAML reserves, begins something here.",
        "Indent with spaces, or put the text in quotes.",
    ),
    "could not find expected ':'": ("A line has no colon after its field.", 'Write "field: value".'),
    "did not find expected key": ("The indentation or the quotes do not line up.", "Align the fields of one record."),
    "did not find expected '-' indicator": (
        "The indentation of a list does not line up.",
        'Begin each entry with "- ", aligned.',
    ),
    "did not find expected ',' or": ("A bracket is not closed.", "Close it, and put a comma between entries."),
    "unexpected end of stream": ("A quotation mark is not closed.", "Close it."),
}


def read(path: Path) -> tuple[dict[str, Any] | None, Faults]:
    """Return the fields of a YAML file, or None, and the faults of its text."""
    faults = Faults(displayed(path))
    text = _text(path, faults)
    if text is None or not _is_safe(text, faults):
        return None, faults
    node = yaml.compose(text, Loader=_LOADER)
    if node is None:
        faults.add((), "The file is empty.", "Begin with name, title and question.", line=1)
        return None, faults
    faults.lines[""] = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        faults.add((), "The file is not a list of fields.", 'Write "field: value" lines, beginning with name.')
        return None, faults
    return _built(node, (), faults), faults


def displayed(path: Path) -> str:
    """Return a path as it is told: from here, if it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_absolute() and path.is_relative_to(here) else str(path)


def _text(path: Path, faults: Faults) -> str | None:
    """Return the text of an ordinary file of reasonable size."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            faults.add((), f"It is {'a folder' if stat.S_ISDIR(mode) else 'not a file'}.", "Name a YAML file.")
            return None
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        faults.add((), *_unopened(path, error))
        return None
    if len(content) > LARGEST:
        faults.add((), f"The file is larger than {LARGEST // 1024} KiB.", "Name a scenario, not a data set.", line=1)
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        faults.add((), "The file is not UTF-8 text.", "Save it as UTF-8.", line=line)
        return None


def _unopened(path: Path, error: Exception) -> tuple[str, str]:
    if isinstance(error, FileNotFoundError):
        siblings = [other.name for other in sorted(path.parent.glob("*.yaml"))] if path.parent.is_dir() else []
        return "There is no such file.", nearest(path.name, siblings) or "List the shipped ones with: fentsim scenarios"
    if isinstance(error, PermissionError):
        return "The file may not be read.", "Change its permissions."
    if isinstance(error, OSError) and error.errno == errno.ELOOP:
        return "It is a link that leads back to itself.", "Name the file itself."
    return f"The file cannot be opened ({shown(getattr(error, 'strerror', None) or error)}).", "Name a YAML file."


def _is_safe(text: str, faults: Faults) -> bool:
    """Look for what is not plain data, one fault of each sort, before anything is built."""
    depth = documents = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            documents += isinstance(event, yaml.DocumentStartEvent)
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            line = event.start_mark.line + 1 if event.start_mark else 1
            for sort in _oddities(event, documents, depth):
                faults.add(("yaml", sort), *_ODD[sort], line=line)
            if depth > DEEPEST:
                break
    except yaml.YAMLError as error:
        _tell_syntax(text, error, faults)
    return not faults.problems


def _oddities(event: yaml.Event, documents: int, depth: int) -> list[str]:
    signs = {
        "document": documents > 1,
        "anchor": bool(getattr(event, "anchor", None)),
        "tag": bool(getattr(event, "tag", None)),
        "nesting": depth > DEEPEST,
    }
    return [sort for sort, odd in signs.items() if odd]


def _tell_syntax(text: str, error: yaml.YAMLError, faults: Faults) -> None:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    position = getattr(error, "position", None)
    line = mark.line + 1 if mark else 1
    said = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it is not YAML")
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, position) + 1 if isinstance(position, int) else 1
        faults.add(("yaml",), "A character here cannot be printed.", "Remove it.", line=line)
        return
    otherwise = (f"YAML cannot read this: {shown(said)}.", "Check the indentation and the quotes.")
    faults.add(("yaml",), *next((told for key, told in _SYNTAX.items() if key in said), otherwise), line=line)


def _built(node: yaml.Node, place: Place, faults: Faults) -> Any:  # noqa: ANN401 - whatever the file holds
    """Turn a node into plain data, noting the line of each place."""
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, faults)
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            faults.lines[spelt((*place, number))] = item.start_mark.line + 1
        return [_built(item, (*place, number), faults) for number, item in enumerate(node.value)]
    return _scalar(node, place, faults)


def _mapping(node: yaml.MappingNode, place: Place, faults: Faults) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            faults.add(place, "A field's name is not text.", 'Write "field: value".', line=line, again=True)
            continue
        here = (*place, key.value)
        if key.value in found:
            fault = f"It was given already, in line {faults.lines[spelt(here)]}."
            faults.add(here, fault, "Keep one of the two.", line=line, again=True)
            continue
        faults.lines[spelt(here)] = line
        found[key.value] = _built(value, here, faults)
    return found


def _scalar(node: yaml.Node, place: Place, faults: Faults) -> Any:  # noqa: ANN401 - text or a number
    """Return text as text, plain numbers as numbers; what YAML reads as a truth value is a fault."""
    text: str = node.value
    if getattr(node, "style", None):  # quoted, or a block of text
        return text
    kind = node.tag.rpartition(":")[2]
    if kind == "bool":
        meant = "true" if text.lower() in ("yes", "true", "on") else "false"
        faults.add(place, f'YAML reads "{text}" as {meant}.', "Write a number, or put the word in quotes.")
        return None
    if kind == "null":
        faults.add(place, "There is nothing here.", "Fill it in, or remove the line.")
        return None
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text) or (kind == "float" and text.lower().lstrip("+-") in (".nan", ".inf")):
        return float(text.lower().replace(".nan", "nan").replace(".inf", "inf"))
    return text
