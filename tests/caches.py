"""One folder for a whole run of the tests, for what its many processes would else make anew at each start.

Children inherit all of this. A temporary folder instead of the user's own also keeps his caches as they are.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

_NAMED_BY: Final = "TESTS_OF_TENSIONWATCH"
"""The first process of a run makes the folder and takes it away; pytest-xdist's workers find it here."""


def _made() -> Path:
    made = Path(tempfile.mkdtemp(prefix="tests-of-tensionwatch-"))
    maker = os.getpid()
    atexit.register(lambda: os.getpid() == maker and shutil.rmtree(made, ignore_errors=True))
    os.environ[_NAMED_BY] = str(made)
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        # Whoever sets it wants no files among the sources; without any, each start compiles the program again: 0.2 s.
        os.environ["PYTHONPYCACHEPREFIX"] = str(made / "bytecode")
    # Each ingest process that finds the rules prepared there is spared half a second of work.
    os.environ["XDG_CACHE_HOME"] = str(made)
    return made


FOLDER: Final = Path(os.environ.get(_NAMED_BY) or _made())
PREPARED_RULES: Final = FOLDER / "rules"
"""For ingest processes with the built-in rules."""
