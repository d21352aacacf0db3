"""What a channel needs and this machine does not have. Told before anything is sent: by `tensionwatch check`."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from importlib.util import find_spec

from tensionwatch.alerts.records import Channel
from tensionwatch.sanitise import visible


def lacks(channel: Channel, environment: Mapping[str, str]) -> str:
    """In words; empty where it can be tried. Says nothing of arguments and addresses, which may be secrets."""
    if channel.command:
        return _no_program(channel.command[0], environment.get("PATH"))
    name = (channel.url or "").removeprefix("env:")
    if name != channel.url and not environment.get(name, "").strip():
        return f"{name} is not set in the environment"
    if find_spec("apprise") is None:
        return "apprise is not installed; pip install 'tensionwatch[alerts]' brings it"
    return ""


def _no_program(program: str, path: str | None) -> str:
    if shutil.which(program, path=path) is not None:
        return ""
    where = "cannot be run" if program.startswith("/") else "is not on PATH"
    return f"no such program: '{visible(program)}' {where}"
