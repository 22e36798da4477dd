"""What every test run tells at its end: the targets, and which of them are met."""

from hypothesis import settings

# Times are measured in benchmarks/, never asserted in a test: a busy machine fails nobody.
settings.register_profile("gutskin", deadline=None)
settings.load_profile("gutskin")


def pytest_terminal_summary(terminalreporter):
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
