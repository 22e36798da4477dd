"""What may not be 0 is derived from the equations, and the compiled model agrees."""

import numpy as np
import pytest

from gutskin.errors import InputError
from gutskin.evidence.experiments import plan_experiments
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.divisors import AGE, divisor_problems, divisors, singular_ends, singular_problem
from gutskin.model.domains import parameter_domain
from gutskin.model.overlay import biology_of
from gutskin.model.vocabulary import vocabulary
from gutskin.population.patient_file import load_patient

BIOLOGY = shipped_biology()
ROWS = vocabulary(BIOLOGY).parameters
FOUND = divisors(BIOLOGY)
LOW = tuple(name for name in FOUND if 0.0 in parameter_domain(ROWS[name]))


def computed(model, start, age, names):
    """Finite rates and finite read-outs with each name at 0 in turn: two arrays [name]."""
    values = dict(model.constants) | dict(model.values()) | {AGE: age}
    p = [np.full(len(names), values[name]) for name in model.parameter_ids]
    for place, name in enumerate(names):
        p[model.parameter_ids.index(name)][place] = 0.0
    y = np.repeat(model.initial(start)[:, None], len(names), 1)
    with np.errstate(all="ignore"):
        both = model.rhs(np.zeros(len(names)), y, p), model.observe(np.zeros(len(names)), y, p)
    return [np.isfinite(np.asarray(one)).all(axis=0) for one in both]


def test_the_compiled_model_is_finite_at_0_for_just_those_that_are_not_found():
    model = load_model()
    names = [
        name for name in model.parameter_ids if name in ROWS and 0.0 in parameter_domain(ROWS[name])
    ]
    usual = float(model.values()[AGE])
    finite = np.full(len(names), True)
    for start in vocabulary(BIOLOGY).starts:
        for age in (usual, 0.0):
            rates, read_outs = computed(model, start, age, names)
            finite &= rates & read_outs
    broken = {name for name, one in zip(names, finite, strict=True) if not one}
    assert broken == set(LOW)
    assert len(broken) > 50


def test_at_every_end_of_every_domain_read_outs_are_finite_or_the_end_is_refused():
    model = load_model()
    ends = [
        (name, end)
        for name in model.parameter_ids
        if name in ROWS
        for domain in [parameter_domain(ROWS[name])]
        for end in (domain.low, domain.high)
        if not (end == 0 and name in FOUND)
    ]
    assert all(np.isfinite(end) for _, end in ends)
    assert len(ends) > 1500
    values = dict(model.constants) | dict(model.values())
    p = {name: np.full(len(ends), values[name]) for name in model.parameter_ids}
    for number in range(1, 7):  # strains that are taken, worse and better than the average
        p[f"dose_strain_{number}"][:] = 5.0
        p[f"factor_strain_{number}"][:] = number - 2.0
    for place, (name, end) in enumerate(ends):
        p[name][place] = end
    broken = set()
    for start in vocabulary(BIOLOGY).starts:
        y = np.repeat(model.initial(start)[:, None], len(ends), 1)
        with np.errstate(all="ignore"):
            time, held = np.zeros(len(ends)), list(p.values())
            both = model.rhs(time, y, held), model.observe(time, y, held)
        finite = np.isfinite(np.concatenate([np.asarray(one) for one in both])).all(axis=0)
        broken |= {ends[place] for place in np.flatnonzero(~finite)}
    assert broken == {("f_proximal", 1.0)}
    assert set(singular_ends(BIOLOGY)) == {("f_proximal", 1.0)}


def test_an_end_with_which_an_equation_has_no_value_is_refused_with_its_remedy():
    what, remedy = singular_problem("f_proximal", 1, BIOLOGY)
    assert what.startswith("f_proximal cannot be 1: the equation of `")
    assert remedy == "Write a value below 1."
    assert singular_problem("f_proximal", 0.999, BIOLOGY) is None


def test_no_shipped_number_is_0_where_none_may_be():
    assert list(divisor_problems(BIOLOGY)) == []


@pytest.mark.parametrize("value", [0, 0.0, -0.0])
def test_only_0_itself_is_a_problem(value):
    assert "km_mast cannot be 0" in singular_problem("km_mast", value, BIOLOGY)[0]
    for other in (1e-300, False, "0", None):
        assert singular_problem("km_mast", other, BIOLOGY) is None
    assert singular_problem("j_starch", value, BIOLOGY) is None


