"""A page within a notebook."""

from __future__ import annotations

from trackexp.reporting.svg.markup import element, render


def in_notebook(page: str, name: str, height: int = 640) -> str:
    """Return a page as a frame of a notebook's output: neither its style nor its script reaches the notebook.

    Args:
        page: The whole HTML.
        name: What it is, for who hears the notebook.
        height: In pixels.
    """
    return render(
        element(
            "iframe",
            srcdoc=page,
            title=name,
            sandbox="allow-scripts",
            width="100%",
            height=height,
            frameborder=0,
        )
    )
