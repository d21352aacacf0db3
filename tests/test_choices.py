"""What was chosen on the screen is there again the next time."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tensionwatch.choices import Choices


def test_the_chosen_theme_goes_before_the_configured_one(tmp_path: Path) -> None:
    path = tmp_path / "state" / "screen.json"
    Choices(path).keep_theme("nord", "tensionwatch")
    assert Choices(path).theme("tensionwatch") == "nord"


def test_who_configures_another_theme_later_has_that(tmp_path: Path) -> None:
    path = tmp_path / "screen.json"
    Choices(path).keep_theme("nord", "tensionwatch")
    assert Choices(path).theme("gruvbox") == "gruvbox"
    Choices(path).keep_theme("dracula", "gruvbox")
    assert Choices(path).theme("gruvbox") == "dracula"


def test_to_choose_what_is_in_force_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "screen.json"
    Choices(path).keep_theme("tensionwatch", "tensionwatch")
    assert not path.exists()


def test_without_a_file_nothing_is_kept() -> None:
    choices = Choices()
    choices.keep_theme("nord", "tensionwatch")
    assert choices.theme("tensionwatch") == "tensionwatch"


@pytest.mark.parametrize("text", [b"", b"[]", b'{"theme": 3}', b"\xff", b'{"theme": "nord"}', b"[" * 100_000])
def test_a_file_that_is_not_ours_counts_for_nothing(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "screen.json"
    path.write_bytes(text)
    assert Choices(path).theme("tensionwatch") == "tensionwatch"
    Choices(path).keep_theme("nord", "tensionwatch")
    assert Choices(path).theme("tensionwatch") == "nord"


@given(text=st.binary(max_size=60))
def test_whatever_is_in_it_it_can_be_read(text: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("choices") / "screen.json"
    path.write_bytes(text)
    assert Choices(path).theme("tensionwatch") == "tensionwatch"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder would be")
    with pytest.raises(OSError, match="state"):
        Choices(tmp_path / "state" / "screen.json").keep_theme("nord", "tensionwatch")
