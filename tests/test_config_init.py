"""Writing the shipped configuration where the user wants it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tensionwatch.config import example_text, load, write_example
from tensionwatch.errors import TensionwatchError


def test_example_is_written_with_the_folders_that_lead_to_it(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "config.toml"
    write_example(path)
    assert path.read_text("utf-8") == example_text()
    assert load(path).feeds == load(None).feeds


def test_file_that_is_there_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("# mine\n")
    with pytest.raises(TensionwatchError) as caught:
        write_example(path)
    assert str(caught.value) == f"{path}: is there already; --force replaces it"
    assert path.read_text() == "# mine\n"


def test_file_that_is_there_is_replaced_when_forced(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("# mine\n")
    write_example(path, force=True)
    assert path.read_text("utf-8") == example_text()


def test_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    link = tmp_path / "config.toml"
    link.symlink_to(tmp_path / "dotfiles" / "tensionwatch.toml")
    write_example(link)
    assert link.is_symlink()
    assert (tmp_path / "dotfiles" / "tensionwatch.toml").read_text("utf-8") == example_text()


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "config.toml"
    with pytest.raises(TensionwatchError, match=r"file/config\.toml: cannot be written: "):
        write_example(path)


def test_folder_in_place_of_the_file_is_told_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    (path / "inside").mkdir(parents=True)
    with pytest.raises(TensionwatchError, match="cannot be written: Is a directory"):
        write_example(path, force=True)
    assert (path / "inside").is_dir()


@pytest.mark.parametrize("failing", ["os.fsync", "pathlib.Path.replace"])
def test_disk_that_fails_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_text("# mine\n")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(failing, full)
    with pytest.raises(TensionwatchError) as caught:
        write_example(path, force=True)
    assert str(caught.value) == f"{path}: cannot be written: No space left on device"
    assert path.read_text() == "# mine\n"
    assert list(tmp_path.iterdir()) == [path]
