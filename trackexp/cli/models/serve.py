"""`trackexp serve`: a model over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

Place = Annotated[
    str, typer.Argument(metavar="MODEL", help="A model file, NAME:ALIAS, a run, or package.module:function.")
]
LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})
_UNITS = {"": 1, "b": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "kb": 10**3, "mb": 10**6, "gb": 10**9}


Host = Annotated[str, typer.Option(help="Where to listen.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="0 takes any that is free.")]
TokenFile = Annotated[Path | None, typer.Option(metavar="FILE", help="Holds the bearer token that is asked for.")]
Log = Annotated[Path | None, typer.Option(metavar="DIR", help="Keep a log of predictions there.")]
LogInputs = Annotated[
    float, typer.Option(metavar="SHARE", min=0, max=1, help="Share of requests whose inputs it keeps.")
]
MaxBody = Annotated[str, typer.Option(metavar="SIZE", help="Of a request, such as 4MiB.")]
MaxQueue = Annotated[int, typer.Option(min=1, help="Requests that may wait; one more is answered with 503.")]
Deadline = Annotated[float, typer.Option(help="Seconds within which a request is answered, or given up.")]
Shadow = Annotated[str | None, typer.Option(metavar="MODEL", help="A second model, asked for comparison.")]
Train = Annotated[str | None, typer.Option(metavar="PLACE", help="package:function that POST /train runs.")]
Public = Annotated[bool, typer.Option("--public", help="Listen to other machines without a token.")]
Constructor = Annotated[str | None, typer.Option("--model", help="package.module:build, for weights.")]
Trust = Annotated[bool, typer.Option("--trust", help="Load files that can run code: pickles, Lambda layers.")]
Imports = Annotated[list[str] | None, typer.Option("--import", metavar="FILE", help="Import this first; repeatable.")]
Folder = Annotated[Path | None, typer.Option("--folder", metavar="DIR", help="Of the ledgers.")]
LogJson = Annotated[bool, typer.Option("--log-json/--log-text", help="How the server's own log is written.")]


def serve(
    model: Place,
    host: Host = "127.0.0.1",
    port: Port = 8080,
    token_file: TokenFile = None,
    log: Log = None,
    log_inputs: LogInputs = 0.0,
    max_body: MaxBody = "4MiB",
    max_queue: MaxQueue = 256,
    deadline: Deadline = 10.0,
    shadow: Shadow = None,
    train: Train = None,
    public: Public = False,
    constructor: Constructor = None,
    trust: Trust = False,
    imports: Imports = None,
    folder: Folder = None,
    log_json: LogJson = True,
) -> None:
    """Serve a model over HTTP.

    Predictions, metadata, the Open Inference Protocol v2, metrics for Prometheus, and /docs. Values outside the
    training range are flagged, never refused. An alias that moves is followed without a failed request. SIGTERM:
    not ready, the requests under way are answered, exit 0.
    """
    token = _checked_token(token_file, host, public=public)
    from trackexp.optional import require

    require("fastapi", extra="serve")
    from trackexp.cli.json_log import install_log
    from trackexp.serving.app import ServingOptions, make_app
    from trackexp.serving.holder import Loading
    from trackexp.serving.server import listen, pin_threads, run_server

    install_log(json=log_json)
    pin_threads()
    listening = listen(host, port)
    loading = Loading(folder, None, {"constructor": constructor, "trust": trust, "imports": tuple(imports or ())})
    place = loading.find(model)
    facade = loading.load(place)
    options = ServingOptions(
        token=token, most_bytes=size_of(max_body), log=log, log_inputs=log_inputs, most_queued=max_queue,
        deadline=deadline, training=_trainer(train, token=token, local=host in LOCAL),
    )  # fmt: skip
    app = make_app(
        facade, options, place=place, loading=loading,
        shadow=None if shadow is None else loading.load(loading.find(shadow)),
    )  # fmt: skip
    _say(facade, host, listening.getsockname()[1])
    run_server(app, listening)


def _say(facade: Any, host: str, port: int) -> None:
    """Say on stderr what is served where."""
    for note in facade.notes:
        typer.echo(f"trackexp: {note}", err=True)
    typer.echo(f"trackexp: {facade.name} {facade.version} on http://{host}:{port} (/docs)", err=True)


def size_of(text: str) -> int:
    """Return a number of bytes.

    Raises:
        UsageError: It is none.

    >>> size_of("4MiB"), size_of("500 kB"), size_of("10")
    (4194304, 500000, 10)
    """
    number = text.strip().lower()
    digits = number.rstrip("abcdefghijklmnopqrstuvwxyz ")
    unit = _UNITS.get(number[len(digits) :].strip())
    try:
        found = float(digits) * (unit or 0)
    except ValueError:
        found = 0.0
    if not 1 <= found < 1 << 40:
        from trackexp.errors import UsageError

        raise UsageError(f"{text!r} is no size; expected one such as 4MiB or 500kB.")
    return int(found)


def _token(path: Path | None) -> str:
    if path is None:
        return ""
    token = path.expanduser().read_text(encoding="utf-8").strip()
    if not token:
        from trackexp.errors import UsageError

        raise UsageError(f"--token-file {path} is empty; expected the token in it.")
    return token


def _checked_token(path: Path | None, host: str, *, public: bool) -> str:
    token = _token(path)
    if host not in LOCAL and not token and not public:
        from trackexp.errors import UsageError

        raise UsageError(
            f"--host {host} lets other machines in without a token; give --token-file FILE, or say --public."
        )
    return token


def _trainer(place: str | None, *, token: str, local: bool) -> Any:
    if place is None:
        return None
    from trackexp.errors import UsageError
    from trackexp.serving.training import Trainer

    if not token and not local:
        raise UsageError("--train lets whoever reaches this server start programs; give --token-file FILE too.")
    return Trainer(place)
