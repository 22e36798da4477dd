"""The page of scores: which trials count as fitted, and that each number stands where it belongs.

Structure, with made-up results: what is foretold of a trial is tested elsewhere.
"""

import pickle
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
sys.path.insert(0, str(SCRIPTS))

import score_trials  # noqa: E402

from gutskin.calibration.targets import ARMS, BIRTHS, FIT, LEVELS, PUBLISHED, VALIDATION  # noqa: E402
from gutskin.model.biology import POSTERIOR, PRIOR, shipped_biology  # noqa: E402
from gutskin.trials.design import known_trials, load_trial  # noqa: E402


class Row:
    """A row of a table."""

    def __init__(self, name, **cells):
        self.id, self.cells = name, cells

    def text(self, column):
        return self.cells.get(column, "")


def biology_with(**tables):
    """A biology of these targets alone: table -> rows."""
    names = {"published": PUBLISHED, "levels": LEVELS, "births": BIRTHS, "arms": ARMS}
    found = {names[key]: {row.id: row for row in rows} for key, rows in tables.items()}
    return SimpleNamespace(table=lambda name: found.get(name, {}))


def design_of(name, source="", reference=""):
    published = SimpleNamespace(source=source, reference=reference)
    return SimpleNamespace(name=name, published=published)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("OI0003", {"OI0003"}),
        ("OI0002;OI0006", {"OI0002", "OI0006"}),
        ("rows OI0009 to OI0011, read as abstracts", {"OI0009", "OI0010", "OI0011"}),
        ("TT0099 to TT0101 and RV0001", {"TT0099", "TT0100", "TT0101", "RV0001"}),
        ("Weston 2005, doi:10.1136/adc.2004.060673", set()),
        ("", set()),
    ],
)
def test_closed_form_ranges_of_rows_are_written_out(text, rows):
    assert score_trials.rows_named(text) == rows


@pytest.mark.parametrize("table", ["levels", "births", "arms"])
def test_structure_a_trial_is_fitted_by_name_or_by_a_row_of_a_target(table):
    by_name = [Row("named", use=FIT), Row("held-back", use=VALIDATION)]
    rows = [
        Row("one", use=FIT, evidence="OI0010;OI0020 to OI0022"),
        Row("other", use=VALIDATION, evidence="OI0030"),
    ]
    designs = [
        design_of("named"),
        design_of("held-back"),
        design_of("by-source", source="OI0009 to OI0010"),
        design_of("by-reference", reference="A trial (OI0021)"),
        design_of("source-goes-first", source="OI0040", reference="OI0010"),
        design_of("not-fitted", source="OI0030"),
        design_of("nothing-named"),
    ]
    biology = biology_with(**{"published": by_name, table: rows})
    assert score_trials.fitted(biology, designs) == {"named", "by-source", "by-reference"}


def test_reference_of_the_shipped_trials_these_are_fitted():
    """By name, by a row of an arm of a drug trial, and not at all."""
    biology = shipped_biology()
    designs = [load_trial(name, biology) for name in known_trials(biology)]
    found = score_trials.fitted(biology, designs)
    assert {"cect-children", "solo1-adults", "jade-mono2"} <= found
    assert {"advocate1", "advocate2", "rocket-ignite-adults"} <= found
    assert found.isdisjoint({"beep-newborns", "integument1", "breeze-ad5-adults"})
    assert found.isdisjoint({"integument2", "roflumilast-phase2", "breeze-ad7-adults"})


def test_reference_trials_that_a_drug_was_set_to_by_hand_are_fitted():
    """Two trials of baricitinib stood among those that nothing was fitted to."""
    biology = shipped_biology()
    for table, names in score_trials.BY_HAND.items():
        known = biology.table(table)
        assert all(score_trials.rows_named(known[name].text("evidence")) for name in names)
    designs = [load_trial(name, biology) for name in known_trials(biology)]
    found = score_trials.fitted(biology, designs)
    assert {"breeze-ad1-adults", "breeze-ad2-adults", "adoring1"} <= found


