from __future__ import annotations

from importlib.metadata import version

from trackexp.tracking.code import machine
from trackexp.tracking.secrets import Scrubber


def test_variables_are_taken_by_a_list_and_scrubbed():
    """What changes a computation is kept; what may be anything, a key among it, is not."""
    kept = {"KERAS_BACKEND": "jax", "CUDA_VISIBLE_DEVICES": "0", "TF_DETERMINISTIC_OPS": "1", "OMP_NUM_THREADS": "2"}
    other = {"WANDB_API_KEY": "k", "TF_VAR_password": "p", "HOME": "/h", "PATH": "/bin", "JAX": "x", "SLURM_JWT": "t"}
    scrubber = Scrubber({"DB_PASSWORD": "correct-horse-9"})

    assert kept == machine.variables(scrubber, {**kept, **other})
    assert {"XLA_FLAGS": "a=<masked:DB_PASSWORD>"} == machine.variables(scrubber, {"XLA_FLAGS": "a=correct-horse-9"})


def test_versions_are_those_of_the_installed_packages():
    """Read from their metadata: nothing is imported for it."""
    found = machine.versions()

    assert (version("wandb"), version("keras")) == (found["wandb"], found["keras"])
    assert {"python", "trackexp"} <= set(found)
