"""What every test run tells at its end: the targets, and what was not run for want of a browser."""

import os

from hypothesis import settings

# Each worker of pytest has a core to itself; test_processes.py tries what several processes do.
os.environ.setdefault("GUTSKIN_PROCESSES", "1")

# Times are measured in benchmarks/, never asserted in a test: a busy machine fails nobody.
settings.register_profile("gutskin", deadline=None)
settings.load_profile("gutskin")


def pytest_terminal_summary(terminalreporter):
    tell_what_had_no_browser(terminalreporter)
    reports = [*terminalreporter.stats.get("passed", ()), *terminalreporter.stats.get("failed", ())]
    targets = [
        value
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == "target"
    ]
    if not targets:
        return
    met = sum(one[-1] for one in targets)
    terminalreporter.section(f"targets: {met} of {len(targets)} met")
    width = max(len(label) for label, *_ in targets)
    for label, value, low, high, unit, done in sorted(targets, key=lambda one: (one[-1], one[0])):
        state = "met" if done else "not yet"
        terminalreporter.write_line(
            f"{label:{width}}  {value:>8.4g}  {low:>7g} to {high:<7g} {unit:9}  {state}",
            yellow=not done,
        )


def tell_what_had_no_browser(terminalreporter):
    """Say that tests of pages were left out; a count of skips alone says it to nobody."""
    skipped = terminalreporter.stats.get("skipped", ())
    count = sum("is installed" in str(one.longrepr) for one in skipped)
    if count:
        terminalreporter.section("no browser", red=True)
        terminalreporter.write_line(
            f"{count} tests of pages in a browser were NOT run: no Chromium (or pdftotext) is "
            "installed. `make browser` brings them from Debian's packages."
        )
