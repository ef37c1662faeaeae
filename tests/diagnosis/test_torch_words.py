from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trackexp.diagnosis import all_rules, diagnose
from trackexp.diagnosis.torch_words import FIXES
from trackexp.testing import make_record


def test_a_cure_belongs_to_a_rule():
    """A rule that is renamed takes its words with it."""
    assert set() == FIXES.keys() - {rule.name for rule in all_rules()}


def test_no_cure_speaks_of_keras():
    """Nobody who writes a loop compiles a model or passes from_logits."""
    words = ("compile", "from_logits=", "keras", "Dense", "activation=", "clipnorm", "_initializer")

    assert [] == [(name, word) for name, fix in FIXES.items() for word in words if word in fix]


def test_a_finding_is_told_in_the_words_of_its_framework(fit_of: Callable[..., Any]):
    """The same facts, told to whoever wrote the training."""
    facts = fit_of(
        loss="sparse_categorical_crossentropy", units=3, activation="softmax", from_logits=True,
        config={"function": "cross_entropy"},
    )  # fmt: skip
    (ours,) = diagnose(make_record(facts={**facts, "framework": "torch"}), select="TX201").findings
    (keras,) = diagnose(make_record(facts=facts), select="TX201").findings

    assert ("cross_entropy takes logits", FIXES["softmax-with-from-logits"]) == (ours.message.split(",")[0], ours.fix)
    assert "from_logits" in keras.fix
