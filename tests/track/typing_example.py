"""Must type-check under `mypy --strict`: what editors and checkers see of `track`."""

from __future__ import annotations

from typing import assert_type

import trackexp
from trackexp import Finding, track
from trackexp.tracking import Run


@track
def bare(lr: float = 1e-3, *, epochs: int = 5) -> dict[str, float]:
    """Decorated with nothing else."""
    return {"accuracy": lr * epochs}


@track(project="digits", monitor="val_loss")
def with_arguments(lr: float) -> int:
    """Decorated with options."""
    return int(lr)


@track()
async def asynchronous(depth: int) -> str:
    """Awaited."""
    return str(depth)


class Trainer:
    @track(project="digits")
    def train(self, lr: float = 0.1) -> list[float]:
        return [lr]


async def use() -> None:
    """Every form, and the mistakes that a checker must find."""
    assert_type(bare(1.0, epochs=2), dict[str, float])
    assert_type(with_arguments(0.5), int)
    assert_type(await asynchronous(3), str)
    assert_type(Trainer().train(0.1), list[float])
    with track(project="digits", config={"lr": 1e-3}, tags=["baseline"]) as run:
        assert_type(run, Run)
        run.log({"test/accuracy": 0.97})
        assert_type(run.url, str | None)
        assert_type(run.findings, tuple[Finding, ...])
        run.alert("slow", "this takes long")
        print(run.failurs)  # type: ignore[attr-defined]
        run.alrt("slow")  # type: ignore[attr-defined]
        run.log(7)  # type: ignore[arg-type]
        bare()
    bare(lr="x")  # type: ignore[arg-type]
    with_arguments()  # type: ignore[call-arg]
    track(mode="ofline")  # type: ignore[call-overload]
    track(projekt="digits")  # type: ignore[call-overload]
    trackexp.evaluat  # type: ignore[attr-defined]  # noqa: B018


def falls_through() -> int:
    """The block never swallows an exception: no return is missing after it."""
    with track():
        return 1
