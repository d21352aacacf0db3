"""Folds a journal into a snapshot in a process of its own: 100,000 articles take a second of CPU that the loop, on its
own core, does not feel.

    python -m tensionwatch.store.fold SNAPSHOT JOURNAL GENERATION     stdout is the file that is to become the snapshot

The file comes as an open descriptor and is put in place by the parent: a child whose parent was killed writes on into a
file that has no name any more, and hurts nobody.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from tensionwatch.errors import StoreError
from tensionwatch.store import files, records
from tensionwatch.store.memory import apply

_COMMAND: Final = (sys.executable, "-P", "-m", "tensionwatch.store.fold")
"""-P: no module of the folder we happen to stand in."""
_LONGEST: Final = 900.0
"""Seconds after which a child is given up: a year of news on a slow disk takes some ten."""
_DAMAGED: Final = 3
"""Exit code for FilesDamaged."""
_COURTESY: Final = 10
"""By so much it steps back behind the screen (nice)."""


class FoldFailed(StoreError):
    """The snapshot was not made; what there was is untouched."""


class FilesDamaged(FoldFailed):
    """What is on disk is not what was written: it cannot be made into a snapshot, and is not to be relied on."""


class Folding(Protocol):
    """What makes a snapshot of `generation` out of the one before it and the journal that follows that."""

    def run(self, snapshot: Path, journal: Path, generation: int, fd: int) -> None:
        """Write it into `fd`, durable on return. Raises FoldFailed, FilesDamaged."""
        ...

    def stop(self) -> None:
        """Let `run`, in another thread, fail soon."""
        ...


def fold(snapshot: Path, journal: Path, generation: int, fd: int) -> None:
    """Write the next snapshot into `fd`. Raises FilesDamaged, StoreError, StoreUnwritable."""
    before = files.read_bytes(snapshot)
    base = records.read_snapshot(before) if before else records.Snapshot({}, 0, "")
    if base.fault:
        raise FilesDamaged(f"{snapshot} {base.fault}")
    found = records.scan(files.read_bytes(journal))
    if found.fault:
        raise FilesDamaged(f"{journal} is {found.fault}")
    for commit in found.commits:
        if commit.generation >= base.generation:
            apply(base.tables, commit.delta)
    with files.writing(snapshot):
        files.write_out(fd, records.snapshot_pieces(base.tables, generation), gently=True)


class Child:
    """Folds in a child process."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def run(self, snapshot: Path, journal: Path, generation: int, fd: int) -> None:
        paths = [str(path.absolute()) for path in (snapshot, journal)]
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own module, run by our own interpreter
                [*_COMMAND, *paths, str(generation)],
                stdin=subprocess.DEVNULL,
                stdout=fd,
                stderr=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C and Ctrl-Z are the parent's
            )
        except OSError as error:
            raise FoldFailed(f"its process cannot be started: {error.strerror or error}") from error
        with self._process as process:
            if self._stopped:
                process.kill()
            try:
                _, said = process.communicate(timeout=_LONGEST)
            except subprocess.TimeoutExpired:
                process.kill()
                _, said = process.communicate()
        if code := process.returncode:
            last_words = said.decode("utf-8", "replace").strip().splitlines()
            why = last_words[-1] if last_words else f"its process ended with {code}"
            raise FilesDamaged(why) if code == _DAMAGED else FoldFailed(why)

    def stop(self) -> None:
        self._stopped = True
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()


def main() -> int:
    """The child's entry."""
    os.nice(_COURTESY)
    snapshot, journal, generation = sys.argv[1:]
    try:
        fold(Path(snapshot), Path(journal), int(generation), sys.stdout.fileno())
    except StoreError as error:
        print(error, file=sys.stderr)  # noqa: T201  # the parent reads it
        return _DAMAGED if isinstance(error, FilesDamaged) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
