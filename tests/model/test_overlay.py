"""A user's own biology on top of the shipped one: what it adds and replaces, what is refused."""

import pickle

import pytest

from gutskin.errors import InputError
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import compile_model
from gutskin.model.fragments import read_source
from gutskin.model.overlay import biology_of, differences
from gutskin.model.overlay_check import id_clashes, refuse_faulty
from gutskin.model.tables import read_tables
from gutskin.population.known import known_names
from gutskin.trials.design import load_trial
from gutskin.trials.plan import plan_trial

TRAITS = "survival survival_low survival_high washout_per_day washout_low washout_high factor_mean"
COLUMNS = f"id strain species {TRAITS} factor_sd".replace(" ", "\t")
OF_MINE = "0.3\t0.1\t0.4\t1.4\t0.7\t1.5\t1\t1.25"
STRAINS = f"{COLUMNS}\nmine\tM1\tLactobacillus meus\t{OF_MINE}\nw23\tW23\tanother\t{OF_MINE}\n"


@pytest.fixture
def own(tmp_path):
    folder = tmp_path / "my biology"
    folder.mkdir()
    (folder / "strains.tsv").write_text(STRAINS)
    return folder


def test_rows_are_added_or_take_the_place_of_shipped_ones_and_it_is_told(own):
    biology = biology_of(own)
    rows = biology.table("strains.tsv")
    assert (rows["mine"].file, rows["mine"].line) == (own / "strains.tsv", 2)
    assert rows["w23"].text("species") == "another"
    assert rows["w51"].file == biology.folder / "strains.tsv"
    assert known_names(biology).spelled("strain", "m1") == "mine"
    told = [str(one) for one in differences(biology)]
    assert told == ["adds strains.tsv: mine", "replaces strains.tsv: w23"]


def test_another_biology_has_another_hash_and_goes_to_other_machines_whole(own, monkeypatch):
    assert biology_of(own).content_hash != shipped_biology().content_hash
    assert pickle.loads(pickle.dumps(biology_of(own))) == biology_of(own)
    monkeypatch.setenv("GUTSKIN_BIOLOGY", str(own))
    assert biology_of() == biology_of(own)
    monkeypatch.delenv("GUTSKIN_BIOLOGY")
    assert biology_of() == shipped_biology()


def test_a_relative_folder_brings_its_trials(own, monkeypatch):
    shipped = shipped_biology().folder / "trials" / "six-strain-children.toml"
    (own / "trials").mkdir()
    (own / "trials" / "mine.toml").write_text(shipped.read_text().replace('"W51"', '"M1"'))
    monkeypatch.chdir(own.parent)
    assert "mine" in load_trial("mine", "my biology").active[0].interventions[0].strains


