"""The program, started as a user would, and called in this process where that tells the same at a tenth of the cost."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tensionwatch.cli import main
from tests.caches import FOLDER

ENVIRONMENT = {
    **{k: v for k, v in os.environ.items() if not k.startswith(("TENSIONWATCH", "XDG_"))},
    "XDG_CACHE_HOME": str(FOLDER),
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
}


def run(*arguments: str | Path, home: Path, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """`tensionwatch` with these arguments, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tensionwatch", *map(str, arguments)],
        capture_output=True, text=True, input=stdin, timeout=120, check=False,
        env={**ENVIRONMENT, "HOME": str(home), **environment},
    )  # fmt: skip


def call(*arguments: str | Path, home: Path, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """The same in this process, with an environment and streams of its own. What it starts are processes all the same.

    Not for what ends by a signal, closes its streams or works at a store that this process holds."""
    given, out, err = (
        io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8", write_through=True) for text in (stdin, "", "")
    )
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ.keys() - ENVIRONMENT.keys():
            patch.delenv(name)
        for name, value in {**ENVIRONMENT, "HOME": str(home), **environment}.items():
            patch.setenv(name, value)
        patch.setattr(sys, "stdin", given)
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        try:
            code = main([*map(str, arguments)])
        except SystemExit as end:  # argparse's
            code = end.code if isinstance(end.code, int) else 1
    said, told = (stream.buffer.getvalue().decode() for stream in (out, err))  # type: ignore[attr-defined]  # BytesIO
    return subprocess.CompletedProcess(arguments, code, said, told)
