from __future__ import annotations

import json

import numpy as np
import pytest

from trackexp.errors import UsageError
from trackexp.evaluation import compare_models, evaluate, explain_difference, fit_temperature
from trackexp.stats import mcnemar_p_value


@pytest.fixture
def models(generated):
    """Return a good model, the same sharpened, and a bad one, on the same 1,500 rows with ids."""
    y, good = generated(101, 1500, 4, 6, 6)
    noise = generated(102, 1500, 4, 6, 6)[1]
    sharp, bad = good**2, good + 2 * noise
    ids = np.arange(1500)
    return {
        name: evaluate(y, p / p.sum(1, keepdims=True), ids=ids)
        for name, p in (("good", good), ("sharp", sharp), ("bad", bad))
    }


def test_pairs_are_tested_by_mcnemar_and_corrected(models):
    """Each pair has its exact p-value, corrected for three pairs, and the rows that only one gets right."""
    comparison = compare_models(models)
    pair = comparison.pairs[1]
    right = comparison.right

    assert [("good", "sharp"), ("good", "bad"), ("sharp", "bad")] == [(p.first, p.second) for p in comparison.pairs]
    assert int((right["good"] & ~right["bad"]).sum()) == pair.only_first
    assert mcnemar_p_value(pair.only_first, pair.only_second) == pair.p_value
    assert pair.p_value <= pair.p_holm <= 3 * pair.p_value


def test_the_leaderboard_says_who_is_tied(models):
    """The sharpened model makes the same decisions and is tied with the best; the bad one is not."""
    comparison = compare_models(models)

    assert ("good", ("sharp",)) == (comparison.best, comparison.tied_with_best)
    assert ["good", "sharp", "bad"] == comparison.leaderboard["model"].tolist()


def test_log_losses_differ_where_decisions_do_not(models):
    """Sharpening moves no decision, and its log loss is worse with an interval that excludes 0."""
    pair = compare_models(models).pairs[0]

    assert (0.0, 1.0) == (pair.accuracy[0], pair.p_value)
    assert pair.log_loss[1].high < 0


def test_exchanging_the_models_mirrors_the_comparison(models):
    """compare(a, b) mirrors compare(b, a)."""
    first = compare_models({"a": models["good"], "b": models["bad"]}).pairs[0]
    second = compare_models({"b": models["bad"], "a": models["good"]}).pairs[0]

    assert (first.only_first, first.p_value) == (second.only_second, second.p_value)
    assert pytest.approx(first.log_loss[0]) == -second.log_loss[0]


def test_rows_are_paired_by_id(models):
    """A model whose rows come in another order is brought into the first one's."""
    order = np.random.default_rng(0).permutation(1500)
    shuffled = models["bad"].take(order)

    expected = compare_models({"a": models["good"], "b": models["bad"]}).pairs[0]
    assert expected == compare_models({"a": models["good"], "b": shuffled}).pairs[0]


def test_changed_rows_are_named(models):
    """The rows that changed side stand with the model that gets them right."""
    comparison = compare_models(models)
    changed = comparison.changed("good", "bad")
    pair = comparison.pairs[1]

    assert {"good": pair.only_first, "bad": pair.only_second} == changed["right"].value_counts().to_dict()
    for name in ("good", "bad"):
        mine = changed[changed["right"] == name]
        assert mine["target"].tolist() == mine[f"prediction of {name}"].tolist()
    with pytest.raises(UsageError, match="did you mean 'good'"):
        comparison.changed("godo", "bad")


def test_a_comparison_is_strict_json_and_a_page(models, tmp_path):
    """Leaderboard, pairs and what changed side against the best model."""
    comparison = compare_models(models)
    found = comparison.to_dict()
    page = comparison.to_html(tmp_path / "l.html").read_text()

    assert comparison.answers == compare_models(dict(reversed(models.items()))).answers
    assert comparison.answers != compare_models({n: e.take(np.arange(99)) for n, e in models.items()}).answers
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert [comparison.best, 3, 2] == [found["best"], len(found["pairs"]), len(found["changed"])]
    assert len(comparison.changed(comparison.best, "bad")) == len(found["changed"]["bad"])
    assert all(title in page for title in ("Leaderboard", "Pairs", "What changed side"))


def test_binary_models_are_compared_by_delong(generated):
    """One column each: the areas are tested too."""
    y, p = generated(103, 800, 2, 2, 2)
    noisy = (p[:, 1] + generated(104, 800, 2, 2, 2)[1][:, 1]) / 2
    area = compare_models({"a": evaluate(y, p[:, 1]), "b": evaluate(y, noisy)}).pairs[0].auroc

    assert area.first.value > area.second.value
    assert area.p_value < 0.05


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda a: {"a": a}, "1 models"),
        (lambda a: {"a": a, "b": a.take(np.arange(10))}, "1500 rows of 4 classes, 'b' 10"),
        (
            lambda a: {"a": a, "b": evaluate((a.data.y_true + 1) % 4, a.data.y_prob)},
            "different answers, first in row 0",
        ),
        (lambda a: {"a": a, "b": evaluate(a.data.y_true, a.data.y_prob, ids=np.arange(1, 1501))}, "lacks id 0"),
        (lambda a: {"a": a, "b": evaluate(a.data.y_true, a.data.y_prob, keep_rows=False)}, "keep_rows"),
    ],
)
def test_models_of_other_rows_are_refused(models, change, said):
    """Comparing needs two models on the same rows; what differs is said."""
    with pytest.raises(UsageError, match=said):
        compare_models(change(models["good"]))


