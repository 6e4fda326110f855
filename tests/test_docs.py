"""The pages agree with the model and with each other: nothing stale, no dead link, no unknown command or source."""

import json
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WRITTEN = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "scenarios").glob("*.md"))
    if path.is_file()
)
README = ROOT / "README.md"
#: How many bytes the picture may have: README opens on a telephone too.
HEAVIEST = 150_000
#: What the build leaves with when a page is stale, and the page that a test takes for stale.
CHECK_FAILED, STALE_PAGE = 3, "docs/reference/quantities.md"

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PLACE = re.compile(r'<a id="([^"]+)">')


def prose(path):
    """Return the text of a page without its blocks of code."""
    return FENCE.sub("", path.read_text(encoding="utf-8"))


@cache
def places(path):
    """Return every place of a page that a link may name, as GitHub makes them from headings."""
    text = prose(path)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()).strip() for heading in HEADING.findall(text))
    return {*(each.replace(" ", "-") for each in plain), *PLACE.findall(text)}


def blocks(path, language):
    """Return the blocks of code in one language."""
    return [code for found, code in FENCE.findall(path.read_text(encoding="utf-8")) if found == language]


def commands(path):
    """Return the command lines of the console blocks of a page, as words."""
    lines = [line for code in blocks(path, "console") for line in code.splitlines()]
    return [words for words in (shlex.split(line, comments=True) for line in lines) if words]


def test_derived_pages_are_up_to_date():
    """A page that is made from the model is what the model makes now; mend with `make docs`."""
    asked = subprocess.run(
        [sys.executable, "-m", "docs.build", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert not asked.stdout + asked.stderr
    assert not asked.returncode


def test_build_names_what_is_stale_and_leaves_with_3():
    """`--check` writes nothing, names the page, and says what to do."""
    code = (
        "import docs.build as build, sys\n"
        f"build.pages = lambda: {{'{STALE_PAGE}': lambda: 'something else'}}\n"
        "sys.exit(build.main(['--check']))\n"
    )
    expected = (CHECK_FAILED, f"{STALE_PAGE} is stale\n")
    before = (ROOT / STALE_PAGE).read_bytes()

    asked = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert expected == (asked.returncode, asked.stdout)
    assert "make docs" in asked.stderr
    assert before == (ROOT / STALE_PAGE).read_bytes()


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    """Every link within the project names a file that exists, and a place in it."""
    dead = []
    for link in LINK.findall(prose(path)):
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _, place = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (place and place not in places(target)):
            dead.append(link)

    assert not dead


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_knows_a_machine(path):
    """No page names a folder of the machine on which it was written."""
    text = path.read_text(encoding="utf-8")

    assert not re.findall(r"(?:/(?:home|root|work|tmp|Users|usr)/\S+|[A-Z]:\\\S+)", text)


def test_every_page_is_reachable_from_the_first():
    """Whoever begins with README can come to every page by links."""
    seen, waiting = set(), [README]
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            links = (link.partition("#")[0] for link in LINK.findall(prose(path)) if "://" not in link)
            waiting += [(path.parent / link).resolve() for link in links if link.endswith(".md")]

    assert not set(WRITTEN) - seen


def test_every_sector_has_its_story():
    """Each sector of the model is told on a page of its own, and no page tells of one that is gone."""
    from simulator.fentanyl import fentanyl_model

    expected = {equation.sector for equation in fentanyl_model().equations.values()}
    told = {path.stem for path in (ROOT / "docs/explanation/sectors").glob("*.md")}

    assert expected == told


def test_every_decision_has_its_price():
    """A decision is a page with a context, a choice and its price, numbered without a gap."""
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))
    parts = {path.name: re.findall(r"^## (.+)$", prose(path), re.MULTILINE) for path in pages}

    assert {path.name: ["Context", "Choice", "Price"] for path in pages} == parts
    assert list(range(1, len(pages) + 1)) == [int(path.name[:4]) for path in pages]


def test_picture_is_light():
    """The picture of README is there and loads fast."""
    (name,) = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README.read_text(encoding="utf-8"))

    assert 0 < (ROOT / name).stat().st_size < HEAVIEST


def test_commands_exist():
    """Every `fentsim` command and every `make` target that a page names is there, with its options and scenarios."""
    from typer.main import get_command

    from simulator.cli import app
    from simulator.scenario import folders

    known = get_command(app).commands
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    faults = []
    for path in WRITTEN:
        for words in commands(path):
            name = words[1] if len(words) > 1 else ""
            if words[0] == "make" and name and name not in targets:
                faults.append((path.name, words))
            if words[0] == "fentsim" and (name not in known or options(words[2:]) - accepted(known[name])):
                faults.append((path.name, words))
            if words[0] == "fentsim" and name in ("run", "compare"):
                scenarios = [word for word in named(words[2:]) if not word.endswith(".yaml")]
                faults += [(path.name, each) for each in scenarios if each not in folders.named()]

    assert not faults


def options(words):
    """Return the options among the words of a command line."""
    return {word for word in words if word.startswith("-")}


def accepted(command):
    """Return the options that a command takes."""
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


def named(words):
    """Return the scenarios on a command line: what comes before the first option."""
    first = next((place for place, word in enumerate(words) if word.startswith("-")), len(words))
    return words[:first]


def test_commands_in_running_text_exist():
    """A command in the middle of a sentence is one that exists."""
    from typer.main import get_command

    from simulator.cli import app

    known = set(get_command(app).commands) | {"COMMAND"}
    said = {
        (path.name, command)
        for path in WRITTEN
        if path.name not in {"cli.md", "CONTRIBUTING.md"}
        for command in re.findall(r"`fentsim (\w+)", prose(path))
    }

    assert not {(page, command) for page, command in said if command not in known}


def test_sources_cited_in_prose_exist():
    """A key of the bibliography that a page links to has its entry there, and every entry has a title."""
    from simulator.record.citation import entries

    known = entries()
    cited = {key for path in WRITTEN for key in re.findall(r"references\.md#(\w+)\)", prose(path))}

    assert not cited - set(known)
    assert not [key for key, fields in known.items() if not fields.get("title")]


def test_levers_in_examples_exist(tmp_path):
    """The scenario of the first hour is one that can be run."""
    (text,) = [code for code in blocks(ROOT / "docs/tutorials/first-hour.md", "yaml") if code.startswith("name:")]
    path = tmp_path / "more-kits.yaml"
    path.write_text(text, encoding="utf-8")

    asked = subprocess.run(
        [sys.executable, "-c", "from simulator.cli import main; main()", "check", "--json", str(path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert not json.loads(asked.stdout)
    assert not asked.returncode


def test_python_of_readme_runs():
    """The snippet of README does what it says, as it stands."""
    (snippet,) = blocks(README, "python")

    asked = subprocess.run([sys.executable, "-c", snippet], cwd=ROOT, capture_output=True, text=True, check=False)

    assert not asked.stderr
    assert "calendar_year" in asked.stdout
    assert "CDC" in asked.stdout
