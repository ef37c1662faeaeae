from __future__ import annotations

from trackexp.fit.probes import KEPT_LAST, MAX_CELLS, MAX_LOOKS, Table


def filled(layers: int, looks: int) -> Table:
    """A table after so many looks."""
    table = Table([f"l{i}" for i in range(layers)])
    for epoch in range(looks):
        table.add(epoch, {"loss": 1.0 / (epoch + 1)}, {"dead": [0.5] * layers})
    return table


def test_a_long_training_keeps_its_beginning_and_its_end() -> None:
    """The first look and the last four stay; between them fewer and fewer."""
    facts = filled(3, 1000).facts()

    assert len(facts["epochs"]) <= MAX_LOOKS
    assert 0 == facts["epochs"][0]
    assert list(range(1000 - KEPT_LAST, 1000)) == facts["epochs"][-KEPT_LAST:]
    assert len(facts["epochs"]) == len(facts["scalars"]["loss"]) == len(facts["layers"]["dead"])


def test_many_layers_keep_fewer_looks() -> None:
    """Layers times looks are bounded."""
    assert len(filled(64, 500).facts()["epochs"]) * 64 <= MAX_CELLS


def test_what_was_never_seen_has_no_column() -> None:
    """Only `loss` and `dead` were."""
    facts = filled(2, 3).facts()

    assert ({"loss"}, {"dead"}) == (set(facts["scalars"]), set(facts["layers"]))


def test_no_finite_number_is_none() -> None:
    """JSON has no NaN."""
    table = Table(["a"])
    table.add(0, {"loss": float("nan"), "gradient": 2.0}, {"std": [float("inf")]})

    assert {"gradient": [2.0]} == table.facts()["scalars"]
    assert {} == table.facts()["layers"]
