from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from trackexp.errors import UsageError
from trackexp.serving import Facade, ServingOptions, make_app
from trackexp.serving.app import service_of

INFER = "/v2/models/fruit/infer"


def ask(app: Any, method: str, path: str, **more: Any) -> httpx.Response:
    """Return the answer of an application to one request."""

    async def asking() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            return await client.request(method, path, **more)

    return asyncio.run(asking())


def test_a_prediction_bears_model_version_and_the_callers_id(facade: Facade):
    """The answer says who answered, and the id comes back."""
    found = ask(make_app(facade), "POST", "/predict", json={"inputs": [[0.1, 3]]}, headers={"X-Request-ID": "mine-1"})
    said = found.json()

    assert ("fruit", facade.version, "mine-1") == (said["model"], said["version"], said["id"])
    assert [{"class": "lime", "outside_range": ["size"]}] == [
        {key: row[key] for key in ("class", "outside_range")} for row in said["predictions"]
    ]
    assert "mine-1" == found.headers["x-request-id"]


@pytest.mark.parametrize(
    "body",
    [
        '{"inputs": [[NaN, 1]]}',
        '{"inputs": [[1e999, 1]]}',
        '{"inputs": [["1", 1]]}',
        '{"inputs": [[1, 2]], "x": 1}',
        '{"inputs": [[1, 2, 3]]}',
        "[]",
        "",
        '{"inputs": 5}',
        '{"inputs": [[1, 2]]} {}',
        '{"inputs": {"a": []}}',
    ],
)
def test_what_is_not_strict_json_of_the_right_shape_is_422(facade: Facade, body: str):
    """One sentence, and no value of the request in it."""
    found = ask(make_app(facade), "POST", "/predict", content=body)

    assert 422 == found.status_code
    assert found.json()["error"].endswith((".", "?"))


def test_too_large_is_counted_not_believed(facade: Facade):
    """A body in chunks has no Content-Length, and is cut where it is too long."""

    async def chunks() -> Any:
        for _ in range(10):
            yield b" " * 100

    app = make_app(facade, ServingOptions(most_bytes=500))

    assert 413 == ask(app, "POST", "/predict", content=chunks()).status_code
    assert 413 == ask(app, "POST", "/predict", content=b" " * 501).status_code


def test_a_token_is_asked_for_everywhere_but_for_health(facade: Facade):
    """Health checks have none; everything else is 401 without it."""
    app = make_app(facade, ServingOptions(token="secret"))
    codes = [ask(app, "GET", path).status_code for path in ("/healthz", "/v2/health/ready", "/models", "/metrics")]

    assert [200, 200, 401, 401] == codes
    assert 200 == ask(app, "GET", "/models", headers={"Authorization": "Bearer secret"}).status_code


def test_unknown_is_404_in_the_same_form(facade: Facade):
    """A path, a model, a version."""
    for path in ("/nope", "/models/nope", "/v2/models/nope", "/v2/models/fruit/versions/0"):
        found = ask(make_app(facade), "GET", path)

        assert (404, ["error", "id"]) == (found.status_code, sorted(found.json()))


def test_v2_in_json_and_in_bytes_is_the_same_answer(facade: Facade):
    """The binary extension carries the same numbers both ways."""
    rows = np.array([[0.1, 0.2], [0.3, -0.4]])
    tensor = {"name": "inputs", "shape": [2, 2], "datatype": "FP64"}
    plain = ask(make_app(facade), "POST", INFER, json={"id": "a", "inputs": [tensor | {"data": rows.tolist()}]}).json()
    head = json.dumps(
        {"inputs": [tensor | {"parameters": {"binary_data_size": 32}}], "parameters": {"binary_data_output": True}}
    ).encode()
    binary = ask(
        make_app(facade), "POST", INFER, content=head + rows.tobytes(),
        headers={"Inference-Header-Content-Length": str(len(head))},
    )  # fmt: skip
    length = int(binary.headers["inference-header-content-length"])
    outputs = json.loads(binary.content[:length])["outputs"]
    size = outputs[0]["parameters"]["binary_data_size"]

    assert ("a", "probabilities", [2, 3]) == (plain["id"], plain["outputs"][0]["name"], plain["outputs"][0]["shape"])
    assert plain["outputs"][0]["data"] == np.frombuffer(binary.content[length : length + size], "<f4").tolist()
    assert b"\x03\x00\x00\x00fig" == binary.content[length + size :][:7]


def test_v2_takes_a_tensor_a_column(facade: Facade):
    """The inputs that the metadata names can be sent one by one."""
    names = [one["name"] for one in ask(make_app(facade), "GET", "/v2/models/fruit").json()["inputs"]]
    inputs = [{"name": name, "shape": [1], "datatype": "FP64", "data": [0.5]} for name in names]
    found = ask(make_app(facade), "POST", INFER, json={"inputs": inputs}).json()

    assert ["age", "size"] == names
    assert np.allclose(facade.predict([[0.5, 0.5]]).outputs[0], found["outputs"][0]["data"])


