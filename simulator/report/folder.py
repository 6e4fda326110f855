"""The folder of one run: everything or nothing, with a manifest; `latest` points to the newest."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.files import package

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 80
_HASH = 7
#: How the hidden name of a folder begins and ends while it is written.
_PASSING, _PART = ".fentsim-", ".part"
#: Seconds without a change after which what nobody holds is taken for the leavings of a killed run: a day, because a
#: shared disk may not pass locks on.
_STALE = 86_400.0


@dataclass(frozen=True, slots=True)
class Folder:
    """Where a run is written (`path`, for now) and where it will stand (`final`)."""

    path: Path
    final: Path

    def write(self, name: str, text: str) -> None:
        """Write a text file into the folder."""
        (self.path / name).write_text(text, encoding="utf-8")


def home(outputs: Path | None = None) -> Path:
    """Return the folder of all results, the one rule for every command.

    It is the folder asked for, else the one that FENTSIM_OUTPUTS names, else `outputs` of the checkout wherever one
    stands, else (of an installed wheel) `outputs` right here.
    """
    asked = outputs or os.environ.get("FENTSIM_OUTPUTS")
    if asked:
        return Path(asked)
    checkout = package().parent
    return checkout / "outputs" if (checkout / "pyproject.toml").is_file() else Path.cwd() / "outputs"


def named(parts: list[str]) -> str:
    """Return a folder's name from those of scenarios."""
    text = "-and-".join(re.sub(r"[^\w.-]+", "-", part).strip("-.") for part in parts)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 8]}-{digest(text)}"


def digest(text: str) -> str:
    """Return the short hash of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH]


@contextmanager
def created(name: str, asked: dict[str, Any], outputs: Path | None = None) -> Iterator[Folder]:
    """Open a folder `<name>/<UTC stamp>_<hash of what was asked>`, and keep it only if all goes well.

    Files are written beside it first; the rename at the end, and the new `latest`, are single
    steps, so that a reader finds all of a run or nothing. What a killed run left there before goes too.

    Raises:
        OSError: when the place cannot be written.
    """
    above = home(outputs) / name
    new = [each for each in (above, *above.parents) if not each.exists()]
    above.mkdir(parents=True, exist_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    final = above / f"{stamp}_{digest(json.dumps(asked, sort_keys=True, default=str))}"
    path = Path(tempfile.mkdtemp(prefix=_PASSING, suffix=_PART, dir=above))
    try:
        with _held(path):
            yield Folder(path, final)
            path.chmod(0o777 & ~_mask())
            _place(path, final)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        for each in new:  # folders made for nothing
            with suppress(OSError):
                each.rmdir()
        raise
    _point(above / "latest", final.name)
    _clear(above)


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Hold the lock of a folder while it is written; the operating system frees it when its writer dies."""
    handle = _lock(path)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _lock(path: Path) -> int | None:
    """Return an open handle that locks a folder; nothing where somebody else has it, or no folder can be locked."""
    try:
        import fcntl

        handle = os.open(path, os.O_RDONLY)
    except (ImportError, OSError):
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _clear(above: Path) -> None:
    """Remove what killed runs left half-written: hidden by us, held by nobody, and unchanged for a day."""
    for path in above.glob(f"{_PASSING}*{_PART}"):
        with suppress(OSError):
            changed = max(each.lstat().st_mtime for each in (path, *path.rglob("*")))
            if path.is_symlink() or time.time() - changed < _STALE:
                continue
            handle = _lock(path)
            if handle is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(handle)


def _place(path: Path, final: Path) -> None:
    """Rename; the same question asked twice within a second takes the place of itself."""
    if final.exists():
        aside = path.with_suffix(".old")
        final.rename(aside)
        path.rename(final)
        shutil.rmtree(aside, ignore_errors=True)
    else:
        path.rename(final)


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _point(link: Path, target: str) -> None:
    """Let `latest` point to the newest run, in one step; a disk without links goes without."""
    passing = link.with_name(f".latest-{os.getpid()}")
    with suppress(OSError, NotImplementedError):
        passing.unlink(missing_ok=True)
        passing.symlink_to(target, target_is_directory=True)
        passing.replace(link)


def manifest(path: Path, about: dict[str, Any]) -> str:
    """Return `manifest.json`: what was asked, what it was made with, and every file with its SHA-256."""
    files = {
        str(each.relative_to(path)): {"sha256": _sha256(each), "bytes": each.stat().st_size}
        for each in sorted(path.rglob("*"))
        if each.is_file()
    }
    return json.dumps({**about, "files": files}, indent=2, ensure_ascii=False, default=str) + "\n"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
