from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

Cli = Callable[..., subprocess.CompletedProcess[str]]
PARTS = "train=.7,valid=.15,test=.15"


@pytest.fixture
def lemons(tmp_path: Path) -> pd.DataFrame:
    """600 photographs of 120 lemons, as a CSV beside."""
    rng = np.random.default_rng(0)
    fruit = np.repeat(np.arange(120), 5)
    frame = pd.DataFrame(
        {"id": np.arange(600), "fruit": fruit, "mold": np.where(fruit % 5 == 0, "schön", "yes"), "red": rng.random(600)}
    )
    frame.to_csv(tmp_path / "lemons.csv", index=False)
    return frame


def test_a_csv_gets_parts_folds_and_a_page(lemons: pd.DataFrame, tmp_path: Path, here: Cli):
    """One line a row, the report on the terminal, exit 0 without a warning."""
    answer = here("partition", "lemons.csv", "--target", "mold", "--group", "fruit", "--id", "id", "--parts", PARTS,
                  "--folds", "5", "--out", "parts.csv", "--html", "p.html", cwd=tmp_path)  # fmt: skip
    written = pd.read_csv(tmp_path / "parts.csv")

    assert 0 == answer.returncode, answer.stdout + answer.stderr
    assert "Partition of 600 rows: train 420, valid 90, test 90; 5 folds" in answer.stdout
    assert {"train": 420, "valid": 90, "test": 90} == written.part.value_counts().to_dict()
    assert {-1, 0, 1, 2, 3, 4} == set(written.fold)
    assert (tmp_path / "p.html").is_file()


def test_a_split_that_tears_groups_apart_is_told_and_exits_1(lemons: pd.DataFrame, tmp_path: Path, here: Cli):
    """As JSON, with code and evidence."""
    lemons.assign(part=np.resize(["train", "train", "test"], 600)).to_parquet(tmp_path / "split.parquet")
    answer = here("partition", "split.parquet", "--check", "part", "--target", "mold", "--group", "fruit", "--id", "id",
                  "--json", cwd=tmp_path)  # fmt: skip
    found = json.loads(answer.stdout)

    assert 1 == answer.returncode
    assert ["train", "test"] == [part["name"] for part in found["parts"]]
    assert ("TX707", 120) == (found["findings"][0]["code"], found["findings"][0]["evidence"]["count"])


@pytest.mark.parametrize(("separator", "encoding"), [(";", "cp1252"), (",", "utf-8-sig"), ("\t", "utf-8")])
def test_a_csv_of_any_dialect_is_read(lemons: pd.DataFrame, tmp_path: Path, here: Cli, separator: str, encoding: str):
    """Semicolons of Excel, a byte-order mark, tabs; umlauts whole."""
    lemons.to_csv(tmp_path / "other.csv", index=False, sep=separator, encoding=encoding)
    answer = here("partition", "other.csv", "--target", "mold", "--parts", PARTS, "--id", "id", "--json", cwd=tmp_path)

    assert {"schön", "yes"} == set(json.loads(answer.stdout)["parts"][0]["classes"])


def test_a_folder_of_images_keeps_near_duplicates_together(tmp_path: Path, here: Cli):
    """Each picture and its brighter copy are in one part."""
    rng = np.random.default_rng(0)
    for number in range(40):
        picture = np.kron(rng.integers(0, 200, (8, 8)), np.ones((6, 6))).astype(np.uint8)
        for copy in (0, 1):
            folder = tmp_path / "images" / ("mold" if number % 2 else "clean")
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture + np.uint8(20 * copy)).save(folder / f"{number}-{copy}.png")
    answer = here("partition", "images", "--parts", PARTS, "--duplicates", "together", "--out", "parts.csv",
                  cwd=tmp_path)  # fmt: skip
    written = pd.read_csv(tmp_path / "parts.csv")

    assert 80 == len(written), answer.stderr
    assert (written.groupby(written.file.str.replace(r"-\d.png", "", regex=True)).part.nunique() == 1).all()


def test_rows_that_come_later_keep_the_earlier_parts(lemons: pd.DataFrame, tmp_path: Path, here: Cli):
    """`--previous` reads what `--out` wrote."""
    common = ["--target", "mold", "--id", "id", "--parts", PARTS]
    here("partition", "lemons.csv", *common, "--out", "old.csv", cwd=tmp_path)
    pd.concat([lemons, lemons.assign(id=lemons.id + 600, red=lemons.red + 1)]).to_csv(
        tmp_path / "more.csv", index=False
    )
    here("partition", "more.csv", *common, "--previous", "old.csv", "--out", "new.csv", cwd=tmp_path)

    old, new = (pd.read_csv(tmp_path / f"{name}.csv") for name in ("old", "new"))
    assert old.part.tolist() == new.part[:600].tolist()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lemons.csv", "--parts", "train=.7"], "at least two named parts"),
        (["lemons.csv", "--parts", "train"], "'train' is no part"),
        (["lemons.csv", "--check", "part", "--parts", PARTS], "--parts would make one"),
        (["nowhere.csv", "--parts", PARTS], "neither a file nor a folder"),
        (["lemons.csv"], "neither parts nor folds"),
        (["lemons.csv", "--parts", PARTS, "--target", "mould"], "did you mean 'mold'"),
    ],
)
def test_what_cannot_be_exits_2(lemons: pd.DataFrame, tmp_path: Path, here: Cli, arguments: list[str], said: str):
    """With what was seen and what can be."""
    answer = here("partition", *arguments, cwd=tmp_path)

    assert (2, True) == (answer.returncode, said in answer.stderr)
