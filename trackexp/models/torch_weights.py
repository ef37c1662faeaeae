"""A model that was kept as PyTorch weights: what the JSON beside it says, and whether the file still says the same."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Literal

from trackexp.errors import TrackexpError
from trackexp.models.python_code import find_object
from trackexp.optional import require

SUFFIXES = (".pt", ".pth", ".safetensors")


def description_file(path: Path) -> Path:
    """Return the JSON beside a file of weights: `model-best.json` of `model-best.pt`."""
    return path.with_suffix(".json")


def description_of(path: Path) -> dict[str, Any]:
    """Return what the JSON beside a file of weights says; empty where there is none."""
    try:
        found = json.loads(description_file(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def class_of(path: Path) -> str | None:
    """Return where the model's class is imported from, `package.module:Class`; None for one of the script itself."""
    place = description_of(path).get("class")
    return place if isinstance(place, str) and not place.startswith("__main__:") and "<" not in place else None


def tensor_digest(tensor: Any) -> str:
    """Return the digest of a tensor's values, type and shape, whatever machine it lies on."""
    values = tensor.detach().cpu().contiguous()
    head = f"{values.dtype} {tuple(values.shape)}".encode()
    body = values.reshape(-1).view(require("torch", extra="torch").uint8).numpy().tobytes() if values.numel() else b""
    return hashlib.blake2b(head + body, digest_size=16).hexdigest()


def load_weights(path: Path) -> dict[str, Any]:
    """Return the tensors of a file, by name; nothing of the file is run."""
    if path.suffix == ".safetensors":
        load = require("safetensors.torch", extra="torch").load_file
        return dict(load(str(path)))
    return dict(require("torch", extra="torch").load(path, map_location="cpu", weights_only=True))


def verify_weights(path: Path) -> tuple[Literal["passed", "failed", "not verified"], str]:
    """Compare the tensors of a file with what was noted of them, and load them into their class where it is here."""
    noted = description_of(path)
    digests = noted.get("tensors", {})
    try:
        weights = load_weights(path)
    except Exception as error:
        return "failed", f"it does not load as PyTorch weights: {type(error).__name__}: {str(error)[:200]}"
    if not digests:
        return "not verified", f"it holds {len(weights)} tensors, and no note of them lies beside it"
    found = {name: tensor_digest(value) for name, value in weights.items()}
    wrong = [name for name in {*digests, *found} if digests.get(name) != found.get(name)]
    if wrong:
        return "failed", f"{len(wrong)} of its tensors are not as noted: {', '.join(sorted(wrong)[:3])}"
    said = f"its {len(weights)} tensors are as noted"
    place = class_of(path)
    if place is None:
        return "passed", f"{said}; their class {noted.get('class')} cannot be imported, so they were not run"
    try:
        build = find_object(place)
        build().load_state_dict(weights)
    except (TrackexpError, TypeError) as error:
        return "passed", f"{said}; {place} could not be made here, so they were not run ({type(error).__name__})"
    except RuntimeError as error:
        return "failed", f"{said}, and do not fit {place}: {str(error).splitlines()[0][:200]}"
    return "passed", f"{said}, and fit {place}"
