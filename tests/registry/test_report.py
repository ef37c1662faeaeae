"""A report: one model of it, two writers."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from trackexp.cli import main
from trackexp.errors import UsageError
from trackexp.record.model_record import MetricRecord, ModelRecord, PartRecord
from trackexp.registry.event import EvaluationEvidence, Event, GateResult, Version
from trackexp.registry.ledger import LedgerFolder
from trackexp.registry.report import Report, read_words, report_of, to_html, to_markdown
from trackexp.testing import make_record

HOSTILE = "</script><script>alert(1)</script>|`x`\n# h"
CARD = [
    "Model Details",
    "Uses",
    "Bias, Risks, and Limitations",
    "How to Get Started with the Model",
    "Training Details",
    "Evaluation",
    "Environmental Impact",
    "Technical Specifications",
    "Model Card Contact",
]


@pytest.fixture
def report(tmp_path: Path) -> Report:
    """The report of a promoted model, and of a run that was refused."""
    runs = [
        make_record("good", metrics={"val/loss": [0.5, 0.3]}, config={"lr": 0.1}),
        make_record("bad", metrics={"val/loss": [0.6, 0.5]}, config={"lr": 0.2}),
    ]
    ledgers = LedgerFolder(tmp_path / "models")
    numbers = {"accuracy": 0.9, "log_loss": 0.3}
    evidence = EvaluationEvidence(run="e1", rows="ab" * 16, data="test.npz", n=597, numbers=numbers, looks=2)
    gates = (GateResult("findings", "passed", "none"), GateResult("disjoint", "waived", "no sketch", reason="old run"))
    version = Version("3f" * 32, 1234, "model.keras", "p/good")
    event = ledgers.append(Event("lemon", "promote", "staging", version, gates=gates, evaluation=evidence))
    model = ModelRecord(
        "3f" * 32,
        framework="keras",
        parts={"train": PartRecord(1000, {"mold": 400, "none": 600}, "cd" * 16)},
        metrics={"accuracy": MetricRecord(0.9, 0.87, 0.92)},
    )
    words = {"problem": "Mold on lemons.", "Authors": "Ada"}
    return report_of(runs, event=event, ledger=ledgers.read("lemon"), model=model, words=words)


def test_the_card_has_the_headings_of_hugging_face_in_their_order(report: Report) -> None:
    """Each once, and below them our sections."""
    card = to_markdown(report)

    assert CARD == [line.removeprefix("## ") for line in card.splitlines() if line.startswith("## ")]
    assert "### Problem\n\nMold on lemons." in card
    assert "### Intended use\n\nNot stated" in card
    assert "| accuracy | 0.9 | 0.87 to 0.92 |" in card
    assert "2 other versions had been judged on them before" in card
    assert "| disjoint | waived | no sketch | old run |" in card
    assert 'trackexp.model("lemon@3f3f3f3f3f3f").load()' in card
    assert "| lr | 0.1 | 0.2 |" in card
    assert "```mermaid\nflowchart LR" in card


def test_the_front_matter_is_a_model_index(report: Report) -> None:
    """As a YAML reader sees it."""
    _, front, _ = to_markdown(report).split("---\n", 2)
    data = yaml.safe_load(front)
    result = data["model-index"][0]["results"][0]

    assert ("keras", "lemon") == (data["library_name"], data["model-index"][0]["name"])
    assert {"accuracy": 0.9, "log_loss": 0.3} == {one["type"]: one["value"] for one in result["metrics"]}
    assert ("classification", "test.npz") == (result["task"]["type"], result["dataset"]["name"])


def test_both_writers_say_the_same(report: Report) -> None:
    """Every title and every number of the card is on the page."""
    page = to_html(report).to_html()

    assert [] == [section.title for section in report.sections if f">{section.title}</h2>" not in page]
    assert "0.87 to 0.92" in page
    assert "Not stated" in page


def test_foreign_text_is_no_markup(tmp_path: Path) -> None:
    """Names, values and a person's words can neither run anything nor end a section."""
    run = make_record("r1", name=HOSTILE, config={HOSTILE: HOSTILE}, metrics={"val/loss": [0.5]})
    other = make_record("r2", name="o", config={HOSTILE: "x"}, metrics={"val/loss": [0.4]})
    found = report_of([run, other], title=HOSTILE, words={"problem": f"## Uses\n{HOSTILE}\n```\n# code"})
    card, page = to_markdown(found), to_html(found).to_html()

    assert CARD == [line.removeprefix("## ") for line in card.splitlines() if line.startswith("## ")]
    assert "<script>alert" not in card.replace("\\<", "")
    assert "<script>alert" not in page
    assert 0 == card.count("```") % 2


def test_runs_that_share_nothing_are_listed_all_the_same() -> None:
    """Nobody is believed, and that is said."""
    found = report_of([make_record("a", metrics={}), make_record("b", metrics={})])

    assert "### Experiments" in to_markdown(found)
    with pytest.raises(UsageError, match="a report needs a run at least"):
        report_of([])


def test_words_are_read_by_heading(tmp_path: Path) -> None:
    """Of any level and case; what is in a fence is none, and an empty one states nothing."""
    path = tmp_path / "MODEL.md"
    path.write_text("intro\n# Problem #\nMold.\n```\n# no heading\n```\n### INTENDED  use\n\n# Authors\nAda\n")

    assert {"problem": "Mold.\n```\n# no heading\n```", "authors": "Ada"} == read_words(path)
    assert {} == read_words(tmp_path / "none.md")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="no UTF-8 text"):
        read_words(path)


def test_a_place_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the path; and no report without a run."""
    monkeypatch.chdir(tmp_path)

    assert 2 == main(["report", str(tmp_path)])
    assert "trackexp: " in capsys.readouterr().err
