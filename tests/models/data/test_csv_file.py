from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from trackexp.errors import UsageError
from trackexp.models.data import DataOptions, open_data, read_predictions
from trackexp.models.data.csv_file import MOST_COLUMNS, csv_form, read_csv
from trackexp.reporting import guarded_frame

RNG = np.random.default_rng(4)
Y = RNG.integers(0, 3, 60)
P = (RNG.dirichlet([1, 1, 1], 60) * 0.5 + 0.5 * np.eye(3)[Y]).round(6)


def written(path, names, scale=1.0, **how):
    """Write predictions as some program would."""
    frame = pd.DataFrame(scale * P, columns=names)
    frame.insert(0, "target", np.array(names)[Y])
    frame.insert(0, "id", [f"r{n}" for n in range(60)])
    frame.to_csv(path, index=False, **how)
    return path


@pytest.mark.parametrize(
    ("names", "how", "said"),
    [
        (["a", "b", "c"], {}, ""),
        (["a", "b", "c"], {"sep": ";", "decimal": ","}, "decimal comma"),
        (["a", "b", "c"], {"sep": "\t"}, "tabs"),
        (["a", "b", "c"], {"sep": "|"}, r"separated by \|"),
        (["a", "b", "c"], {"decimal": ",", "quoting": 2}, "decimal comma"),
        (["NA", "None", "null"], {}, ""),
        (["a", "b", "ç"], {"encoding": "utf-16"}, "UTF-16"),
        (["a", "b", "ç"], {"encoding": "utf-16-le"}, "UTF-16-LE"),
        (["a", "b", "ç"], {"encoding": "cp1252"}, "Windows-1252"),
        (["a", "b", "ç"], {"encoding": "utf-8-sig"}, ""),
        (["a", "b", "c"], {"lineterminator": "\r\n"}, ""),
        (["a", "b", "c"], {"float_format": "%.4f"}, ""),
        ([" a", "b ", "c"], {}, ""),
    ],
)
def test_a_table_is_read_however_it_is_written(tmp_path, names, how, said):
    """Delimiter, decimal comma, encoding, its mark, names that pandas takes for missing; what is not plain is said."""
    result, notes = read_predictions(written(tmp_path / "p.csv", names, **how), DataOptions())

    assert (P.argmax(axis=1) == Y).mean() == result.accuracy
    assert tuple(name.strip() for name in names) == result.class_names
    assert bool(said) == bool(notes)
    assert not said or pd.Series(notes).str.contains(said).any()


@pytest.mark.parametrize("how", [{}, {"float_format": "%.1f"}, {"float_format": "%.2f%%"}])
def test_percentages_are_divided_and_said(tmp_path, how):
    """By their sums of 100, or by their sign."""
    result, notes = read_predictions(written(tmp_path / "p.csv", ["a", "b", "c"], 100.0, **how), DataOptions())

    assert result.log_loss == pytest.approx(-np.log(P[np.arange(60), Y]).mean(), abs=5e-3)
    assert pd.Series([*notes, *result.notes]).str.contains("percent").any()


def test_a_hint_of_a_spreadsheet_and_an_encoding_that_is_told(tmp_path):
    """Excel's `sep=;`, and letters that no byte gives away."""
    path = written(tmp_path / "p.csv", ["a", "b", "c"], sep=";")
    path.write_bytes(b"sep=;\r\n" + path.read_bytes())
    cyrillic = written(tmp_path / "c.csv", ["кот", "пёс", "ёж"], encoding="cp1251")

    assert 60 == read_predictions(path, DataOptions())[0].n
    assert ("кот", "пёс", "ёж") == read_predictions(cyrillic, DataOptions(encoding="cp1251"))[0].class_names


def test_missing_answers_and_probabilities_are_errors(tmp_path):
    """NA is a class only where a class is called so."""
    path = tmp_path / "p.csv"
    path.write_text("target,a,b\na,0.5,0.5\n,0.2,0.8\n")
    with pytest.raises(UsageError, match="no target in row 1"):
        read_predictions(path, DataOptions())
    path.write_text("target,prediction\n1.5,1.4\nNA,2.0\n2.5,2.2\n")
    with pytest.raises(UsageError, match="no target in row 1"):
        read_predictions(path, DataOptions())
    path.write_text("target,a,b\na,0.5,0.5\nb,NA,0.8\n")
    with pytest.raises(UsageError, match="NaN or infinite in row 1"):
        read_predictions(path, DataOptions())


def test_formulas_are_guarded_and_come_back(tmp_path):
    """A class called =1+1 is no formula in the file, and the same class when the file is read again."""
    frame = pd.DataFrame(P, columns=["=1+1", "-x", "@sum"])
    frame.insert(0, "target", np.array(["=1+1", "-x", "@sum"])[Y])
    guarded_frame(frame).to_csv(tmp_path / "p.csv", index=False)
    text = (tmp_path / "p.csv").read_text()

    assert not any(cell[:1] in "=@" for line in text.splitlines() for cell in line.split(","))
    assert ("=1+1", "-x", "@sum") == read_predictions(tmp_path / "p.csv", DataOptions())[0].class_names
    assert frame.equals(read_csv(tmp_path / "p.csv"))


def test_a_table_of_a_million_columns_is_refused(tmp_path):
    """At once, by its header; also a first line without an end."""
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{n}" for n in range(1_000_000)) + "\n" + ",".join(["1"] * 1_000_000))
    with pytest.raises(UsageError, match=f"1,000,000 columns; expected at most {MOST_COLUMNS:,}"):
        read_predictions(path, DataOptions())
    path.write_text("x" * 17_000_000)
    with pytest.raises(UsageError, match="begins with a line"):
        csv_form(path)


@pytest.mark.parametrize("text", ["", "\n", "\0\0\0\0", "a,b\n1,2,3\n4,5,6,7,8\n", '"open\n1,2\n'])
def test_what_is_no_table_is_a_usage_error(tmp_path, text):
    """Whatever the file holds, the answer is ours."""
    path = tmp_path / "p.csv"
    path.write_text(text)
    with pytest.raises(UsageError):
        read_predictions(path, DataOptions())
    with pytest.raises(UsageError):
        list(open_data(str(path)).batches(10))
