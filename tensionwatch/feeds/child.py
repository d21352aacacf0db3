"""The parent's handle on the ingest process.

    fetch(request) ─▶ pending ─▶ child's stdin        child's stdout ─▶ Done ─▶ fetch returns
                        ▲                                            └▶ At ───▶ `_at`: whom to blame
                        └── sent again to a new child when the old one died

`classify` and `rules` go the same way. A child that dies while it reads a body (ended by the kernel's alarm, or
crashed) fails that feed, one that dies while it classifies articles again fails these; all other requests go to its
successor, which has the rules that it had. A death that no request can be blamed for costs every request waiting a
strike; the second ends them, so that nothing restarts for ever. A child that gives no sign of life for longer than any
request may take is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, NoReturn, cast

import msgspec

from tensionwatch.clock import Clock, SystemClock
from tensionwatch.config import PollConfig
from tensionwatch.errors import ClassifyError, IngestError
from tensionwatch.feeds import limits
from tensionwatch.feeds.frames import (
    Answer,
    AskRules,
    AskVersion,
    At,
    Classify,
    Done,
    Fetch,
    Loaded,
    PackTexts,
    Read,
    Request,
    Settings,
    Version,
    connect_reader,
    read_frame,
    to_frame,
)
from tensionwatch.logbook import LOG
from tensionwatch.model import Fetched, FetchRequest
from tensionwatch.reread import Classified, RulesInForce, Text
from tensionwatch.sanitise import visible

COMMAND: Final = (sys.executable, "-P", "-m", "tensionwatch.feeds.worker")
"""-P: no module of the folder we happen to stand in."""
MAX_STRIKES: Final = 2
PATIENCE: Final = 1.0
"""Seconds that a child has to end by itself when it is told to."""
STARTING: Final = 20.0
"""Seconds that a child on a busy machine may need to import what it needs."""
_PIPE_SIZE: Final = 1 << 20
"""Bytes, where the system lets us choose (Linux): with its 64 KB, two feeds' entries, the child spent a tenth of a cold
reload waiting for its parent to read."""
_LAST_WORDS: Final = 4_000
"""Bytes of stderr that are kept."""


@dataclass(slots=True)
class _Pending:
    key: str
    request: Request
    answer: asyncio.Future[Any]
    blamed: Callable[[str], object]
    """The answer where the child died at it, from the reason; or raises what to raise then."""
    strikes: int = 0


class _Child:
    """A running child and our ends of its pipes. Raises OSError when it cannot be started."""

    def __init__(self, settings: Settings) -> None:
        self.process = subprocess.Popen(  # noqa: S603  our own module, run by our own interpreter
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,  # what a dead child has not read must not wait in a buffer: closing would fail on it again
            pipesize=_PIPE_SIZE,
            start_new_session=True,  # Ctrl-C and Ctrl-Z are the parent's
        )
        # Popen's types allow None, which it never gives for PIPE.
        self._stdin, self._stdout, self._stderr = cast(
            tuple[IO[bytes], IO[bytes], IO[bytes]], (self.process.stdin, self.process.stdout, self.process.stderr)
        )
        self._owners: list[asyncio.BaseTransport] = []
        self.requests: asyncio.WriteTransport | None = None
        self.last_words = b""
        self.wants_texts = settings.texts_follow
        with contextlib.suppress(BrokenPipeError):  # it died at once: `_judge` will say so
            self._stdin.write(to_frame(settings))

    async def connect(self) -> tuple[asyncio.WriteTransport, asyncio.StreamReader, asyncio.StreamReader]:
        """Where requests go, its answers, and its stderr."""
        answers, answers_owner = await connect_reader(self._stdout)
        words, words_owner = await connect_reader(self._stderr)
        self.requests, _ = await asyncio.get_running_loop().connect_write_pipe(asyncio.BaseProtocol, self._stdin)
        self._owners = [answers_owner, words_owner]
        return self.requests, answers, words

    async def end(self) -> int:
        """Close its stdin, wait for it, kill it if need be; its return code."""
        if self.requests is None:
            self._stdin.close()
        elif not self.requests.is_closing():  # asyncio cannot abort a pipe whose reader has gone
            self.requests.abort()
        code = await asyncio.to_thread(_reap, self.process)
        for end in self._owners or (self._stdout, self._stderr):
            end.close()
        await asyncio.sleep(0)  # transports let go of their pipes in the loop's next round
        return code


def _reap(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


class IngestProcess:
    """One ingest process, started again when it dies. `start` may come long before the event loop runs."""

    def __init__(
        self,
        poll: PollConfig,
        packs: Sequence[Path] = (),
        *,
        clock: Clock | None = None,
        texts: dict[str, str] | None = None,
        cache: Path | None = None,
    ) -> None:
        """`texts` are those of the packs, by path, where another process has read them; `cache` is a folder for what
        takes long to make of them."""
        self._poll = poll
        self._cache = str(cache) if cache is not None else None
        self._packs = tuple(str(pack) for pack in packs)
        self.texts = texts
        """Of the packs in force, as the child said; None before."""
        self._clock = clock or SystemClock()
        self._child: _Child | None = None
        self._pending: dict[str, _Pending] = {}
        self._fetching = 0
        self._numbers = itertools.count()
        self._at: At | None = None
        self._silence = poll.timeout + 2 * poll.parse_timeout + STARTING
        self._alarm: asyncio.TimerHandle | None = None
        self._silent = False
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Of the child, while there is one."""
        return self._child.process.pid if self._child else None

    def start(self) -> None:
        """Start the child, so that it imports while the caller does other things. Raises IngestError."""
        self._running()

    def _running(self) -> _Child:
        try:
            if self._child is None:
                self._child = _Child(Settings(self._poll, self._packs, self._cache, self.texts is not None))
                LOG.info("ingest process %d started", self._child.process.pid)
        except OSError as error:
            raise IngestError(f"the ingest process could not be started: {error.strerror or error}") from error
        return self._child

    async def fetch(self, request: FetchRequest) -> Fetched:
        """What came of polling one feed; one request per feed at a time. Raises IngestError."""
        self._fetching += 1
        try:
            answer = await self._ask(request.feed.id, Fetch(request), lambda reason: self._failed(request, reason))
        finally:
            self._fetching -= 1
        return cast(Fetched, answer)

    async def classify(self, texts: Sequence[Text]) -> Classified:
        """What the rules see in these. Raises ClassifyError where they end the child, IngestError."""
        key = self._next_key()
        return cast(Classified, await self._ask(key, Classify(key, tuple(texts)), _not_classified))

    async def rules(self, *, reload: bool = False) -> RulesInForce:
        """Which rules are in force, once the packs have been read again if that is asked. Raises IngestError."""
        key = self._next_key()
        return cast(RulesInForce, await self._ask(key, AskRules(key, reload), _not_loaded))

    async def take_rules(self, texts: dict[str, str]) -> None:
        """Have the rules of these packs, as another process has them. Raises IngestError."""
        self.texts = texts
        if self._child is not None:
            key = self._next_key()
            await self._ask(key, AskRules(key, True, texts), _not_loaded)

    async def rules_version(self) -> str:
        """Of the rules in force, or that would be once they are loaded. Raises IngestError."""
        key = self._next_key()
        return cast(str, await self._ask(key, AskVersion(key), _not_loaded))

    def _next_key(self) -> str:
        """Of a request that is no feed's; a late answer to one that was given up is no other's."""
        return f":{next(self._numbers)}"

    @property
    def busy(self) -> bool:
        """Are feeds being fetched?"""
        return self.fetching > 0

    @property
    def fetching(self) -> int:
        """Feeds that are being fetched."""
        return self._fetching

    async def _ask(self, key: str, request: Request, blamed: Callable[[str], object]) -> object:
        if key in self._pending:
            raise ValueError(f"{key} is being asked for already")
        pending = _Pending(key, request, asyncio.get_running_loop().create_future(), blamed)
        self._pending[key] = pending
        if self._child and self._child.requests:
            self._child.requests.write(to_frame(request))
            self._expect_sign(self._child)
        elif self._keeper is None:
            self._keeper = asyncio.create_task(self._keep())
        try:
            return await pending.answer
        finally:
            if self._pending.get(key) is pending:  # cancelled
                del self._pending[key]

    async def close(self) -> None:
        """End the child. Requests under way fail with IngestError."""
        if self._keeper:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})
        self._fail("the ingest process was closed", list(self._pending.values()))
        if self._child:
            child, self._child = self._child, None
            await child.end()

    # -------------------------------------------------------------- keeping it alive

    async def _keep(self) -> None:
        """Serve what is pending with a child, and with its successors, until one dies with nothing left to do."""
        try:
            while self._pending:
                child = self._running()
                await self._converse(child)
                code = await child.end()
                self._child = None
                self._judge(code, child.last_words)
        except Exception as error:
            self._fail(str(error) or repr(error), list(self._pending.values()))  # whoever waits must hear of it
            if not isinstance(error, IngestError):
                raise
        finally:
            self._keeper = None

    async def _converse(self, child: _Child) -> None:
        """Send it all that is pending and take in its answers until it closes its end."""
        requests, answers, words = await child.connect()
        if child.wants_texts:
            requests.write(to_frame(PackTexts(self.texts or {})))
        for pending in self._pending.values():
            requests.write(to_frame(pending.request))
        self._expect_sign(child)
        listening = asyncio.create_task(_listen(child, words))
        try:
            await self._take_in(child, answers)
            await asyncio.wait({listening}, timeout=PATIENCE)
        finally:
            listening.cancel()
            self._heard()

    async def _take_in(self, child: _Child, answers: asyncio.StreamReader) -> None:
        decoder = msgspec.msgpack.Decoder(Answer)
        while answer := await read_frame(answers, decoder):
            self._heard()
            if isinstance(answer, At):
                self._at = answer
            else:
                self._at = None
                self._take(answer)
            self._expect_sign(child)
            await asyncio.sleep(0)  # buffered frames are read without a pause: let the loop draw between two of them

    def _take(self, answer: Done | Read | Loaded | Version) -> None:
        if isinstance(answer, Done):
            self._settle(answer.fetched.feed, lambda: answer.fetched)
        elif isinstance(answer, Read):
            self._settle(answer.key, lambda: answer.classified)
        elif isinstance(answer, Version):
            self._settle(answer.key, lambda: answer.version)
        else:
            self.texts = answer.texts
            self._settle(answer.key, lambda: answer.in_force)

    def _settle(self, key: str, result: Callable[[], object]) -> None:
        """Answer the request with the result, or with what asking for it raises."""
        pending = self._pending.pop(key, None)
        if pending and not pending.answer.done():
            try:
                pending.answer.set_result(result())
            except IngestError as error:
                pending.answer.set_exception(error)

    def _expect_sign(self, child: _Child) -> None:
        """Kill the child unless it gives a sign of life in time; nothing to wait for where nothing is pending."""
        if self._alarm is None and self._pending:
            self._alarm = asyncio.get_running_loop().call_later(self._silence, self._give_up, child)

    def _heard(self) -> None:
        if self._alarm:
            self._alarm.cancel()
            self._alarm = None

    def _give_up(self, child: _Child) -> None:
        self._alarm = None
        if self._pending:
            self._silent = True
            child.process.kill()

    # -------------------------------------------------------------- when it died

    def _judge(self, code: int, last_words: bytes) -> None:
        """Fail the feed it was at, or count a strike against all that waited."""
        at, self._at = self._at, None
        silent, self._silent = self._silent, False
        LOG.warning("an ingest process ended (%s)%s", _ending(code), f" while {at.stage}: {at.key}" if at else "")
        if silent:
            self._strike(f"the ingest process gave no sign of life for {self._silence:g} s")
        elif at is None:
            self._strike(f"the ingest process ended ({_ending(code)}){_last_line(last_words)}")
        elif pending := self._pending.get(at.key):
            reason = _blame(at, code, last_words, self._poll.parse_timeout)
            self._settle(at.key, lambda: pending.blamed(reason))

    def _strike(self, reason: str) -> None:
        for pending in self._pending.values():
            pending.strikes += 1
        self._fail(reason, [pending for pending in self._pending.values() if pending.strikes >= MAX_STRIKES])

    def _fail(self, reason: str, all_pending: Sequence[_Pending]) -> None:
        for pending in all_pending:
            self._pending.pop(pending.key, None)
            if not pending.answer.done():
                pending.answer.set_exception(IngestError(reason))

    def _failed(self, request: FetchRequest, reason: str) -> Fetched:
        return Fetched(
            feed=request.feed.id,
            at=self._clock.now(),
            result="failed",
            reason=reason,
            etag=request.etag,
            last_modified=request.last_modified,
            body_hash=request.body_hash,
        )


