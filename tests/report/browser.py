"""A browser without a window, where one is installed: what a page measures, and how it prints.

With GUTSKIN_BROWSER=required (as continuous integration has it, where one could be brought) nothing
that needs it is skipped: it fails instead.
"""

import html
import json
import os
import re
import shutil
import subprocess

import pytest
from bring_browser import found

BROWSER = found()
POPPLER = shutil.which("pdftotext")
OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run")
LIMIT = 120  # seconds

OPTIONAL = os.environ.get("GUTSKIN_BROWSER") != "required"
NO_BROWSER = "no Chromium or Chrome is installed"
NO_PRINTING = "no Chromium, or no pdftotext (poppler-utils), is installed"

needs_browser = pytest.mark.skipif(BROWSER is None and OPTIONAL, reason=NO_BROWSER)
needs_printing = pytest.mark.skipif(
    (BROWSER is None or POPPLER is None) and OPTIONAL, reason=NO_PRINTING
)


def _run(folder, *arguments):
    profile = f"--user-data-dir={folder / 'profile'}"
    return subprocess.run(
        [BROWSER, *OPTIONS, profile, *arguments], capture_output=True, text=True, timeout=LIMIT,
        check=True,
    ).stdout  # fmt: skip


def measured(folder, page, width, script):
    """What a script finds in a page of `width` pixels; in it, `page` is the page's document."""
    (found,) = all_measured(folder, [(page, width)], script)
    return found


def all_measured(folder, pages, script):
    """The same of several pages, each with its width, by one browser."""
    frames = "".join(
        f'<iframe srcdoc="{html.escape(page)}" style="border:0;width:{width}px;height:900px">'
        "</iframe>"
        for page, width in pages
    )
    (folder / "frame.html").write_text(
        f"<!doctype html><meta charset=utf-8>{frames}<pre id=found></pre><script>"
        "addEventListener('load', () => {"
        "const all = [...document.querySelectorAll('iframe')].map(one => one.contentDocument);"
        f"document.getElementById('found').textContent = JSON.stringify(all.map({script})); }});"
        "</script>",
        encoding="utf-8",
    )
    shown = _run(folder, "--dump-dom", "--window-size=1400,1000", f"file://{folder}/frame.html")
    return json.loads(html.unescape(re.search(r'<pre id="found">(.*?)</pre>', shown, re.S)[1]))


def printed(folder, page):
    """The lines of each printed page."""
    (folder / "page.html").write_text(page, encoding="utf-8")
    _run(folder, "--no-pdf-header-footer", f"--print-to-pdf={folder}/page.pdf",
         f"file://{folder}/page.html")  # fmt: skip
    text = subprocess.run(
        [POPPLER, "-layout", str(folder / "page.pdf"), "-"], capture_output=True, text=True,
        check=True,
    ).stdout  # fmt: skip
    pages = [
        [line.strip() for line in one.splitlines() if line.strip()] for one in text.split("\f")
    ]
    return [[line for line in one if not re.fullmatch(r"\d+ of \d+", line)] for one in pages if one]
