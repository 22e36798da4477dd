"""Prepare .venv from uv.lock, on a machine with any python3 (3.7 or newer) and a package index.

1. uv: the one on PATH if it is recent enough, else one brought into .tools/ of this checkout.
2. Python 3.13 or 3.12: on PATH, under pyenv, known to uv; if there is none, uv fetches one.
3. The packages, exactly as uv.lock names them.

Nothing is written outside the checkout except caches of uv. Only the standard library is used.
"""

import base64
import hashlib
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
PYTHONS = ("3.13", "3.12")  # in order of preference
UV_OLDEST = (0, 8, 0)  # the oldest uv tried with this project's uv.lock
PYPI = "https://pypi.org/simple"
SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
ABOUT_PYTHON = (
    "import sys; print('%d.%d' % sys.version_info[:2]); "
    "print(getattr(sys, '_base_executable', None) or sys.executable)"
)


class SetupError(Exception):
    """Set-up cannot go on; the message says what to do."""


def say(text):
    """Tell the user about one step."""
    print("set-up: " + text, flush=True)


def output_of(command):
    """Give what a command prints, or None if it does not run.

    Commands start in / because pyenv's shims obey a `.python-version` of the current folder.
    """
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=600,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def on_path(name):
    """List every executable of this name on PATH, not only the first."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    return [folder / name for folder in folders if os.access(str(folder / name), os.X_OK)]


# --- uv ---------------------------------------------------------------------------------------


def uv_version(uv):
    """Give the version of a uv as three numbers, or None if it does not run."""
    found = re.match(r"uv (\d+)\.(\d+)\.(\d+)", output_of([uv, "--version"]) or "")
    return tuple(int(number) for number in found.groups()) if found else None


def find_uv():
    """Give a uv that runs and reads this lock: on PATH, left from an earlier run, or brought."""
    brought = TOOLS / "uv" / "bin" / "uv"
    for uv in [*on_path("uv"), brought]:
        version = uv_version(uv)
        if version and version >= UV_OLDEST:
            say("uv {}.{}.{} at {}".format(*version, uv))
            return uv
    for way, bring in (
        ("python3 -m venv", bring_uv_by_venv),
        ("python3 -m pip", bring_uv_by_pip),
        ("the package index", bring_uv_by_download),
    ):
        shutil.rmtree(str(TOOLS / "uv"), ignore_errors=True)
        try:
            bring(TOOLS / "uv")
        except (OSError, ValueError, SetupError) as problem:
            say(f"no uv by {way}: {problem}")
            continue
        version = uv_version(brought)
        if version and version >= UV_OLDEST:
            say("uv {}.{}.{} brought by {} into {}".format(*version, way, brought))
            return brought
        say(f"no uv by {way}")
    raise SetupError(
        "uv could not be brought. Install uv {}.{}.{} or newer, put it on PATH, "
        "and run make again.".format(*UV_OLDEST)
    )


def pip_install_uv(python, *options):
    """Install uv with the pip of one interpreter."""
    requirement = "uv>={}.{}.{}".format(*UV_OLDEST)
    words = [python, "-m", "pip", "install", "--quiet", "--no-cache-dir", "--only-binary", ":all:"]
    if output_of([*words, *options, requirement]) is None:
        raise SetupError("pip is missing or found no uv")


def bring_uv_by_venv(folder):
    """Install uv in a virtual environment of its own."""
    if output_of([sys.executable, "-m", "venv", folder]) is None:
        raise SetupError("this python3 makes no virtual environments")
    pip_install_uv(folder / "bin" / "python")


def bring_uv_by_pip(folder):
    """Install uv with the pip of this python3, where it makes no virtual environments."""
    pip_install_uv(sys.executable, "--target", folder)


def bring_uv_by_download(folder):
    """Download uv's wheel, where this python3 has neither venv nor pip."""
    index = configured_index() or PYPI
    page = index.rstrip("/") + "/uv/"
    files = json.loads(fetch(page, index).decode("utf-8"))["files"]
    wheels = suitable_wheels(files, platform.machine())
    if not wheels:
        raise SetupError(f"the index has no uv for {platform.system()} {platform.machine()}")
    target = folder / "bin" / "uv"
    for wheel in wheels:
        content = fetch(urllib.parse.urljoin(page, wheel["url"]), index)
        if hashlib.sha256(content).hexdigest() != wheel["hashes"]["sha256"]:
            raise SetupError("{} is not what the index says it is".format(wheel["filename"]))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            member = next(n for n in archive.namelist() if n.endswith(".data/scripts/uv"))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(member))
        target.chmod(0o755)
        if uv_version(target):
            return
    raise SetupError("no uv of the index runs here")


def suitable_wheels(files, machine):
    """List the newest release's Linux wheels for a processor: glibc builds first, then musl."""
    candidates = []
    for file in files:
        found = re.match(
            r"uv-(\d+)\.(\d+)\.(\d+)-py3-none-(\w+linux[\w.]+)\.whl$", file["filename"]
        )
        if found and found.group(4).endswith("_" + machine) and not file.get("yanked"):
            version = tuple(int(number) for number in found.groups()[:3])
            candidates.append((version, found.group(4).startswith("manylinux"), file))
    if not candidates:
        return []
    newest = max(version for version, _, _ in candidates)
    candidates.sort(key=lambda candidate: not candidate[1])
    return [file for version, _, file in candidates if version == newest]


