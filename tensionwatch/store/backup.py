"""A store in one file, and back.

    backup    what a reader sees ─▶ manifest.json, store.json, months/*.json ─▶ FILE.new ─▶ read again ─▶ fsync ─▶ FILE
    restore   FILE ─▶ FOLDER.restoring, each file checked against the manifest ─▶ former FOLDER set aside ─▶ FOLDER

The file is a tar.gz of plain TinyDB files; the journal is folded in. Nothing is taken from an archive that the manifest
does not name, and nothing else has a name that is taken: no paths, links or devices get out of the folder.
"""

from __future__ import annotations

import gzip
import io
import re
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Protocol

import msgspec

from tensionwatch.errors import StoreError, StoreUnwritable
from tensionwatch.model import SCHEMA_VERSION
from tensionwatch.store import files, records
from tensionwatch.store.folder import MONTH_FILE, Progress, hot, is_taken, month_files
from tensionwatch.store.journal import LOCK, SNAPSHOT
from tensionwatch.store.months import MONTHS
from tensionwatch.store.store import Store

MANIFEST = "manifest.json"
FORMAT = 1

_MANIFEST_AT_MOST = 1 << 20
_UNPACKED_AT_MOST = 100
"""Times the size of the archive: text of news becomes a fifth to a tenth."""
_ALWAYS_ALLOWED = 50_000_000
_PIECE = 1 << 20

_BROKEN = (tarfile.TarError, EOFError, zlib.error, ValueError, msgspec.DecodeError, OSError)
"""What reading an archive raises that is none, or is damaged."""

_OWN_NAME = re.compile(rf"{re.escape(SNAPSHOT)}|{MONTHS}/{MONTH_FILE.pattern}")


class _Hash(Protocol):
    def hexdigest(self) -> str: ...


class BadBackup(StoreError):
    """Not a backup of ours, or not whole."""


class Member(msgspec.Struct, frozen=True):
    bytes: int
    sha256: str
    articles: int


class Manifest(msgspec.Struct, frozen=True):
    made: datetime
    by: str
    format: int
    schema_version: int
    files: dict[str, Member]

    @property
    def articles(self) -> int:
        return sum(member.articles for member in self.files.values())


# ------------------------------------------------------------------ backup


def back_up(folder: Path, target: Path, *, by: str, now: datetime, progress: Progress) -> tuple[Manifest, list[str]]:
    """Write the store, as it is now, to `target`; gives what is in it, and what was found wrong with the store.

    Raises NoStore, StoreError; StoreUnwritable where `target` cannot be written."""
    contents = hot(folder)
    snapshot = b"".join(records.snapshot_pieces(dict(contents.tables), contents.generation))  # type: ignore[arg-type]
    listed = {SNAPSHOT: _member(snapshot, len(contents.tables.get("articles", {})))}
    months = month_files(folder)
    faults = list(contents.notices)
    for name, path in months.items():
        content = files.read_bytes(path)
        found = records.read_snapshot(content)
        faults += [f"{path} {found.fault}"] if found.fault else []
        listed[f"{MONTHS}/{name}"] = _member(content, len(found.tables.get("articles", {})))
    manifest = Manifest(now, by, FORMAT, SCHEMA_VERSION, listed)
    fresh = target.with_name(f"{target.name}.new")
    try:
        with files.writing(target):
            _write(fresh, manifest, snapshot, months, progress)
        _verify(fresh, manifest)
        files.put_in_place(fresh, target)
    except BaseException:
        with suppress(OSError):  # the error that is under way says more
            fresh.unlink(missing_ok=True)
        raise
    return manifest, faults


def _member(content: bytes, articles: int) -> Member:
    return Member(len(content), sha256(content).hexdigest(), articles)


def _write(fresh: Path, manifest: Manifest, snapshot: bytes, months: dict[str, Path], progress: Progress) -> None:
    with files.new_file(fresh) as file, tarfile.open(fileobj=file, mode="w:gz", compresslevel=5) as archive:
        _add(archive, MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)), manifest.made)
        _add(archive, SNAPSHOT, snapshot, manifest.made)
        done = manifest.files[SNAPSHOT].articles
        progress(done)
        for name, path in months.items():
            _add(archive, f"{MONTHS}/{name}", path.read_bytes(), manifest.made)
            done += manifest.files[f"{MONTHS}/{name}"].articles
            progress(done)


def _add(archive: tarfile.TarFile, name: str, content: bytes, made: datetime) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(content), 0o600, int(made.timestamp())
    archive.addfile(entry, io.BytesIO(content))


def _verify(archive: Path, written: Manifest) -> None:
    """What has been written, read again."""
    found: set[str] = set()
    with _opened(archive) as tar:
        if _manifest(tar, archive) != written:
            raise StoreError(f"{archive}: what was written cannot be read again")
        for name, member, content in _members(tar, archive, written):
            found.add(name)
            digest = sha256()
            for piece in _pieces(archive, name, content):
                digest.update(piece)
            _same(archive, name, member, digest)
    if found != written.files.keys():
        raise StoreError(f"{archive}: what was written cannot be read again")


# ------------------------------------------------------------------ restore


