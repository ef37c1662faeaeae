from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from trackexp.errors import UsageError
from trackexp.evaluation import RegressionEvaluation, evaluate
from trackexp.models.data import DataOptions, predictions_file, read_predictions

Y = np.array([0, 1, 2, 1])
P = np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.5, 0.3], [0.1, 0.6, 0.3]])
NAMES = ["ant", "bee", "ocelot"]


def read(tmp_path, frame, **options):
    """Write a table, and read it as predictions."""
    frame.to_csv(tmp_path / "p.csv", index=False)
    return read_predictions(tmp_path / "p.csv", DataOptions(**options))[0]


@pytest.mark.parametrize("prefix", ["", "p_", "probability_"])
def test_a_column_a_class_names_the_classes(tmp_path, prefix):
    """With or without a prefix; text answers are matched by name, ids and groups are kept."""
    wide = pd.DataFrame(P, columns=[f"{prefix}{name}" for name in NAMES])
    frame = pd.concat([pd.DataFrame({"id": list("abcd"), "target": np.array(NAMES)[Y], "group": "g"}), wide], axis=1)
    result = read(tmp_path, frame, part="test")

    assert evaluate(Y, P).log_loss == result.log_loss
    assert (tuple(NAMES), "test", ["a", "b", "c", "d"]) == (result.class_names, result.part, result.data.ids.tolist())
    assert ["c"] == result.confident_errors()["id"].tolist()


def test_our_own_table_reads_back(tmp_path):
    """What --out writes as predictions.csv gives the same evaluation again."""
    before = evaluate(Y, P, class_names=NAMES, ids=list("abcd"))
    after = read(tmp_path, before.table(np.arange(4), probabilities=True))

    assert before.to_dict() == after.to_dict()


def test_one_probability_is_that_of_the_positive_class(tmp_path):
    """Or, beside a prediction, that of the prediction."""
    y, p = [0, 1, 1], [0.2, 0.9, 0.4]
    expected = evaluate(y, p).log_loss

    assert expected == read(tmp_path, pd.DataFrame({"target": y, "probability": p})).log_loss
    said = pd.DataFrame({"target": y, "prediction": [0, 1, 0], "probability": [0.8, 0.9, 0.6]})
    assert expected == pytest.approx(read(tmp_path, said).log_loss)


def test_numbers_are_a_regression(tmp_path):
    """Target and prediction, both numbers that are no classes."""
    result = read(tmp_path, pd.DataFrame({"id": ["a", "b"], "target": [1.5, 2.0], "prediction": [1.0, 2.0]}))

    assert isinstance(result, RegressionEvaluation)
    assert (0.25, "a") == (result["mae"], result.residuals["id"].iloc[0])


def test_npz_holds_y_true_and_y_prob(tmp_path):
    """With names and ids where it has them."""
    np.savez(tmp_path / "p.npz", y_true=Y, y_prob=P, class_names=NAMES, ids=np.arange(4) + 10)
    result, _ = read_predictions(tmp_path / "p.npz", DataOptions())

    assert evaluate(Y, P).log_loss == result.log_loss
    assert [12] == result.confident_errors()["id"].tolist()


@pytest.mark.parametrize(
    ("frame", "options", "said"),
    [
        (pd.DataFrame({"a": [0.2]}), {}, "no column target"),
        (pd.DataFrame({"target": ["x", "y"], "prediction": ["x", "x"]}), {}, "no probabilities"),
        (pd.DataFrame({"target": [0, 1], "probability": ["high", "low"]}), {}, "holds no numbers"),
        (pd.DataFrame({"target": [0, None], "p": [0.1, 0.2]}), {}, "no target in row 1"),
        (pd.DataFrame({"target": [0, 1], "p_a": [0.1, 0.2], "p_b": [0.1, np.nan]}), {}, "NaN or infinite in row 1"),
        (
            pd.DataFrame({"target": [0, 1], "p_a": [0.1, 0.2], "p_b": [0.9, 0.8]}),
            {"class_names": ("x",)},
            "1 class names",
        ),
        (pd.DataFrame({"target": ["a", "c"], "p_a": [0.1, 0.2], "p_b": [0.9, 0.8]}), {}, "'c' in row 1"),
        (
            pd.DataFrame({"target": list("abc"), "prediction": list("abc"), "probability": [0.9, 0.8, 0.7]}),
            {},
            "more than two classes; expected a column per class",
        ),
        (pd.DataFrame({"target": []}), {}, "holds no rows"),
    ],
)
def test_tables_that_are_no_predictions_are_said(tmp_path, frame, options, said):
    """Every mistake is a ValueError that says what was seen."""
    with pytest.raises(ValueError, match=said):
        read(tmp_path, frame, **options)


