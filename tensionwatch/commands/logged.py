"""The log of a command that polls: begun, ended, and what ended it."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tensionwatch import __version__, logfile, logring
from tensionwatch.cli import LOG_LEVELS
from tensionwatch.commands.common import BadOption, did_you_mean
from tensionwatch.config import Config
from tensionwatch.errors import Stopped, TensionwatchError
from tensionwatch.logbook import LOG
from tensionwatch.logring import LogRing
from tensionwatch.redaction import secrets_of


@contextmanager
def logged(args: argparse.Namespace, loaded: Config, tell: Callable[[str], None]) -> Iterator[logfile.LogFile | None]:
    """Keep a log meanwhile, where the configuration says so; `tell` hears when it cannot be written.

    Raises BadOption for a --log-level that is none."""
    level = _level(args, loaded)
    if loaded.log.path is None:
        yield None
        return
    file = logfile.start(loaded.log.path, level, _secrets(loaded), tell)
    polled = sum(feed.enabled for feed in loaded.feeds)
    began = f"tensionwatch {__version__} {args.command or 'watch'}, Python {platform.python_version()}"
    LOG.info("begun: %s, %d feeds polled, store %s", began, polled, loaded.storage.path)
    try:
        yield file
    except Stopped as stopped:
        LOG.info("ended: %s", stopped)
        raise
    except TensionwatchError as error:
        LOG.error("ended: %s", error)
        raise
    except Exception:
        LOG.exception("ended by a fault in this program")
        raise
    except BaseException as stopped:
        LOG.info("ended: %s", type(stopped).__name__)
        raise
    else:
        LOG.info("ended")
    finally:
        logfile.stop()


@contextmanager
def ringed(args: argparse.Namespace, loaded: Config) -> Iterator[LogRing]:
    """Hold for a screen what the log has to tell meanwhile, whether or not a file is kept. Raises BadOption."""
    ring = LogRing(logfile.cleaner(_secrets(loaded)), loaded.log.path)
    logring.start(ring, _level(args, loaded))
    try:
        yield ring
    finally:
        logring.stop(ring)


def _secrets(loaded: Config) -> frozenset[str]:
    return secrets_of(loaded.feeds, os.environ) | _addresses(loaded)


def _addresses(loaded: Config) -> frozenset[str]:
    """Of channels: all of one may be the secret."""
    urls = (channel.url for channel in loaded.channels if channel.url)
    return frozenset(os.environ.get(url.removeprefix("env:"), url) for url in urls)


def _level(args: argparse.Namespace, loaded: Config) -> str:
    level: str = args.log_level or loaded.log.level
    if level not in LOG_LEVELS:
        near = did_you_mean(level, LOG_LEVELS)
        raise BadOption(f"--log-level: no level '{level}'" + (near or f"; there are {', '.join(LOG_LEVELS)}"))
    return level