def number_of(trial, mean, within=True, key="difference"):
    """What `summarise_scores` says of a trial."""
    simulated = {"mean": mean, "interval_95": [mean - 4.0, mean + 4.0]}
    found = {
        "measure": key, "endpoint": "scorad", "label": "SCORAD", "unit": "points", "week": 8.0,
        "published": {"value": -6.0}, "simulated": simulated, "within": {"50": False, "95": within},
    }  # fmt: skip
    return {"trial": trial, "difference": None, "control": None, key: found}


def summary_of(trials, share=0.5, left_out=()):
    side = {"n": len(trials), "50": share, "95": share + 0.25}
    return {
        "trials": trials, "coverage": {"difference": side, "control": {**side, "n": 0}},
        "bias": 10 * share, "skill": {"zero": share / 2, "pool": None}, "left_out": dict(left_out),
    }  # fmt: skip


@pytest.fixture
def both():
    return {
        POSTERIOR: summary_of(
            [number_of("far", -40.0, within=False), number_of("near", -5.5)], 0.4,
            {"alone": "a single arm"},
        ),
        PRIOR: summary_of([number_of("near", -1.5), number_of("far", -2.5)], 0.2),
    }  # fmt: skip


@pytest.fixture
def unseen():
    return {
        POSTERIOR: summary_of([number_of("near", -5.5)], 0.6),
        PRIOR: summary_of([number_of("near", -1.5)], 0.1),
    }


def cells_of(lines):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_structure_totals_tell_each_kind_of_worlds_of_all_trials_and_of_those_not_fitted(
    both, unseen
):
    rows = cells_of(score_trials.totals(both, unseen))[2:]
    differences = [row for row in rows if row[1].startswith("difference")]
    assert [row[:5] for row in differences] == [
        ["posterior", "difference", "2", "40%", "65%"],
        ["prior", "difference", "2", "20%", "45%"],
        ["posterior", "difference, nothing fitted", "1", "60%", "85%"],
        ["prior", "difference, nothing fitted", "1", "10%", "35%"],
    ]
    assert [row[5:] for row in differences[:2]] == [["4.00", "0.20", "–"], ["2.00", "0.10", "–"]]
    assert [row[5:] for row in rows if row[1].startswith("control")] == [["–"] * 3] * 4


def test_structure_a_trial_stands_beside_itself_in_the_prior_with_its_marks(both):
    """Trials are ordered by misses in each kind of worlds, not alike."""
    far, near = cells_of(score_trials.table(both, "difference", {"near"}))[2:]
    assert (far[0], far[-1]) == ("far", "**missed**")
    assert far[1:5] == ["scorad, week 8", "−6.0", "−40.0 (−44.0 to −36.0)", "−2.5 (−6.5 to 1.5)"]
    assert (near[0], near[-1]) == ("near", "fitted")
    assert near[3:5] == ["−5.5 (−9.5 to −1.5)", "−1.5 (−5.5 to 2.5)"]
    assert cells_of(score_trials.table(both, "difference", {"far"}))[2][-1] == "fitted, **missed**"
    assert len(score_trials.table(both, "control", set())) == 2  # nothing but the head


def test_structure_the_page_has_both_sides_and_what_is_left_out(both, unseen, monkeypatch):
    now = {POSTERIOR: "a" * 16, PRIOR: "b" * 16}
    monkeypatch.setattr(score_trials, "hashes", lambda: now)
    text = score_trials.page(both, unseen, {"near"})
    assert f"`{'a' * 16}` (posterior) and `{'b' * 16}` (prior)" in text
    assert "repeated 100 times" in text
    assert "have changed since" not in text
    heads = [line for line in text.splitlines() if line.startswith("#")]
    assert heads == [
        "# Published trials, foretold", "## Differences", "## Control arms",
        "## 1 trial not scored",
    ]  # fmt: skip
    assert "- alone: a single arm.\n" in text
    assert text.index("| posterior | difference |") < text.index("## Differences")
    assert text.index("## Differences") < text.index("| far |") < text.index("## Control arms")


