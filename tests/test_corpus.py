"""An archive's lines, cut into blocks: each line once, under its own number, however long its neighbours are."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from tensionwatch.commands.corpus import BLOCK, MAX_LINE, opened

LENGTHS = st.sampled_from([0, 1, 700, BLOCK - 1, BLOCK, MAX_LINE - 1, MAX_LINE, 2 * MAX_LINE + 7])


@example(lengths=[2 * MAX_LINE + 7, 1, MAX_LINE - 1], packed=True, ended=False)
@given(lengths=st.lists(LENGTHS, max_size=5), packed=st.booleans(), ended=st.booleans())
def test_every_line_is_read_once_and_has_its_number(lengths: list[int], packed: bool, ended: bool) -> None:
    lines = [bytes([97 + number]) * length for number, length in enumerate(lengths)]
    text = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    if not ended and lines and not lines[-1]:
        lines.pop()  # nothing stands behind the last end of line
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "archive")
        path.write_bytes(gzip.compress(text, 1) if packed else text)
        with opened(path) as corpus:
            blocks = list(corpus.blocks())
    read = {first + at: line for first, block in blocks for at, line in enumerate(block.split(b"\n"))}
    assert corpus.lines == len(lines)
    assert corpus.cut == ""
    assert list(read) == list(range(1, len(lines) + 1))
    for line, was in zip(read.values(), lines, strict=True):
        # Of one that is too long it is enough that this shows.
        assert line == was if len(was) < MAX_LINE else (MAX_LINE <= len(line) <= len(was) and was.startswith(line))
