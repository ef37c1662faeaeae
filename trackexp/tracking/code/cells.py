"""The cells that a notebook has executed, which are the code of its run."""

from __future__ import annotations

import sys

CELLS_FILE = "notebook_cells.py"
_MOST_LETTERS = 1_000_000


def executed_cells() -> str | None:
    """Return the executed cells of this notebook or IPython session, each under its number; None where there is none.

    Only what was executed counts, in that order: a cell that was run twice stands there twice, one that was not run
    not at all. Of very much the end is kept.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    inputs = getattr(shell, "user_ns", {}).get("In")
    if not isinstance(inputs, list):
        return None
    cells = [f"# In[{number}]:\n{text.rstrip()}\n" for number, text in enumerate(inputs) if str(text).strip()]
    return "\n".join(cells)[-_MOST_LETTERS:] or None