def test_an_npz_of_data_is_told_from_predictions(tmp_path):
    """X and y are rows for a model, and the message says how."""
    np.savez(tmp_path / "d.npz", x=P, y=Y)

    with pytest.raises(UsageError, match="trackexp evaluate MODEL --data"):
        read_predictions(tmp_path / "d.npz", DataOptions())


def test_columns_beside_the_probabilities_are_what_errors_are_sliced_by(tmp_path):
    """Words, and, where the classes have a prefix, numbers too; names of rows are none."""
    wide = pd.DataFrame(P, columns=[f"p_{name}" for name in NAMES])
    beside = {"target": Y, "camera": list("abab"), "age": [3, 4, 5, 6], "file": [f"{i}.png" for i in range(4)]}
    result = read(tmp_path, pd.concat([pd.DataFrame(beside), wide], axis=1))

    assert {"camera", "age", "file"} == set(result.data.attributes)
    assert evaluate(Y, P).log_loss == result.log_loss


def test_numbers_beside_one_probability_are_no_classes(tmp_path):
    """Age and height are not probabilities."""
    frame = pd.DataFrame({"target": [0, 1], "probability": [0.2, 0.9], "age": [30, 40], "height": [1.6, 1.8]})
    result = read(tmp_path, frame)

    assert ("binary", {"age", "height"}) == (result.task, set(result.data.attributes))


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("columns", ["each", "one"])
def test_a_table_that_is_too_large_is_read_piece_by_piece(tmp_path, monkeypatch, suffix, columns):
    """Numbers and the worst errors are those of all rows at once, and what is left out is said."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 500)
    p = np.clip(np.where(y == 1, 0.7, 0.3) + rng.normal(0, 0.2, 500), 0.01, 0.99)
    names = np.array(["good", "über"])[y]
    wide = {"p_good": 1 - p, "p_über": p} if columns == "each" else {"probability": p}
    frame = pd.DataFrame({"target": names, **wide})
    path = tmp_path / f"p{suffix}"
    if suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        pytest.importorskip("pyarrow")
        frame.to_parquet(path)
    whole, _ = read_predictions(path, DataOptions(part="test"))
    monkeypatch.setattr(predictions_file, "STREAMED_BYTES", 1000)
    monkeypatch.setattr(predictions_file, "_PIECE", 64)
    found, notes = read_predictions(path, DataOptions(part="test"))

    assert (None, 500, "test") == (found.rows, found.n, found.part)
    assert whole.class_names == found.class_names
    assert pytest.approx(whole.log_loss) == found.log_loss
    assert whole.confusion.equals(found.confusion)
    assert whole.confident_errors(9)["id"].tolist() == found.confident_errors(9)["id"].tolist()
    assert any("are more than are kept" in note for note in notes)


def test_parquet_gives_the_evaluation_of_csv(tmp_path):
    """Words, ids, groups and probabilities, whichever way pandas holds words."""
    pytest.importorskip("pyarrow")
    beside = {"id": list("abcd"), "target": np.array(NAMES)[Y], "group": list("ggħħ"), "camera": list("abab")}
    frame = pd.concat([pd.DataFrame(beside), pd.DataFrame(P, columns=[f"p_{name}" for name in NAMES])], axis=1)
    frame.to_parquet(tmp_path / "p.parquet")
    from_parquet = read_predictions(tmp_path / "p.parquet", DataOptions())[0]
    from_csv = read(tmp_path, frame)

    assert from_csv.to_dict() == from_parquet.to_dict()
    assert from_csv.slices().equals(from_parquet.slices())
    assert from_csv.predictions.equals(from_parquet.predictions)