def configured_index():
    """Give the package index the user configured for uv or pip, or None for the public one."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        url = os.environ.get(name, "").strip()
        if url:
            url = url.partition("=")[2] if re.match(r"[\w-]+=", url) else url
            return None if url.rstrip("/") == PYPI else url
    return None


def fetch(url, index):
    """Read a URL; the credentials of the index are sent to the host of the index only."""
    parts, home = urllib.parse.urlsplit(url), urllib.parse.urlsplit(index)
    bare = parts._replace(netloc=parts.netloc.rpartition("@")[2])
    request = urllib.request.Request(urllib.parse.urlunsplit(bare))
    if url.endswith("/"):
        request.add_header("Accept", SIMPLE_JSON)
    if home.username and parts.hostname == home.hostname:
        pair = "{}:{}".format(home.username, home.password or "")
        secret = base64.b64encode(urllib.parse.unquote(pair).encode("utf-8"))
        request.add_header("Authorization", "Basic " + secret.decode("ascii"))
    with urllib.request.urlopen(request, timeout=120) as answer:
        return answer.read()


# --- Python -----------------------------------------------------------------------------------


def running_python(candidate, wanted):
    """Give the real interpreter behind a candidate if it runs and is the wanted version.

    A pyenv shim exists for every version ever installed, and fails unless that one is selected.
    """
    answer = (output_of([candidate, "-c", ABOUT_PYTHON]) or "").splitlines()
    return Path(answer[1]) if len(answer) == 2 and answer[0] == wanted else None


def pyenv_versions():
    """Give the folder in which pyenv keeps its interpreters."""
    root = (
        output_of(["pyenv", "root"]) or os.environ.get("PYENV_ROOT") or str(Path.home() / ".pyenv")
    )
    return Path(root) / "versions"


def find_python(uv):
    """Give an interpreter and where it was found, or None and None."""
    for wanted in PYTHONS:
        for candidate in on_path("python" + wanted):
            python = running_python(candidate, wanted)
            if python:
                return python, "on PATH"
    versions = pyenv_versions()
    for wanted in PYTHONS:
        for candidate in sorted(versions.glob(wanted + "*/bin/python" + wanted), reverse=True):
            python = running_python(candidate, wanted)
            if python:
                return python, "under pyenv"
    for wanted in PYTHONS:
        known = output_of([uv, "python", "find", "--no-python-downloads", "--system", wanted])
        python = known and running_python(known, wanted)
        if python:
            return python, "known to uv"
    return None, None


def fetch_python(uv, environment):
    """Let uv fetch an interpreter into .tools/, or do nothing if it did so before."""
    words = [str(uv), "python", "install", "--quiet", PYTHONS[0]]
    if subprocess.call(words, cwd="/", env=environment, stdin=subprocess.DEVNULL):
        raise SetupError(
            "no Python could be fetched, see above. Install python{} or python{}, put it on PATH, "
            "and run make again.".format(*PYTHONS)
        )


# --- the environment --------------------------------------------------------------------------


def environment_for(python):
    """Give uv's settings: this interpreter and no other; if there is none, fetch one."""
    environment = dict(os.environ)
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONHOME", "PYTHONPATH"):
        environment.pop(name, None)
    environment["UV_PROJECT_ENVIRONMENT"] = str(VENV)
    # Else every start compiles some hundred modules again where Python may not write beside them.
    environment["UV_COMPILE_BYTECODE"] = "1"
    if python:
        environment.update(UV_PYTHON=str(python), UV_PYTHON_DOWNLOADS="never")
    else:
        environment.update(
            UV_PYTHON=PYTHONS[0],
            UV_PYTHON_DOWNLOADS="automatic",
            UV_PYTHON_INSTALL_DIR=str(TOOLS / "python"),
            UV_PYTHON_INSTALL_BIN="0",
        )
    return environment


def install(uv, environment):
    """Make .venv hold exactly what uv.lock names."""
    mirror = configured_index()
    if not mirror:
        steps = [["sync", "--quiet", "--locked", "--extra", "all"]]
    else:
        # uv.lock names files of the public index; a mirror has the same files elsewhere, so here
        # their versions and hashes are kept and the places asked of the mirror.
        environment = dict(environment, UV_DEFAULT_INDEX=mirror)
        listing = ROOT / ".cache" / "requirements.txt"
        listing.parent.mkdir(exist_ok=True)
        steps = [
            [
                *("export", "--quiet", "--frozen", "--extra", "all", "--no-emit-project"),
                *("--output-file", listing),
            ],
            ["venv", "--quiet", "--clear", VENV],
            ["pip", "sync", "--quiet", "--require-hashes", "--python", VENV, listing],
            ["pip", "install", "--quiet", "--no-deps", "--python", VENV, "--editable", ROOT],
        ]
    for step in steps:
        words = [str(word) for word in [uv, *step]]
        if subprocess.call(words, cwd=str(ROOT), env=environment, stdin=subprocess.DEVNULL):
            raise SetupError(
                f"`uv {step[0]}` failed, see above. If uv.lock is said to be out of date, "
                "run `uv lock` and commit it."
            )


def main():
    """Prepare the environment, telling each step."""
    try:
        uv = find_uv()
        python, where = find_python(uv)
        if python:
            say(f"Python {where}: {python}")
        else:
            say(f"no Python {' or '.join(PYTHONS)} here; uv fetches {PYTHONS[0]} into .tools/")
        environment = environment_for(python)
        if not python:
            fetch_python(uv, environment)
        say("packages of uv.lock into .venv")
        install(uv, environment)
    except SetupError as problem:
        sys.exit(f"set-up: {problem}")


if __name__ == "__main__":
    main()