@pytest.mark.parametrize(
    "change", [{"shape": [3, 2]}, {"datatype": "FP8"}, {"data": ["x", 1]}, {"data": 5}, {"name": 5}, {"shape": [-1]},
               {"parameters": {"binary_data_size": 99}}, {"more": 1}],
)  # fmt: skip
def test_a_tensor_that_is_none_is_422(facade: Facade, change: dict[str, Any]):
    """Whatever is wrong with a tensor is told with its place."""
    tensor = {"name": "inputs", "shape": [1, 2], "datatype": "FP64", "data": [0.1, 0.2]} | change

    assert 422 == ask(make_app(facade), "POST", INFER, json={"inputs": [tensor]}).status_code


def test_the_ranges_of_openapi_are_the_records(facade: Facade):
    """Whoever reads the document knows what training saw."""
    said = ask(make_app(facade), "GET", "/openapi.json").json()
    age = said["components"]["schemas"]["PredictRequest"]["properties"]["inputs"]["oneOf"][0]["items"]["prefixItems"][0]

    assert (-1.0, 1.0) == (age["x-training-minimum"], age["x-training-maximum"])
    assert "/train" not in said["paths"]


def test_docs_need_no_network(facade: Facade):
    """Everything that the page loads comes from this server."""
    page = ask(make_app(facade), "GET", "/docs").text
    script = ask(make_app(facade), "GET", "/docs/assets/swagger-ui-bundle.js")

    assert "http" not in page
    assert (200, True) == (script.status_code, len(script.content) > 1_000_000)


def test_requests_that_queue_share_a_batch(facade: Facade):
    """Whoever finishes takes everything that waits; each gets its own rows back."""
    app = make_app(facade)

    async def many() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            asked = [client.post("/predict", json={"inputs": [[n / 50, 0.0]]}) for n in range(50)]
            return await asyncio.gather(*asked)

    answers = asyncio.run(many())
    got = np.array([one.json()["predictions"][0]["probabilities"] for one in answers])
    batches = service_of(app).metrics.batch_rows

    assert np.allclose(facade.predict([[n / 50, 0.0] for n in range(50)]).outputs, got)
    (collected,) = batches.collect()
    (count,) = [one.value for one in collected.samples if one.name.endswith("_count")]
    assert count < 50


def test_a_full_queue_is_503_and_says_when_to_come_again(make_record: Callable[..., Any], fruit: Callable[..., Any]):
    """More than may wait are refused at once, the others answered."""
    app = make_app(Facade.of(fruit, make_record()), ServingOptions(most_queued=3))

    async def many() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            return await asyncio.gather(*(client.post("/predict", json={"inputs": [[0, 0]]}) for _ in range(9)))

    answers = asyncio.run(many())
    refused = [one for one in answers if one.status_code == 503]

    assert {200, 503} == {one.status_code for one in answers}
    assert all(one.headers["retry-after"] == "1" for one in refused)


def test_feedback_finds_its_request_in_the_log(facade: Facade, tmp_path: Path):
    """Targets land beside what was predicted; inputs are kept only where that was asked for."""
    app = make_app(facade, ServingOptions(log=tmp_path / "log"))
    headers = {"X-Request-ID": "r1"}
    ask(app, "POST", "/predict", json={"inputs": [[0.1, 0.2], [0.3, 9]]}, headers=headers)
    noted = ask(app, "POST", "/feedback", json={"id": "r1", "targets": ["fig", "pear"]})
    unknown = ask(app, "POST", "/feedback", json={"id": "r2", "targets": ["fig"]})
    short = ask(app, "POST", "/feedback", json={"id": "r1", "targets": ["fig"]})
    service_of(app).log.close()
    (path,) = (tmp_path / "log").glob("*.predictions.sqlite")
    base = sqlite3.connect(path)
    rows = base.execute("SELECT request, row, target, outside, inputs FROM predictions ORDER BY row").fetchall()
    base.close()

    assert (202, 404, 422) == (noted.status_code, unknown.status_code, short.status_code)
    assert [("r1", 0, "fig", None, None), ("r1", 1, "pear", '["size"]', None)] == rows


def test_a_log_that_fails_fails_no_request(facade: Facade, tmp_path: Path):
    """Rows are lost and counted, and the answer is the same."""
    app = make_app(facade, ServingOptions(log=tmp_path / "log"))
    log = service_of(app).log
    log._base.execute("DROP TABLE predictions")
    found = ask(app, "POST", "/predict", json={"inputs": [[0.1, 0.2]]})
    log.close()

    assert 200 == found.status_code
    assert 1.0 == service_of(app).metrics.log_dropped._value.get()


def test_a_log_that_cannot_begin_is_refused_at_the_start(facade: Facade, tmp_path: Path):
    """A file stands where the folder should be."""
    (tmp_path / "log").write_text("", encoding="utf-8")

    with pytest.raises(UsageError, match="the log cannot be written there"):
        make_app(facade, ServingOptions(log=tmp_path / "log"))
