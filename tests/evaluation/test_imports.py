from __future__ import annotations

import subprocess
import sys


def test_evaluating_loads_no_framework():
    """Analysis runs without W&B and without any framework, and scikit-learn is loaded only by what clusters."""
    code = (
        "import sys, trackexp.evaluation as e, trackexp.stats\n"
        "e.evaluate([0, 1, 1], [0.2, 0.9, 0.4]).to_json()\n"
        "print(sorted({'wandb', 'keras', 'tensorflow', 'torch', 'ray', 'sklearn', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()
