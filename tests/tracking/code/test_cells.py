from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

SESSION = """
import warnings
warnings.simplefilter("ignore")
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
begin = "run = trackexp.start('p', mode='offline')"
token = "token = 'sk-abcdef1234567890abcdef'"
for cell in ("x = 1", "import trackexp", begin, token, "run.log({'x': x})", "x = 1", "1/0", "run.finish()"):
    shell.run_cell(cell, store_history=True)
"""


def test_the_executed_cells_are_the_code(script: Callable[..., Any], tmp_path: Path):
    """With their numbers, in the order in which they were run, masked, up to the one that ended the run."""
    script(SESSION)

    (file,) = (tmp_path / "work" / "wandb").glob("offline-run-*/files/code/notebook_cells.py")
    code = file.read_text()
    assert ["# In[1]:", "x = 1", "", "# In[2]:", "import trackexp"] == code.splitlines()[:5]
    assert ("# In[8]:\nrun.finish()", 2, 0) == (code.strip()[-21:], code.count("x = 1\n"), code.count("sk-abcdef"))
