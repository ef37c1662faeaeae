from __future__ import annotations

from pathlib import Path

import pytest

from trackexp.fit import writer as model_writer
from trackexp.fit.writer import put_in_place


@pytest.mark.parametrize("exchanges", [True, False], ids=["as the system can", "renamed"])
@pytest.mark.parametrize("there", [True, False], ids=["over a file", "new"])
def test_a_file_takes_the_place_of_another(
    tmp_path: Path, exchanges: bool, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new bytes stand under the name at once, whether or not the system can exchange two names."""
    if not exchanges:
        monkeypatch.setattr(model_writer, "_exchanged", lambda one, other: False)
    part, path = tmp_path / "größe part", tmp_path / "model.h5"
    part.write_bytes(b"new")
    if there:
        path.write_bytes(b"old")
    put_in_place(part, path)

    assert b"new" == path.read_bytes()
    assert not part.exists() or b"old" == part.read_bytes()


def test_across_file_systems_nothing_is_lost(tmp_path: Path) -> None:
    """What cannot be exchanged raises as a rename does, with both files as they were."""
    part, path = tmp_path / "part", tmp_path / "nowhere" / "model.h5"
    part.write_bytes(b"new")
    with pytest.raises(OSError, match="nowhere"):
        put_in_place(part, path)

    assert b"new" == part.read_bytes()