@pytest.mark.parametrize(
    ("name", "text", "line", "says"),
    [
        ("strains.tsv", "id\tstrian\n", 1, "Did you mean 'strain'?"),
        ("strains.tsv", "id\tstrain\na\tA\na\tB\n", 3, "stands here and in line 2"),
        ("strains.tsv", "strain\nA\n", 1, "column 'id' is missing"),
        ("strains.tsv", "id;strain\na;A\n", 1, "Separate the cells by single tabs"),
        ("parameter.tsv", "id\n", None, "Did you mean 'parameters.tsv'?"),
        ("limits.tsv", "id\tlow\thigh\n", None, "not a user's to say"),
        ("populations.toml", "[mine\n", 1, "not valid TOML"),
        ("model.toml", 'onse = ["a.ant"]\n', 1, "Did you mean 'once'?"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(tmp_path, name, text, line, says):
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError) as caught:
        biology_of(tmp_path)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == (tmp_path / name, line)
    assert says in str(problem)


def test_a_file_of_a_name_that_nothing_reads_is_told(own):
    (own / "parameter.tsv").write_text("id\n")
    (own / "notes").mkdir()
    (own / "notes" / "plan.docx").write_text("id\n")
    with pytest.raises(InputError) as caught:
        biology_of(own)
    first, second = map(str, caught.value.problems)
    assert (
        "notes/plan.docx is no part of a biology. Lay the folder out like the shipped one." in first
    )
    assert "parameter.tsv is no part of a biology. Did you mean 'parameters.tsv'?" in second


def test_a_folder_of_something_else_is_one_message_and_a_crowded_one_is_counted(own, monkeypatch):
    strange = own.parent / "strange"
    strange.mkdir()
    for number in range(50):
        (strange / f"{number:02}.conf").write_text("a = 1")
        (own / f"{number:02}.conf").write_text("a = 1")
    with pytest.raises(
        InputError, match=r"nothing in this folder is part of a biology \(50 files"
    ) as caught:
        biology_of(strange)
    assert len(caught.value.problems) == 1
    with pytest.raises(InputError, match="30 more files here are no part of a biology") as caught:
        biology_of(own)
    assert len(caught.value.problems) == 21
    monkeypatch.setattr("gutskin.model.overlay.MOST_FILES", 40)
    with pytest.raises(InputError, match="more than 40 files in this folder") as caught:
        biology_of(strange)
    assert len(caught.value.problems) == 1


def test_a_folder_that_is_none_or_empty_is_refused(tmp_path):
    for folder, says in ((tmp_path / "none", "no such folder"), (tmp_path, "no biology")):
        with pytest.raises(InputError, match=says):
            biology_of(folder)


WHOLE = """[mine]
label = "mine"
evidence = []
flg = { heterozygous = 0.1, homozygous = 0.01 }
age_years = { uniform = [1, 2] }
"""
ENDPOINT = "id\tquantity\tunit\tscale\tnoise\tnoise_low\tnoise_high\n"
SPECIES = "id\tname\tunit\ttypical\tsign\n"
PARAMETER = "id\tvalue\tunit\tdistribution\trole\n"
POPULATION = '\n[mine]\nlabel = "mine"\nevidence = []\nage_years = { uniform = [1, 2] }\n'


@pytest.mark.parametrize(
    ("name", "text", "line", "says"),
    [
        ("mine.ant", "// mine\nscratch := 2 * skin_itch\n", 2, "scratch is an equation here and"),
        ("mine.ant", "substanceOnly species skin_itch in skin\n", 1, "skin_itch is a declaration"),
        ("mine.ant", "// mine\nspecies mine in skin\n", 2, "mine has no row in species.tsv"),
        ("mechanisms.tsv", "id\tstatement\nM01\tx\n", 2, "no switch"),
        ("mine.ant", "// mine\nthis is no prose\n", 2, "Antimony cannot read this"),
        ("mine.ant", "mine := 3 +\n", 1, "Antimony cannot read this"),
        ("mine.ant", "mine := 2 * t_weanin\n", 1, "Did you mean 't_weaning'"),
        ("mine.ant", "mine := 2 * beyond_all\n", 1, "beyond_all has no row in parameters.tsv"),
        ("mine.ant", "t_weaning := 3\n", 1, "t_weaning is an equation here and a parameter in"),
        ("parameters.tsv", f"{PARAMETER}skin_itch\t1\t1\tfixed\tfixed\n", 2, "and a state in"),
        ("parameters.tsv", f"{PARAMETER}t_weaning\t\tday\tfixed\tfixed\n", 2, "value is missing"),
        ("parameters.tsv", f"{PARAMETER}t_weaning\t1,5\tday\tfixed\tfixed\n", 2, "'1,5', not a nu"),
        ("parameters.tsv", f"{PARAMETER}t_weaning\t9\tdya\tfixed\tfixed\n", 2, "unit is 'dya'"),
        ("strains.tsv", STRAINS.replace("0.3\t0.1", "\t0.1", 1), 2, "survival_low without"),
        ("strains.tsv", STRAINS.replace("\t0.4\t", "\t40\t", 1), 2, "a share between 0 and 1"),
        ("populations.toml", POPULATION, 2, "mine: flg is missing"),
        ("populations.toml", "mine = 5\n", 1, "mine: it is no population"),
        ("populations.toml", WHOLE.replace("[1, 2]", "[1]"), 5, "uniform takes two numbers"),
        ("populations.toml", WHOLE.replace("[1, 2]", '["a", 2]'), 5, "uniform takes two numbers"),
        ("populations.toml", WHOLE.replace("[1, 2]", "[2, 1]"), 5, "its ends are not in order"),
        ("populations.toml", WHOLE.replace("[1, 2]", "[1, 200]"), 5, "cannot be 200"),
        ("populations.toml", WHOLE.replace("uniform", "gauss"), 5, "Write one of: uniform"),
        ("populations.toml", WHOLE.replace('"mine"', "5"), 2, "label is 5"),
        ("populations.toml", WHOLE.replace("[]", "5"), 3, "evidence is no list of ids"),
        ("populations.toml", WHOLE.replace("0.1,", "0.999,"), 4, "more than everybody"),
        ("populations.toml", WHOLE.replace("0.1,", "2,"), 4, "no number from 0 to 1"),
        ("populations.toml", WHOLE.replace(", homozygous = 0.01", ""), 4, "flg is not given by"),
        ("populations.toml", WHOLE + "atpoy = { uniform = [1, 2] }\n", 6, "Did you mean 'atopy'?"),
        ("populations.toml", WHOLE + "k_transit = { uniform = [1, 2] }\n", 6, "has the role"),
        ("populations.toml", WHOLE + "atopy = { lognormal = [-1, 2] }\n", 6, "not above 0"),
        ("populations.toml", WHOLE + "atopy = { lognormal = [1, -2] }\n", 6, "spread is negative"),
        ("populations.toml", WHOLE + "atopy = { normal = [5000, 2] }\n", 6, "cannot be 5000"),
        ("populations.toml", WHOLE + "sensitised = { choice = [[1, 0.5], [0, 0.6]] }\n", 6, "1.1"),
        ("populations.toml", WHOLE + "sensitised = { choice = [1, 0] }\n", 6, "pairs of a value"),
        ("mechanisms.tsv", "id\tstatement\tswitch\nM01\tx\tnobody\n", 2, "no parameter nobody"),
        ("mechanisms.tsv", "id\tstatement\tswitch\nM01\tx\tt_weaning\n", 2, "has the role"),
        ("settle.tsv", "id\tfactor\nnobody\t3\n", 2, "is no parameter"),
        ("settle.tsv", "id\tfactor\nk_transit\tabc\n", 2, "factor is 'abc', not a number"),
        ("genotypes.tsv", "id\tflg_genotype\nwild_type\tx\n", 2, "'x', not a number"),
        ("endpoints.tsv", f"{ENDPOINT}mine\tnobody\t1\tlinear\t1\t1\t1\n", 2, "no quantity nobody"),
        ("endpoints.tsv", f"{ENDPOINT}mine\tscorad\t1\tlinear\t9\t1\t1\n", 2, "is not between"),
        ("populations.toml", WHOLE.replace('"mine"', r'"a\nb"'), 2, "label is"),
        ("strains.tsv", STRAINS.replace("\t1.25\n", "\t-1\n", 1), 2, "factor_sd is -1"),
        (
            "strains.tsv",
            STRAINS.replace("\t1.4\t", "\tinf\t", 1),
            2,
            "inf is not between",
        ),
        (
            "strains.tsv",
            STRAINS.replace("\t1.4\t", "\t9\t", 1),
            2,
            "washout_per_day 9 is not between",
        ),
        ("parameters.tsv", f"{PARAMETER}t_weaning\tinf\tday\tfixed\tfixed\n", 2, "value is inf"),
        ("settle.tsv", "id\tfactor\nk_transit\t-2\n", 2, "factor is -2"),
        ("species.tsv", f"{SPECIES}mine\tx\t1\t1\t+\n", 2, "mine is in no fragment"),
    ],
)
def test_what_does_not_fit_is_told_with_file_and_line_before_anything_is_compiled(
    tmp_path, monkeypatch, name, text, line, says
):
    monkeypatch.setattr("gutskin.model.compiled._equations", None)
    (tmp_path / name).write_text(text)
    biology = biology_of(tmp_path)
    for ask in (plan, compile_model):
        with pytest.raises(InputError) as caught:
            ask(biology)
        problem = caught.value.problems[0]
        assert (problem.file, problem.line) == (tmp_path / name, line)
        assert says in str(problem)


def plan(biology):
    return plan_trial("six-strain-children", 1, 1, biology)


@pytest.mark.parametrize(("name", "asked"), [("strain_traits.tsv", 0), ("settle.tsv", 1)])
def test_equations_are_asked_only_where_more_than_strains_are_the_users_own(
    own, monkeypatch, name, asked
):
    calls = []
    monkeypatch.setattr("gutskin.model.divisors.divisor_problems", lambda *_: calls.append(1) or [])
    (own / name).write_text((shipped_biology().folder / name).read_text())
    refuse_faulty.__wrapped__(biology_of(own))
    assert len(calls) == asked


def test_no_id_of_the_shipped_biology_is_defined_twice():
    shipped = shipped_biology()
    assert list(id_clashes(read_source(shipped), read_tables(shipped))) == []