def test_a_patient_with_any_of_them_at_0_is_refused_with_every_line(tmp_path):
    path = tmp_path / "zero.toml"
    lines = ['start = "healthy_adult"', "[parameters]", *(f"{name} = 0" for name in LOW)]
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError) as refused:
        load_patient(path)
    told = {one.line: one.message for one in refused.value.problems}
    for number, name in enumerate(LOW, 3):
        assert f"{name} cannot be 0" in told.get(number, ""), name


def test_holds_and_courses_are_refused_too(tmp_path):
    path = tmp_path / "zero.toml"
    path.write_text(
        'start = "healthy_adult"\n[[holds]]\nparameter = "km_mast"\nvalue = 0\nstart_day = 1\n'
        'end_day = 5\n[[courses]]\nparameter = "k_take"\ndays = [0, 5]\nvalues = [1, 0]\n'
    )
    with pytest.raises(InputError) as refused:
        load_patient(path)
    told = [(one.line, one.message) for one in refused.value.problems]
    assert [line for line, text in told if "km_mast cannot be 0" in text] == [4]
    assert [line for line, text in told if "k_take cannot be 0" in text] == [10]


@pytest.mark.parametrize(
    "arm", ["always = { km_mast = 0 }", 'changed = { km_mast = "x0" }', "always = {km_mast=0.0}"]
)
def test_an_arm_of_an_experiment_is_refused(tmp_path, arm):
    path = tmp_path / "own.toml"
    path.write_text(
        '[X1]\nexperiment = "nothing"\nevidence_verdict = "thin"\nwhy = "none"\ndays = 7\n'
        f'arms = {{ a = {{ population = "ad_child" }}, b = {{ like = "a", {arm} }} }}\n'
        'checks = [{ says = "it moves", quantity = "scorad", read = { day = 7 }, '
        "contrast = { a = 1, b = -1 }, expected = [0, 1] }]\n"
    )
    with pytest.raises(InputError, match="km_mast cannot be 0"):
        plan_experiments(path, BIOLOGY)


def overlay(folder, **own):
    """A biology of one's own with other cells in the row `km_mast`."""
    shipped = (BIOLOGY.folder / "parameters.tsv").read_text().splitlines()
    head = shipped[0].split("\t")
    cells = next(one for one in shipped if one.startswith("km_mast\t")).split("\t")
    cells += [""] * (len(head) - len(cells))
    for column, cell in own.items():
        cells[head.index(column)] = cell
    (folder / "parameters.tsv").write_text("\t".join(head) + "\n" + "\t".join(cells) + "\n")
    return biology_of(folder)


def test_an_overlay_with_0_is_refused_with_file_and_line(tmp_path):
    with pytest.raises(InputError) as refused:
        vocabulary(overlay(tmp_path, value="0", low="", high="", distribution="fixed"))
    [one] = refused.value.problems
    assert (one.file, one.line) == (tmp_path / "parameters.tsv", 2)
    assert one.message.startswith("km_mast cannot be 0")


@pytest.mark.parametrize(
    ("spread", "zero"),
    [("choice = [[2, 0.5], [0, 0.5]]", True), ("uniform = [0, 2]", True),
     ("choice = [[2, 0.5], [1, 0.5]]", False)],
)  # fmt: skip
def test_a_population_of_one_s_own_with_0_is_refused(tmp_path, spread, zero):
    (tmp_path / "populations.toml").write_text(
        '[mine]\nlabel = "mine"\nevidence = []\nage_years = { uniform = [1, 2] }\n'
        f"flg = {{ heterozygous = 0.1, homozygous = 0.01 }}\nkm_mast = {{ {spread} }}\n"
    )
    biology = overlay(tmp_path, role="covariate")
    if not zero:
        assert "km_mast" in vocabulary(biology).parameters
        return
    with pytest.raises(InputError) as refused:
        vocabulary(biology)
    [one] = refused.value.problems
    assert (one.file, one.line) == (tmp_path / "populations.toml", 6)
    assert one.message.startswith("mine: km_mast cannot be 0")
