"""The prediction log: its table, as the server writes it and `trackexp monitor` reads it."""

from __future__ import annotations

LOG_SUFFIX = ".predictions.sqlite"
LOG_SCHEMA = 1

CREATE = """
CREATE TABLE IF NOT EXISTS predictions (
  request TEXT NOT NULL, row INTEGER NOT NULL, at REAL NOT NULL, model TEXT NOT NULL, version TEXT NOT NULL,
  prediction TEXT, probabilities TEXT, class_names TEXT, value REAL, outside TEXT, inputs TEXT, columns TEXT,
  target TEXT, target_at REAL, shadow TEXT, shadow_version TEXT,
  PRIMARY KEY (request, row)
) WITHOUT ROWID
"""
"""One line a row of a request: `at` in seconds since 1970; lists and inputs as JSON; target NULL until known."""

COUNTS = "CREATE TABLE IF NOT EXISTS counts (at REAL NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL)"
"""What has no row of its own, a line each second in which it happened: `refused`, `lost`, `requests`."""

INSERT = """
INSERT OR REPLACE INTO predictions
  (request, row, at, model, version, prediction, probabilities, class_names, value, outside, inputs, columns)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
