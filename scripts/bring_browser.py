"""See to a Chromium for the tests of the page, and say plainly where there is none.

    python3 scripts/bring_browser.py     or `make browser`; .ci/run does it too

One that is on PATH is taken as it is. Else, where the packages of Debian or Ubuntu may be installed
(root, or sudo without a password), chromium and poppler-utils are; else nothing is written, and the
exit status is 1. Only the standard library is used.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PACKAGES = ("chromium", "poppler-utils", "fonts-dejavu-core")
LIMIT = 240  # seconds for each step
PATIENT = ("-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=20")


def say(text):
    """Tell one thing."""
    print("browser: " + text, flush=True)


def found():
    """The Chromium on PATH, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def complete():
    """Whether all that the tests want is there: a Chromium, and pdftotext for what is printed."""
    return bool(found() and shutil.which("pdftotext"))


def administrator():
    """Words before a command that only an administrator may run; None where nobody here is."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.call([sudo, "-n", "true"], stderr=subprocess.DEVNULL) == 0:
        return [sudo, "-n"]
    return None


def install():
    """Install the packages; what kept them from coming, or nothing."""
    apt = shutil.which("apt-get")
    before = administrator()
    if apt is None:
        return "this is no Debian or Ubuntu (there is no apt-get)"
    if before is None:
        return "packages may not be installed here (neither root nor sudo without a password)"
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    steps = (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES])
    for step in steps:
        command = [*before, apt, "--quiet=2", *PATIENT, *step]
        try:
            done = subprocess.run(
                command, env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, text=True, timeout=LIMIT,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as trouble:
            return f"apt-get {step[0]}: {trouble}"
        if done.returncode and step[0] == "install":
            said = [line for line in done.stderr.splitlines() if line.startswith("E:")]
            return "apt-get {}: {}".format(step[0], said[0] if said else "it failed")
    return ""


def main():
    """Exit status: 0 if there is a browser in the end."""
    if complete():
        say(f"the page's tests run in {found()}")
        return 0
    trouble = install()
    if complete():
        say(f"brought from the system's packages: {found()}")
        return 0
    why = trouble or "a package did not bring what it should"
    say(f"NONE: the tests of the page in a browser are NOT run. {why}.")
    say("Install Chromium or Chrome (Debian: apt-get install chromium) and run them again.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
