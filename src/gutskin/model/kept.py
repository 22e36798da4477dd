"""Texts that take long to make, kept on disk between runs.

They lie where `GUTSKIN_CACHE_DIR` says, else in the user's cache folder, under a name made of all
they depend on. A folder that cannot be read or written costs the time to make them and nothing
else.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path


def kept(reasons: Iterable[str | bytes], make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `make` gives, from disk if the same was made before for the same reasons.

    Parameters
    ----------
    reasons : everything that the result depends on
    make : gives texts and numbers by name; called when there is none, or none that can be read
    """
    digest = hashlib.sha256()
    for reason in reasons:
        text = reason.encode() if isinstance(reason, str) else reason
        digest.update(len(text).to_bytes(8, "big") + text)
    folder = Path(os.environ.get("GUTSKIN_CACHE_DIR") or user_cache_path("gutskin")) / "model"
    path = folder / f"{digest.hexdigest()[:32]}.json"
    with suppress(OSError, ValueError):
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    made = make()
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(made), encoding="utf-8")
        new.replace(path)
    return made
