from __future__ import annotations

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss, mean_absolute_error
from sklearn.svm import LinearSVC

from trackexp.errors import UsageError
from trackexp.evaluation import RegressionEvaluation
from trackexp.models import evaluate_model, load_model, open_data


def test_scikit_learn_gives_what_it_gives_itself(tmp_path, data_file, rows):
    """By joblib and by pickle, if trusted."""
    model = LogisticRegression().fit(*rows)
    joblib.dump(model, tmp_path / "m.joblib")
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(model))
    for name in ("m.joblib", "m.pkl"):
        found = evaluate_model(load_model(tmp_path / name, trust=True), open_data(str(data_file)))

        assert log_loss(rows[1], model.predict_proba(rows[0])) == pytest.approx(found.result.log_loss, rel=1e-6)


@pytest.mark.parametrize("name", ["m.joblib", "m.pkl"])
def test_a_pickle_is_not_loaded_unasked(tmp_path, name):
    """It is not even opened: its code would run."""
    (tmp_path / name).write_bytes(pickle.dumps(print))
    with pytest.raises(UsageError, match=r"runs whatever code it holds.*--trust"):
        load_model(tmp_path / name)

    with pytest.raises(UsageError, match="expected an estimator"):
        load_model(tmp_path / name, trust=True)


def test_a_table_with_named_columns_and_labels_is_enough(tmp_path, rows):
    """The model's own classes name the columns; text labels and column names are its own."""
    frame = pd.DataFrame(rows[0], columns=[f"f{i}" for i in range(12)])
    names = np.array(["ant", "bee", "cow"])[rows[1]]
    joblib.dump(LogisticRegression().fit(frame, names), tmp_path / "m.joblib")
    frame.assign(target=names).sample(frac=1, axis=1, random_state=0).to_csv(tmp_path / "t.csv", index=False)
    found = evaluate_model(load_model(tmp_path / "m.joblib", trust=True), open_data(str(tmp_path / "t.csv")))

    assert ("ant", "bee", "cow") == found.result.class_names
    assert found.result.accuracy > 0.6


def test_a_margin_is_a_logit_and_a_regressor_gives_numbers(tmp_path, rows, data_file):
    """Without predict_proba the decision function is softmaxed; regression is found out from the answers."""
    joblib.dump(LinearSVC().fit(*rows), tmp_path / "svc.joblib")
    found = evaluate_model(load_model(tmp_path / "svc.joblib", trust=True), open_data(str(data_file)))
    assert "logits" == found.outputs.kind

    y = rows[0].sum(axis=1) + 0.5
    model = LinearRegression().fit(rows[0], y)
    joblib.dump(model, tmp_path / "reg.joblib")
    np.savez(tmp_path / "reg.npz", x=rows[0], y=y + 1)
    numbers = evaluate_model(load_model(tmp_path / "reg.joblib", trust=True), open_data(str(tmp_path / "reg.npz")))
    assert isinstance(numbers.result, RegressionEvaluation)
    assert mean_absolute_error(y + 1, model.predict(rows[0])) == pytest.approx(numbers.result["mae"], rel=1e-4)
