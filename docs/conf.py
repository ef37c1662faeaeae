"""The site: `make docs`. Pages are Markdown; `reference/_generated` is written from the package at every build."""

from __future__ import annotations

import sys
from pathlib import Path

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
suppress_warnings = ["config.cache"]
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
