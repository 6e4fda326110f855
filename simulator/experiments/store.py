"""The store of a sweep: written in blocks, each of which is wholly there or done again.

`NAME.zarr` holds the members and opens with `xarray.open_zarr(..., consolidated=False)`;
`NAME.sweep`, beside it, holds what the sweep must remember: `manifest.json`, a mark for each block
that is done, summaries of blocks, and the reduced result. A mark is written after all data
of its block have reached the disk, holds their checksums, and appears at once or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from simulator.experiments import layout
from simulator.experiments.reduce import Summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    import zarr

    from simulator.experiments.plan import Block, Plan

Array = np.ndarray[Any, Any]

_PARTS = ("values", "changes")


@dataclass(frozen=True)
class Mark:
    """The sign that a block is done.

    Attributes:
        files: checksum of each file of the block, by its path from the folder of the store.
        failed: numbers of the members that did not stay finite.
        error: the measured integration error, where it was measured.
    """

    files: Mapping[str, str]
    failed: tuple[int, ...]
    error: float | None


@dataclass(frozen=True)
class Store:
    """A place on disk; `path` ends in .zarr."""

    path: Path

    @cached_property
    def sidecar(self) -> Path:
        """The folder beside the members."""
        return self.path.with_suffix(".sweep")

    @property
    def manifest(self) -> Path:
        """Where it is told what the store holds and where it comes from."""
        return self.sidecar / "manifest.json"

    def create(self, plan: Plan, manifest: Mapping[str, Any]) -> None:
        """Make folders, arrays without numbers, and the manifest; what is there already is repaired."""
        for folder in ("blocks", "parts"):
            (self.sidecar / folder).mkdir(parents=True, exist_ok=True)
        put(self.manifest, json.dumps(manifest, indent=2, ensure_ascii=False).encode() + b"\n")
        layout.lay_out(plan, self.path, manifest["attributes"])

    def sweep_up(self) -> None:
        """Remove what a killed process had begun to write under passing names."""
        for folder in self.path.parent.glob(f".{self.path.name}.*"):
            shutil.rmtree(folder, ignore_errors=True)
        for pattern in ("*.partial", ".*.part"):
            for place in (self.path, self.sidecar):
                for file in place.rglob(pattern):
                    file.unlink(missing_ok=True)

    @cached_property
    def _arrays(self) -> zarr.Group:
        import zarr

        return zarr.open_group(self.path, mode="r+", use_consolidated=False)

    def write(self, plan: Plan, block: Block, arrays: Mapping[str, Array], parts: Mapping[str, Summary]) -> list[Path]:
        """Write all files of a block, each as a whole, and wait until they are on the disk."""
        import zarr

        first, last = plan.members_of(block.number)
        self.discard(block)
        with zarr.config.set({"array.write_empty_chunks": True}):
            for name, values in arrays.items():
                place = block[:2] if name != layout.DRAWN else block[1:2]
                array = cast("zarr.Array[Any]", self._arrays[name])
                array[(*place, slice(first, last))] = values
        written = self.chunks(block)
        for name, summary in parts.items():
            put(self._part(block, name), summary.to_bytes())
            written.append(self._part(block, name))
        for file in written:
            _flush(file)
        for folder in {file.parent for file in written}:
            _flush(folder)
        return written

    def finish(self, block: Block, written: list[Path], *, failed: list[int], error: float | None) -> Mark:
        """Put the mark of a block whose files are on the disk."""
        files = {file.relative_to(self.path.parent).as_posix(): checksum(file) for file in sorted(written)}
        mark = Mark(files, tuple(failed), error)
        content = {"block": list(block), "files": files, "failed": failed, "error": error}
        put(self._mark(block), json.dumps(content, indent=1).encode() + b"\n")
        return mark

    def discard(self, block: Block) -> None:
        """Forget a block: its mark first, then its files."""
        for file in (self._mark(block), *self.chunks(block), *(self._part(block, name) for name in _PARTS)):
            with suppress(FileNotFoundError):
                file.unlink()

    def done(self, block: Block) -> Mark | None:
        """Return the mark of a block, if there is one that can be read."""
        try:
            found = json.loads(self._mark(block).read_bytes())
            return Mark(dict(found["files"]), tuple(found["failed"]), found["error"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def damaged(self, mark: Mark) -> list[str]:
        """Return the files of a block that are missing or not as they were written."""
        return [name for name, expected in mark.files.items() if _checked(self.path.parent / name) != expected]

    def part(self, block: Block, name: str) -> Summary:
        """Return the summary of a block: of its `values`, or of their `changes` from the first scenario."""
        return Summary.from_bytes(self._part(block, name).read_bytes())

    def chunks(self, block: Block) -> list[Path]:
        """Return the files of a block among the members; the first scenario's also hold the numbers drawn."""
        scenario, worldview, number = map(str, block)
        found = []
        for array in self.path.iterdir():
            if array.name != layout.DRAWN:
                place = array / "c" / scenario / worldview / number
                found += [place, place / "0"]
            elif block.scenario == 0:
                found.append(array / "c" / worldview / number / "0")
        return [file for file in found if file.is_file()]

    def _mark(self, block: Block) -> Path:
        return self.sidecar / "blocks" / f"{block}.json"

    def _part(self, block: Block, name: str) -> Path:
        return self.sidecar / "parts" / f"{block}.{name}"


def put(path: Path, content: bytes) -> None:
    """Write a file under another name, wait until it is on the disk, then give it its name."""
    passing = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with passing.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        passing.replace(path)
    except BaseException:
        passing.unlink(missing_ok=True)
        raise
    _flush(path.parent)


def checksum(path: Path) -> str:
    """Return the BLAKE2b hash of a file."""
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()


def _checked(path: Path) -> str:
    try:
        return checksum(path)
    except OSError:
        return ""


def _flush(path: Path) -> None:
    """Wait until a file or folder is on the disk; Windows opens no folder, and flushes only what it may write to."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
