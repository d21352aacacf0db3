"""What was chosen on the screen and outlasts it. The configuration stays the user's own: nothing writes into it."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from tensionwatch.config import replace_file
from tensionwatch.logbook import LOG


class Choices:
    """Kept in a small file of the platform's state folder; without a path, until the screen ends."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def theme(self, configured: str) -> str:
        """The theme that was chosen last; the configured one where none was, or where another was configured since."""
        kept = self._read()
        chosen = kept.get("theme")
        return chosen if isinstance(chosen, str) and kept.get("instead_of") == configured else configured

    def keep_theme(self, theme: str, configured: str) -> None:
        """Raises OSError."""
        if self._path is not None and theme != self.theme(configured):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            kept = {**self._read(), "theme": theme, "instead_of": configured}
            replace_file(self._path, json.dumps(kept, indent=1).encode())

    def _read(self) -> dict[str, object]:
        """What is no file of ours counts for nothing, and is said in the log."""
        if self._path is None:
            return {}
        try:
            with contextlib.suppress(FileNotFoundError):
                kept = json.loads(self._path.read_bytes())
                return kept if isinstance(kept, dict) else {}
        except (OSError, ValueError, RecursionError) as error:
            LOG.warning("%s: cannot be read, so what was chosen on the screen is as configured: %s", self._path, error)
        return {}
