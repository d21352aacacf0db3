"""Saved filters in the configuration: what they give, and what is said of what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tensionwatch.model import SavedFilter
from tests.test_config import problems, read

REGION = '[[region]]\nid = "korea"\nname = "Korean Peninsula"\ncountries = ["PRK", "KOR"]\n'


def test_filters_are_read_in_their_order(tmp_path: Path) -> None:
    text = REGION + (
        '[[filter]]\nname = " Visits  to  Korea"\nquery = "kind:visit region:\\"korean peninsula\\" since:7d"\n'
        '[[filter]]\nname = "All but talks"\nquery = "-kind:talks place:korean-dmz \\"shots fired\\""\n'
    )
    assert read(tmp_path, text).filters == (
        SavedFilter(name="Visits to Korea", query='kind:visit region:"korean peninsula" since:7d'),
        SavedFilter(name="All but talks", query='-kind:talks place:korean-dmz "shots fired"'),
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('name = "a"\nquery = "kind:vist"\n', "3: filter[0].query: kind:vist? did you mean kind:visit"),
        ('name = "a"\nquery = "drill region:koera"\n', "3: filter[0].query: region:koera? did you mean region:korea"),
        ('name = "a"\nquery = "unread since:"\n', "3: filter[0].query: since has no value"),
        ('name = "a"\n', "1: filter[0].query: missing; required"),
        ('name = " "\nquery = "x"\n', "2: filter[0].name: empty; text in quotes"),
        (f'name = "{25 * "a"}"\nquery = "x"\n', "2: filter[0].name: no name for a tab: 'aaaa"),
        (
            'name = "a"\nquery = "x"\n[[filter]]\nname = "A"\nquery = "y"\n',
            "5: filter[1].name: already used: 'A'; filter[0].name (line 2) has it",
        ),
        ('name = "a"\nquery = "x"\nkey = "y"\n', "4: filter[0].key: unknown key; known are name, query"),
    ],
)
def test_what_is_wrong_with_a_filter_is_said_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    found = problems(tmp_path, f"[[filter]]\n{text}{REGION}")
    assert len(found) == 1
    assert found[0].removeprefix("config.toml:").startswith(told)