def restore(
    archive: Path, folder: Path, *, force: bool, now: datetime, progress: Progress
) -> tuple[Manifest, Path | None]:
    """Put a backup in place of the store in `folder`; gives what was in it, and where the former content lies now.

    Raises BadBackup, StoreLocked, StoreUnwritable, StoreNewer, and StoreError where there is something already."""
    folder = Path(folder.resolve())
    if is_taken(folder) and not force:
        raise StoreError(f"{folder}: a store is there already; --force sets it aside")
    with files.writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        unpacked = Path(mkdtemp(prefix=f"{folder.name}.restoring-", dir=folder.parent))
    try:
        manifest = _unpack(archive, unpacked, progress)
        with Store.open(unpacked, read_only=True) as store:  # refuses one of a newer version
            if store.notices:
                raise BadBackup(f"{archive}: {store.notices[0]}")
        aside = _swap(unpacked, folder, now)
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)
    return manifest, aside


def _unpack(archive: Path, into: Path, progress: Progress) -> Manifest:
    with _opened(archive) as tar:
        manifest = _manifest(tar, archive)
        _check_sizes(manifest, archive, into)
        left, done = dict(manifest.files), 0
        for name, member, content in _members(tar, archive, manifest):
            left.pop(name)
            digest = sha256()
            with files.writing(into):
                (into / name).parent.mkdir(mode=0o700, exist_ok=True)
                with files.new_file(into / name) as file:
                    for piece in _pieces(archive, name, content):
                        digest.update(piece)
                        file.write(piece)
            _same(archive, name, member, digest)
            if fault := records.read_snapshot(files.read_bytes(into / name)).fault:
                raise BadBackup(f"{archive}: {name} {fault}")
            done += member.articles
            progress(done)
    if left:
        raise BadBackup(f"{archive}: {', '.join(left)} is missing")
    return manifest


def _swap(unpacked: Path, folder: Path, now: datetime) -> Path | None:
    """Both renames are in one folder; a crash between them leaves the former content and the restored side by side."""
    aside = None
    if folder.exists():
        lock = files.Lock(folder / LOCK)  # nobody may be writing there
        try:
            with files.writing(folder):
                if is_taken(folder):
                    aside = _free_name(folder.with_name(f"{folder.name}.before-{now:%Y%m%dT%H%M%SZ}"))
                    folder.replace(aside)
                else:
                    shutil.rmtree(folder)
        finally:
            lock.close()
    files.put_in_place(unpacked, folder)
    return aside


def _free_name(path: Path) -> Path:
    number = 1
    while (free := path if number == 1 else path.with_name(f"{path.name}-{number}")).exists():
        number += 1
    return free


def _check_sizes(manifest: Manifest, archive: Path, into: Path) -> None:
    size = sum(member.bytes for member in manifest.files.values())
    if size > max(_ALWAYS_ALLOWED, archive.stat().st_size * _UNPACKED_AT_MOST):
        raise BadBackup(f"{archive}: would become {size:,} bytes: no backup of ours")
    if size > (free := shutil.disk_usage(into).free):
        raise StoreUnwritable(f"{into}: {size:,} bytes are needed, {free:,} are free")


# ------------------------------------------------------------------ reading archives that may be anything


class _InPieces(gzip.GzipFile):
    """Python's tarfile reads names of any length at once: nothing of ours is read in pieces as large."""

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= 2 * _PIECE:
            raise ValueError("an entry has a name without end")
        return super().read(size)


@contextmanager
def _opened(archive: Path) -> Iterator[tarfile.TarFile]:
    try:
        file = _InPieces(archive, "rb")
    except OSError as error:
        raise BadBackup(f"{archive}: {error.strerror or error}") from error
    with file:
        try:
            tar = tarfile.TarFile(fileobj=file)
        except _BROKEN as error:
            raise BadBackup(f"{archive}: not a backup: {error}") from error
        with tar:
            yield tar


def _manifest(tar: tarfile.TarFile, archive: Path) -> Manifest:
    try:
        entry = tar.next()
        if entry is None or entry.name != MANIFEST or not entry.isreg() or entry.size > _MANIFEST_AT_MOST:
            raise BadBackup(f"{archive}: not a backup: it does not begin with {MANIFEST}")
        manifest = msgspec.json.decode(_content(tar, entry).read(), type=Manifest)
    except _BROKEN as error:
        raise BadBackup(f"{archive}: not a backup: {error}") from error
    if manifest.format > FORMAT or manifest.schema_version > SCHEMA_VERSION:
        raise BadBackup(f"{archive}: made by a newer tensionwatch ({manifest.by})")
    return manifest


def _members(tar: tarfile.TarFile, archive: Path, manifest: Manifest) -> Iterator[tuple[str, Member, IO[bytes]]]:
    """The files that the manifest names, each once; anything else is refused."""
    left = dict(manifest.files)
    try:
        while (entry := tar.next()) is not None:
            name = entry.name
            if name not in left or not _OWN_NAME.fullmatch(name) or not entry.isreg() or entry.size != left[name].bytes:
                raise BadBackup(f"{archive}: holds what no backup holds: {name[:80]!r}")
            yield name, left.pop(name), _content(tar, entry)
        while tar.fileobj is not None and tar.fileobj.read(_PIECE):
            pass  # to the very end, where gzip's own checksum stands
    except _BROKEN as error:
        raise BadBackup(f"{archive}: cannot be read to its end: {error}") from error


def _content(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(entry)
    if content is None:
        raise ValueError(f"{entry.name} is no file")
    return content


def _pieces(archive: Path, name: str, content: IO[bytes]) -> Iterator[bytes]:
    while True:
        try:
            piece = content.read(_PIECE)
        except _BROKEN as error:
            raise BadBackup(f"{archive}: {name} cannot be read to its end: {error}") from error
        if not piece:
            return
        yield piece


def _same(archive: Path, name: str, member: Member, digest: _Hash) -> None:
    if digest.hexdigest() != member.sha256:
        raise BadBackup(f"{archive}: {name} is damaged: its checksum is another")
