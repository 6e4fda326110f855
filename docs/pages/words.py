"""The pages of words: what terms mean, and what the command line understands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from docs.pages import markup

if TYPE_CHECKING:
    from simulator.model import Model

_WIDTH = 100
_GLOSSARY = Path(__file__).parents[1] / "glossary.yaml"

_ABOUT_WORDS = """
Words that mean something particular here, and every abbreviation that is used.
The words are kept in `docs/glossary.yaml`; those that name a quantity take their meaning from the model.
"""

_ABOUT_COMMANDS = """
Every command with its options, as `fentsim COMMAND --help` prints them.
Tables go to standard output, everything else to standard error.
The exit code is 0 when all is well, 1 when something of ours broke, 2 for usage or input that is wrong, and 3 when a
check failed.
"""


def glossary(model: Model) -> str:
    """Return the page of words."""
    words = yaml.safe_load(_GLOSSARY.read_text(encoding="utf-8"))
    rows = [_word(term, about, model) for term, about in sorted(words.items(), key=lambda item: item[0].lower())]
    return markup.page("Glossary", _ABOUT_WORDS, "\n".join(rows))


def _word(term: str, about: str | dict[str, str], model: Model) -> str:
    if isinstance(about, str):
        return f"- **{term}**: {' '.join(about.split())}"
    name = about["quantity"]
    more = f" {' '.join(about['more'].split())}" if "more" in about else ""
    return f"- **{term}**: {model.describe(name).meaning}{more} See {markup.quantity(name, model)}."


def commands() -> str:
    """Return the page of commands."""
    from typer.main import get_command

    from simulator.cli import app

    whole = get_command(app)
    wide = {"terminal_width": _WIDTH, "max_content_width": _WIDTH}
    top = whole.context_class(whole, info_name="fentsim", **wide, **whole.context_settings)
    parts = [f"```text\n{whole.get_help(top).rstrip()}\n```"]
    for name in whole.list_commands(top):
        command = whole.get_command(top, name)
        context = command.context_class(command, info_name=name, parent=top, **wide, **command.context_settings)
        parts.append(f"## fentsim {name}\n\n```text\n{command.get_help(context).rstrip()}\n```")
    return markup.page("Command line", _ABOUT_COMMANDS, *parts)
