"""The site: `make docs`. Pages are Markdown; `reference/_generated` is written from the package at every build."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

# The callbacks' documentation needs keras, and keras a backend: the one that loads nothing
os.environ.setdefault("KERAS_BACKEND", "numpy")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import generated  # noqa: E402 - it lies beside this file

import trackexp  # noqa: E402

generated.write(HERE / "reference" / "_generated")

project = "trackexp"
version = release = trackexp.__version__
copyright = "the authors of trackexp"  # noqa: A001 - Sphinx's name
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
default_role = "code"  # docstrings put code between single backticks

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
napoleon_google_docstring = True
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = f"trackexp {version}"
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    # The theme's own icon would be an image of another site; ours are words.
    "footer_icons": [],
    "light_css_variables": {"font-stack": "system-ui, sans-serif"},
    "dark_css_variables": {"font-stack": "system-ui, sans-serif"},
}


def readable_signature(*arguments: Any) -> tuple[str | None, str | None]:
    """Write a dataclass's factories and sentinels as `...`: as they stand, Sphinx cannot parse the signature."""
    signature, returns = arguments[-2:]
    return (None if signature is None else re.sub(r"<[^<>]*>", "...", signature)), returns


def list_other_pages(app: Any, page: str, source: list[str]) -> None:  # noqa: ARG001 - Sphinx's signature
    """Put the pages of this folder that no menu names among the guides: a part of the package may bring its own."""
    if page == "index":
        named = set(source[0].splitlines())
        others = sorted(path.stem for path in HERE.glob("*.md") if path.stem not in {"index", *named})
        source[0] = source[0].replace("(other pages)", "\n".join(others))


def setup(app: Any) -> None:
    """Connect what is above."""
    app.connect("autodoc-process-signature", readable_signature)
    app.connect("source-read", list_other_pages)
