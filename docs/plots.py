"""Make the plots of docs/method.md: a back-test over an archive, its plots of two regions kept as SVG.

.venv/bin/python docs/plots.py ITEMS.jsonl[.gz]
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parent / "pictures"
CONFIG = Path(__file__).parent.parent / "config.example.toml"
REGIONS = ("korea", "israel-lebanon-iran")


def main() -> None:
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "tensionwatch", "--config", str(CONFIG), "backtest", sys.argv[1], "--out", out]
        subprocess.run(command, check=True)  # noqa: S603  our own program, on the archive that the user names
        for region in REGIONS:
            print(shutil.copy(Path(out) / f"plot-{region}.svg", FOLDER / f"index-{region}.svg"))


if __name__ == "__main__":
    main()
