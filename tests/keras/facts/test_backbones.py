from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from trackexp.diagnosis import all_rules, diagnose
from trackexp.fit.data import data_facts
from trackexp.keras.facts import compile_facts, fit_facts, model_facts
from trackexp.testing import make_record

FAMILIES: dict[str, tuple[Callable[..., Any], int]] = {
    "MobileNet": (keras.applications.MobileNet, 32),
    "MobileNetV2": (keras.applications.MobileNetV2, 32),
    "MobileNetV3": (keras.applications.MobileNetV3Small, 32),
    "EfficientNet": (keras.applications.EfficientNetB0, 32),
    "EfficientNetV2": (keras.applications.EfficientNetV2B0, 32),
    "DenseNet": (keras.applications.DenseNet121, 32),
    "ResNet": (keras.applications.ResNet50, 32),
    "ResNetV2": (keras.applications.ResNet50V2, 32),
    "NASNet": (keras.applications.NASNetMobile, 32),
    "ConvNeXt": (keras.applications.ConvNeXtTiny, 32),
    "Xception": (keras.applications.Xception, 71),
    "InceptionV3": (keras.applications.InceptionV3, 75),
}


def names(base: Any, size: int) -> list[str]:
    """Return the alarms before the first update of a classifier over a backbone that is frozen as it is."""
    base.trainable = False
    model = keras.Sequential(
        [keras.Input((size, size, 3)), base, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(4, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    rng = np.random.default_rng(0)
    x, y = rng.uniform(0, 255, (64, size, size, 3)).astype("float32"), np.arange(64) % 4
    facts = {
        "model": model_facts(model),
        "compile": compile_facts(model),
        "fit": fit_facts({"x": x, "y": y, "epochs": 2}),
        "data": data_facts(x, y),
    }
    rules = [rule for rule in all_rules() if rule.code in ("TX908", "TX507", "TX501")]
    return [finding.name for finding in diagnose(make_record(facts=facts), rules=rules).findings]


def built(family: str) -> tuple[Any, int]:
    """Return the smallest member of a family, with the weights of its initializers."""
    make, size = FAMILIES[family]
    keras.utils.set_random_seed(0)
    return make(weights=None, include_top=False, input_shape=(size, size, 3)), size


@pytest.mark.exhaustive
@pytest.mark.parametrize("family", FAMILIES)
def test_a_frozen_backbone_without_weights_is_named(family: str):
    """It stays random, however many layers it has."""
    assert "frozen-untrained" in names(*built(family))


@pytest.mark.exhaustive
@pytest.mark.parametrize("family", ["MobileNetV2", "DenseNet"])
def test_one_that_was_trained_passes(family: str):
    """Its weights are no longer as they were drawn."""
    base, size = built(family)
    rng = np.random.default_rng(1)
    base.set_weights([weight + 0.05 * rng.standard_t(2, weight.shape) for weight in base.get_weights()])

    assert "frozen-untrained" not in names(base, size)
