"""The captured console: whole lines, masked, nothing lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackexp.tracking.secrets import Scrubber
from trackexp.tracking.secrets.console import MAX_LINE, ConsoleFilter


@pytest.fixture
def console() -> tuple[ConsoleFilter, list[str]]:
    """Return a filter that knows one secret, and what it has handed on."""
    handed_on: list[str] = []
    return ConsoleFilter(Scrubber({"KNOWN": "q7Wx1Pk9Zt"}), "stdout", handed_on.append), handed_on


def test_a_secret_in_two_writes_is_masked(console: tuple[ConsoleFilter, list[str]]) -> None:
    """The end of a line is waited for, so that a value that comes in pieces is seen whole."""
    write, handed_on = console
    for piece in ("the value: q7W", "x1P", "k9Zt", " and more\nnext"):
        write(piece)

    assert ["the value: <masked:KNOWN> and more\n"] == handed_on


def test_a_progress_bar_is_handed_on_as_it_moves(console: tuple[ConsoleFilter, list[str]]) -> None:
    r"""A `\r` ends a line as `\n` does: nobody waits for the end of an epoch to see its bar."""
    write, handed_on = console
    write("\r1/3 loss: 0.5")
    write("\r2/3 loss: 0.4")

    assert "\r1/3 loss: 0.5\r" == "".join(handed_on)


def test_the_rest_is_handed_on_at_the_end(console: tuple[ConsoleFilter, list[str]]) -> None:
    """A line without an end comes with the flush, masked, and once."""
    write, handed_on = console
    write("last q7Wx1Pk9Zt")
    write.flush()
    write.flush()

    assert ["last <masked:KNOWN>"] == handed_on


def test_bytes_of_the_emulator_are_taken(console: tuple[ConsoleFilter, list[str]]) -> None:
    """W&B's terminal emulator hands on bytes, which need not be whole letters."""
    write, handed_on = console
    write(b"q7Wx1Pk9Zt \xff\n")

    assert ["<masked:KNOWN> �\n"] == handed_on


def test_a_line_that_never_ends_is_handed_on_in_parts(console: tuple[ConsoleFilter, list[str]]) -> None:
    """Memory stays bounded, nothing is lost, and a secret at a cut is masked."""
    write, handed_on = console
    for _ in range(3 * MAX_LINE // 20):
        write("word q7Wx1Pk9Zt end ")
    held = 3 * MAX_LINE // 20 * 20 - len("".join(handed_on).replace("<masked:KNOWN>", "q7Wx1Pk9Zt"))
    write.flush()

    assert held <= MAX_LINE
    assert "word <masked:KNOWN> end " * (3 * MAX_LINE // 20) == "".join(handed_on)


def test_a_private_key_is_masked_though_its_lines_come_apart(
    console: tuple[ConsoleFilter, list[str]], make: Any
) -> None:
    """The lines of a key come one by one, with a line of another thread between them."""
    write, handed_on = console
    lines = make.private_key().splitlines()
    for line in [*lines[:3], "step 3 of 10, loss 0.5", *lines[3:], "done"]:
        write(line)
        write("\n")
    text = "".join(handed_on)

    assert [] == [line for line in lines[1:-1] if line in text]
    assert text.endswith("-----END RSA PRIVATE KEY-----\ndone\n")
    assert "step 3 of 10, loss 0.5\n" in text


def test_after_a_cut_private_key_the_log_goes_on(console: tuple[ConsoleFilter, list[str]], make: Any) -> None:
    """A key without a footer ends where nothing looks like its lines any more."""
    write, handed_on = console
    write("\n".join([*make.private_key().splitlines()[:3], *(["epoch 1: loss 0.5"] * 4), "done", ""]))

    assert "".join(handed_on).endswith("epoch 1: loss 0.5\ndone\n")


@given(st.lists(st.text(alphabet="ab =\n\r:é", max_size=12), max_size=20))
def test_what_holds_no_secret_comes_through_as_it_was(pieces: list[str]) -> None:
    """However a text is cut into writes, it comes out whole and in order."""
    handed_on: list[str] = []
    write = ConsoleFilter(Scrubber(), "stdout", handed_on.append)
    for piece in pieces:
        write(piece)
    write.flush()

    assert "".join(pieces) == "".join(handed_on)
