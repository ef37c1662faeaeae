"""The errors on a page: galleries, tables, and their patterns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from trackexp.evaluation.images import image_of
from trackexp.evaluation.mistakes import sliceable
from trackexp.evaluation.pages.html_parts import frame_table, sheet, span
from trackexp.evaluation.predictions import take_rows
from trackexp.reporting import number, plural
from trackexp.reporting.html import Content, Picture, element, folded, gallery, note, paragraph

if TYPE_CHECKING:
    from trackexp.evaluation.clusters import ErrorCluster
    from trackexp.evaluation.result import Evaluation

SHOWN = 50
_SUSPECTS, _SLICES, _TYPICAL = 20, 20, 8
_COLUMNS = ["id", "target", "prediction", "probability", "target - probability", "entropy", "group"]


def errors_content(result: Evaluation) -> Content:
    """Return the surest and the least sure errors, as pictures where the inputs are pictures."""
    confident = result.confident_errors(SHOWN)
    if not len(confident):
        return note("No row is wrong.")
    return [
        _errors(result, "Surest of a wrong answer", confident),
        _errors(result, "Wrong, and unsure", result.unsure_errors(SHOWN)),
    ]


def patterns_content(
    result: Evaluation, clusters: Sequence[ErrorCluster] | None, categories: pd.DataFrame | None
) -> Content:
    """Return clusters, slices, suspect labels, and the categories that a person gave."""
    if result.rows is None or not len(result.confident_errors(1)):
        return None
    found: list[Content] = []
    if categories is not None and len(categories):
        found.append(frame_table("Categories of errors, the dearest first", categories))
    shown = result.error_clusters() if clusters is None else clusters
    found.append([_cluster(result, number, cluster) for number, cluster in enumerate(shown, start=1)])
    if sliceable(result.data):
        found.append(_slices(result.slices().head(_SLICES)))
    suspects = result.suspect_labels()
    if len(suspects):
        table = suspects[["id", "target", "suggested", "p_label", "probability"]].head(_SUSPECTS)
        text = f"Labels to be looked at again: {len(suspects)}, by {suspects.attrs['method']}"
        found.append([frame_table(text, table), _pictures(result, suspects.head(_SUSPECTS), "suggested")])
    return found


def _slices(lines: pd.DataFrame) -> Content:
    columns = ("attribute", "value", "rows", "errors", "error rate", "95 % interval", "rate of the others", "p",
               "p, corrected")  # fmt: skip
    rows = [
        (
            line["attribute"], line["value"], line["n"], line["errors"], line["error_rate"],
            span(number(line["low"]), number(line["high"])), line["rate_of_others"], line["p_value"], line["p_holm"],
        )
        for line in lines.to_dict("records")
    ]  # fmt: skip
    return [element("h3", "Slices, the worst first"), sheet("Slices", columns, rows), note("Corrected by Holm.")]


def _errors(result: Evaluation, title: str, rows: pd.DataFrame) -> Content:
    plain = rows[[name for name in _COLUMNS if name in rows and not (rows[name] == "").all()]]
    pictures = _pictures(result, rows, "prediction")
    if pictures is None:
        return frame_table(title, plain)
    return [element("h3", title), pictures, folded("As a table", frame_table(title, plain))]


def _cluster(result: Evaluation, number: int, cluster: ErrorCluster) -> Content:
    rows = result.table(cluster.rows[:_TYPICAL])
    pictures = _pictures(result, rows, "prediction")
    typical = ", ".join(map(str, cluster.typical))
    return [
        element("h3", f"Pattern {number}: {plural(cluster.size, 'error')}"),
        paragraph(str(cluster)),
        pictures if pictures is not None else note(f"Typical: {typical}"),
    ]


def _pictures(result: Evaluation, rows: pd.DataFrame, said: str) -> Content:
    """Return a gallery of some rows; None where their inputs are no pictures."""
    if result.rows is None or result.rows.inputs is None or not len(rows):
        return None
    inputs = take_rows(result.rows.inputs, rows["row"].to_numpy())
    if hasattr(inputs, "iloc"):
        return None
    found = []
    for given, (_, line) in zip(inputs, rows.iterrows(), strict=True):
        pixels = image_of(given)
        if pixels is None:
            return None
        found.append(
            Picture.from_array(pixels, f"{line['id']}: {line['target']}, not {line[said]} {line['probability']:.2f}")
        )
    return gallery(found)
