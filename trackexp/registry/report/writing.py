"""A report as a page, and as a model card in Markdown with the headings and the front matter of Hugging Face."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from itertools import groupby

from trackexp.registry.report.sections import Block, Code, Report, Table, Words
from trackexp.reporting.html import Content, Page, Section, element, paragraph
from trackexp.reporting.html import table as html_table
from trackexp.reporting.markdown import markdown_table, markdown_text

_FENCES = re.compile(r"`{3,}")
_TASKS = {"accuracy": "classification", "auroc": "classification", "log_loss": "classification", "rmse": "regression"}


def to_markdown(report: Report) -> str:
    """Return the report as a model card."""
    lines = [*_front_matter(report), f"# {markdown_text(report.title)}", "", markdown_text(report.lead), ""]
    for card, sections in groupby(report.sections, key=lambda section: section.card):
        lines += [f"## {card}", ""]
        for section in sections:
            lines += [f"### {section.title}", ""]
            for block in section.blocks:
                lines += [_markdown(block), ""]
    return "\n".join(lines).rstrip() + "\n"


def to_html(report: Report) -> Page:
    """Return the report as a page; `save` writes it."""
    sections = [
        Section(section.title, [_html(block, section.title) for block in section.blocks]) for section in report.sections
    ]
    return Page(report.title, "Report", paragraph(report.lead), sections)


def _front_matter(report: Report) -> Iterator[str]:
    """Yield YAML whose texts are JSON's, which YAML takes as they are."""
    yield "---"
    if report.framework:
        yield f"library_name: {json.dumps(report.framework)}"
    yield "tags: [trackexp]"
    if report.metrics:
        task = next((_TASKS[name] for name in report.metrics if name in _TASKS), "other")
        yield "model-index:"
        yield f"- name: {json.dumps(report.title)}"
        yield "  results:"
        yield f"  - task: {{type: {task}}}"
        data = json.dumps(report.data or "unnamed")
        yield f"    dataset: {{name: {data}, type: {data}}}"
        yield "    metrics:"
        for name, value in report.metrics.items():
            yield f"    - {{type: {json.dumps(name)}, value: {json.dumps(value) if value == value else 'null'}}}"
    yield "---"
    yield ""


def _markdown(block: Block) -> str:
    if isinstance(block, Table):
        return markdown_table([markdown_text(title) for title in block.head], block.rows)
    if isinstance(block, Code):
        fence = "`" * max(3, 1 + max((len(run) for run in _FENCES.findall(block.text)), default=0))
        return f"{fence}{block.language}\n{block.text.rstrip()}\n{fence}"
    if isinstance(block, Words):  # a person's own Markdown stays one; raw HTML in it does not
        return "\n".join(_words(block.text))
    return markdown_text(block)


def _words(text: str) -> Iterator[str]:
    """Yield the lines of a person's words, of which none can end the section or be HTML; a fence is closed."""
    fenced = False
    for line in text.splitlines():
        fence = line.lstrip().startswith("```")
        if fenced or fence:
            yield line
        else:
            plain = html.escape(line, quote=False).replace("&gt;", ">")
            yield f"\\{plain}" if plain.startswith(("#", "---", "===")) else plain
        fenced = fenced != fence
    if fenced:
        yield "```"


def _html(block: Block, title: str) -> Content:
    if isinstance(block, Table):
        return html_table(title, list(block.head), [list(row) for row in block.rows], hide_caption=True)
    if isinstance(block, Code):
        return element("pre", element("code", block.text))
    text = block.text if isinstance(block, Words) else block
    return [paragraph(part) for part in re.split(r"\n\s*\n", text)]