def test_temperature_scaling_repairs_an_overconfident_model(generated):
    """A model sharpened by 2 is fitted back to a temperature of about 2, with a gain on other rows."""
    y, p = generated(105, 6000, 4, 4, 8)
    fit, check = (evaluate(y[s], p[s]).data for s in (slice(0, 3000), slice(3000, None)))
    scaling = fit_temperature(fit, check)

    assert pytest.approx(2.0, abs=0.1) == scaling.temperature
    assert scaling.helps
    assert pytest.approx(scaling.log_loss[0] - scaling.log_loss[1]) == scaling.gain
    assert scaling.gain in scaling.interval
    assert scaling.ece[1] < scaling.ece[0] / 3
    assert evaluate(y[3000:], scaling.apply(p[3000:])).log_loss == pytest.approx(scaling.log_loss[1])
    assert (scaling.apply(p).argmax(1) == p.argmax(1)).all()


def test_temperature_scaling_of_one_column(generated):
    """Binary probabilities are scaled as their two classes would be."""
    y, p = generated(106, 4000, 2, 3, 6)
    one, two = (
        fit_temperature(evaluate(y[:2000], q[:2000]).data, evaluate(y[2000:], q[2000:]).data) for q in (p[:, 1], p)
    )

    assert pytest.approx(one.temperature, rel=1e-4) == two.temperature
    assert np.allclose(one.apply(p[:, 1]), two.apply(p)[:, 1], atol=1e-4)


def test_a_calibrated_model_gains_nothing(generated):
    """On calibrated rows the temperature is about 1 and the gain's interval holds 0 or nearly nothing."""
    y, p = generated(107, 6000, 4, 4, 4)
    scaling = fit_temperature(evaluate(y[:3000], p[:3000]).data, evaluate(y[3000:], p[3000:]).data)

    assert pytest.approx(1.0, abs=0.05) == scaling.temperature
    assert abs(scaling.gain) < 1e-3


@pytest.mark.parametrize("with_ids", [True, False])
def test_fitting_and_checking_on_the_same_rows_is_refused(generated, with_ids):
    """Shared rows are found by id, and without ids by their content."""
    y, p = generated(108, 400, 3, 4, 6)
    ids = np.arange(400) if with_ids else None
    fit = evaluate(y, p, ids=ids).data
    check = evaluate(y[100:], p[100:], ids=None if ids is None else ids[100:]).data
    with pytest.raises(UsageError, match="300 rows are in both parts"):
        fit_temperature(fit, check)


def part(y, p, x):
    """Evaluate rows with inputs."""
    return evaluate(y, p, inputs=x)


@pytest.fixture
def parts(generated):
    """Return two parts of one population with inputs of six features."""
    y, p = generated(109, 1600, 3, 6, 6)
    x = np.random.default_rng(3).normal(size=(1600, 6))
    return (y[:800], p[:800], x[:800]), (y[800:], p[800:], x[800:])


def test_a_difference_of_chance_is_called_noise(parts):
    """Two parts of one population: the interval holds 0, and a classifier cannot tell them apart."""
    found = explain_difference(part(*parts[0]), part(*parts[1]))

    assert "noise" == found.verdict
    assert 0.0 in found.interval
    assert 0.5 in found.adversarial_interval


def test_shared_inputs_are_called_leakage(parts):
    """Inputs that stand in both parts are counted, whatever the accuracies."""
    (y, p, x), (y2, p2, x2) = parts
    found = explain_difference(part(y, p, x), part(y2, p2, np.vstack([x[:7], x2[7:]])))

    assert ("leakage", 7) == (found.verdict, found.shared_inputs)


def test_other_data_are_told_by_their_leading_feature(parts):
    """A worse part whose third feature moved: the classifier tells, and names the feature."""
    (y, p, x), (y2, p2, x2) = parts
    worse = np.where(np.arange(800) % 3 == 0, (y2 + 1) % 3, y2)
    found = explain_difference(
        part(y, p, x), part(worse, p2, x2 + np.array([0, 0, 2, 0, 0, 0])), feature_names=["a", "b", "c", "d", "e", "f"]
    )

    assert "other data" == found.verdict
    assert "c" == found.leading_features[0][0]
    assert found.adversarial_interval.low > 0.8
    assert found.interval.low > 0


def test_without_inputs_a_difference_stays_unexplained(parts):
    """A real difference without inputs to look at is not guessed at."""
    (y, p, _), (y2, p2, _) = parts
    found = explain_difference(evaluate(y, p), evaluate((y2 + 1) % 3, p2))

    assert ("unexplained", None) == (found.verdict, found.adversarial_auc)
