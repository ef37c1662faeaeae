"""`/openapi.json` and `/docs`, which need no network: Swagger UI's own files are served from this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastapi_offline  # for the files of Swagger UI that it brings
import orjson
from fastapi import FastAPI, Response
from starlette.staticfiles import StaticFiles

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="docs/assets/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script></body></html>
"""
_START = 'SwaggerUIBundle({url: "openapi.json", dom_id: "#swagger-ui", validatorUrl: null});'
_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"


def add_documentation(app: FastAPI, describe: Callable[[], dict[str, Any]]) -> None:
    """Add `/openapi.json` and `/docs`."""

    @app.get("/openapi.json")
    async def openapi() -> Response:
        return Response(orjson.dumps(describe()), media_type="application/json")

    @app.get("/docs")
    async def docs() -> Response:
        page = _PAGE.format(title=describe()["info"]["title"])
        return Response(page, media_type="text/html", headers={"content-security-policy": _POLICY})

    @app.get("/docs/start.js")
    async def start() -> Response:
        return Response(_START, media_type="text/javascript")

    app.mount(
        "/docs/assets", StaticFiles(directory=Path(fastapi_offline.__file__).parent / "static"), name="swagger-ui"
    )
