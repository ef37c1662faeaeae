from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass

import pytest

from trackexp import track
from trackexp.errors import UsageError
from trackexp.tracking import TrackOptions


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mode": "ofline"}, r"mode='ofline': expected one of 'auto', .*did you mean 'offline'"),
        ({"mode": None}, "mode=None: expected one of"),
        ({"monitor_mode": "minn"}, r"monitor_mode='minn'.*did you mean 'min'"),
        ({"monitor": ""}, "monitor='': expected a metric's name"),
        ({"monitor": 3}, "monitor=3: expected a metric's name"),
        (
            {"best_model": "x.txt"},
            r"best_model='x.txt': expected a file name that ends in .h5, .keras, .weights.h5, or",
        ),
        ({"best_model": "x.kers"}, r"did you mean 'keras'"),
        ({"best_model": "folder/x.h5"}, "without a folder"),
        ({"best_model": "folder\\x.h5"}, "without a folder"),
        ({"best_model": "../x.h5"}, r"best_model='../x.h5': expected a file name without a folder: .* own files$"),
        ({"best_model": ".h5"}, "expected a file name"),
        ({"best_model": True}, "best_model=True"),
        ({"tags": "abc"}, r"tags='abc': expected a list of strings, such as tags=\['baseline'\]"),
        ({"tags": ["a", 3]}, "tags=.*expected a list of strings"),
        ({"tags": 3}, "tags=3: expected a list of strings"),
        ({"tags": [""]}, "tags: '' has 0 letters: expected tags of 1 to 64"),
        ({"tags": ["x" * 65]}, "has 65 letters: expected tags of 1 to 64"),
        ({"log_freq": "bach"}, "log_freq='bach': expected 'epoch', .*did you mean 'batch'"),
        ({"config": ["lr"]}, r"config=\['lr'\]: expected a dict, a dataclass, .* not list"),
        ({"config": dict}, "config=.*expected a dict"),
        ({"resume": "alow"}, r"resume='alow'.*did you mean 'allow'"),
        ({"project": 3}, "project=3: expected a string, not int"),
        ({"name": b"x"}, "name=b'x': expected a string, not bytes"),
        ({"notes": ["x"]}, "notes=.*expected a string, not list"),
    ],
)
def test_a_wrong_argument_is_an_error_before_anything_starts(arguments: dict[str, object], message: str):
    """What was seen, what was expected and the nearest valid value, at the call of `track` itself."""
    with pytest.raises(UsageError, match=message):
        track(**arguments)


def test_an_unknown_argument_is_pythons_own_error():
    """A misspelt argument's name is a TypeError, as for any function."""
    with pytest.raises(TypeError, match="projekt"):
        track(projekt="p")
    with pytest.raises(TypeError):
        track("p", "entity")


@dataclass
class Config:
    lr: float = 0.1
    name: str = "x"


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (None, None),
        ({"lr": 1}, {"lr": 1}),
        (Namespace(lr=1), {"lr": 1}),
        (Config(), {"lr": 0.1, "name": "x"}),
        ("config.yaml", "config.yaml"),
    ],
)
def test_config_may_be_a_mapping_a_dataclass_or_a_namespace(config: object, expected: object):
    """Each becomes a mapping; a string is W&B's path of a YAML file."""
    assert expected == TrackOptions(config=config).config


@pytest.mark.parametrize("name", ["a.h5", "a.keras", "a.weights.h5", "Größe 1.h5", None])
def test_the_best_models_file_may_have_any_name_with_a_known_suffix(name: str | None):
    """The suffix chooses the format; None keeps no model."""
    assert name == TrackOptions(best_model=name).best_model


def test_settings_are_never_shown():
    """The options' text holds no settings, which may hold a key."""
    assert "hidden" not in repr(TrackOptions(settings={"api_key": "hidden"}))


def test_tags_may_be_any_iterable_of_strings():
    """A list, a tuple, a set, a generator."""
    assert [("a", "b")] * 3 == [TrackOptions(tags=tags).tags for tags in (["a", "b"], ("a", "b"), (c for c in "ab"))]