async def _listen(child: _Child, words: asyncio.StreamReader) -> None:
    """Keep the last it says, and log all of it: the tracebacks of our own faults in the child."""
    rest = b""
    while chunk := await words.read(_LAST_WORDS):
        child.last_words = (child.last_words + chunk)[-_LAST_WORDS:]
        *lines, rest = (rest + chunk).split(b"\n")
        rest = rest[-_LAST_WORDS:]
        for line in lines:
            LOG.warning("ingest process %d said: %s", child.process.pid, line.decode("utf-8", "replace"))
    if rest:
        LOG.warning("ingest process %d said: %s", child.process.pid, rest.decode("utf-8", "replace"))


def _blame(at: At, code: int, last_words: bytes, parse_timeout: float) -> str:
    if code == -signal.SIGALRM:
        return f"{at.stage} took longer than {parse_timeout:g} s"
    if limits.want_of_memory(code, last_words):
        return f"{at.stage} took {limits.words()}"
    return f"{at.stage} ended the ingest process ({_ending(code)})"


def _not_classified(reason: str) -> NoReturn:
    raise ClassifyError(reason)


def _not_loaded(reason: str) -> NoReturn:
    raise IngestError(reason)


def _ending(code: int) -> str:
    """`exit code 1`, `SIGKILL`."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:  # a real-time signal has no name
        return f"signal {-code}"


def _last_line(words: bytes) -> str:
    lines = words.decode("utf-8", "replace").split("\n")
    last = next((line for line in reversed(lines) if line.strip()), "")
    return f": {visible(last.strip())[:300]}" if last else ""