def test_structure_each_trial_is_scored_once_and_those_fitted_are_left_out_of_the_second(
    monkeypatch,
):
    asked = []

    def scored(design, model, replicates, seed, stance, _):
        asked.append((design.name, model, replicates, seed, stance))
        return SimpleNamespace(design=design)

    def planned(name, replicates, seed, biology):
        assert (replicates, seed) == (100, 1)
        return SimpleNamespace(design=SimpleNamespace(name=name), biology=biology)

    def summarised(some, left_out, replicates, stance):
        return [one.design.name for one in some], left_out, replicates, stance

    fakes = {
        "biology_of_worlds": lambda _, draws: f"biology of {draws}",
        "plan_trial": planned,
        "load_model": lambda biology: f"model of the {biology}",
        "why_not_scored": lambda design: "no" if design.name == "alone" else "",
        "score_trial": scored,
        "summarise_scores": summarised,
    }
    for name, fake in fakes.items():
        monkeypatch.setattr(score_trials, name, fake)
    found = score_trials.scored(["new", "alone", "old"], PRIOR, {"old"})
    assert found == [
        (["new", "old"], {"alone": "no"}, 100, "evidence"),
        (["new"], {"alone": "no"}, 100, "evidence"),
    ]
    model = f"model of the biology of {PRIOR}"
    assert asked == [(name, model, 100, 1, "evidence") for name in ("new", "old")]


def told(names, draws, seen):
    """In the place of `score_trials.scored`."""
    return [f"{draws}, all of {sorted(names)}", f"{draws}, without {sorted(seen & {*names})}"]


class InOneProcess:
    """In the place of a pool: what it is handed must travel, as to a process of its own."""

    def __init__(self, workers, context):
        assert context.get_start_method() == "spawn"  # a fork would share threads of the engine
        assert workers == len(score_trials.WORLDS)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def map(self, work, jobs):
        return [pickle.loads(pickle.dumps(work))(job) for job in jobs]


@pytest.mark.parametrize("alone", [True, False], ids=["some", "all"])
def test_structure_what_each_process_found_goes_to_its_own_worlds(
    alone, tmp_path, monkeypatch, capsys
):
    handed = {}

    def paged(both, unseen, seen):
        handed.update(both=both, unseen=unseen, seen=seen)
        return "the page"

    monkeypatch.setattr(score_trials, "ProcessPoolExecutor", InOneProcess)
    monkeypatch.setattr(score_trials, "scored", told)
    monkeypatch.setattr(score_trials, "page", paged)
    monkeypatch.setattr(score_trials, "PAGE", tmp_path / "scores.md")
    only = ["--only", "solo1-adults", "beep-newborns"] if alone else []
    monkeypatch.setattr(sys, "argv", ["score_trials.py", *only])
    score_trials.main()
    for draws in (POSTERIOR, PRIOR):
        assert handed["both"][draws].startswith(f"{draws}, all of")
        assert handed["unseen"][draws].startswith(f"{draws}, without")
    if alone:
        assert capsys.readouterr().out == "the page\n"
        assert not score_trials.PAGE.exists()  # of some, no page
        assert handed["both"][PRIOR] == f"{PRIOR}, all of ['beep-newborns', 'solo1-adults']"
        assert handed["unseen"][PRIOR] == f"{PRIOR}, without ['solo1-adults']"
    else:
        assert score_trials.PAGE.read_text(encoding="utf-8") == "the page"
        assert "six-strain-children" not in handed["both"][PRIOR]  # nothing of it is published
        assert "'cect-children'" in handed["both"][PRIOR]
