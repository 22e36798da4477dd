"""Reading experiments: what may be said, and whose files they are."""

import math
import re
from dataclasses import replace
from shutil import copytree

import pytest
from experiment_texts import ARM, GOOD

from gutskin.errors import InputError
from gutskin.evidence.experiments import (
    SHIPPED,
    chosen,
    files_of,
    plan_experiments,
    read_experiments,
    shipped,
)
from gutskin.model.biology import Biology, biology_folder, shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.graph import CIRCULATING
from gutskin.model.overlay import biology_of
from gutskin.model.quantities import in_words


@pytest.fixture(scope="module")
def model():
    return load_model()


def test_unit_an_arm_takes_over_what_it_is_like(read):
    washed = read(GOOD)["X1"].arms["washed"]
    assert washed.population == "ad_child"
    assert washed.always == {"flg_genotype": 0.5}
    assert len(washed.doses) == 1


def test_unit_a_statement_of_the_article_has_its_words_and_grade(read):
    one = read(GOOD.replace("X1", "C16"))["C16"]
    assert one.grade == "A"
    assert one.says.startswith("Soap raises pH")
    assert one.must_show(one.experiment.checks[0])


def test_unit_what_an_arm_is_called_is_its_own(read):
    label = 'label = "left alone"'
    text = GOOD.replace("[X1.arms.plain]", f"[X1.arms.plain]\n{label}")
    arms = read(text)["X1"].arms
    assert arms["plain"].title("plain") == "left alone"
    assert arms["washed"].title("washed") == "washed"


def test_unit_an_arm_has_no_noise_and_no_switches_unless_it_says_so(read):
    plain = read(GOOD)["X1"].arms["plain"]
    assert (plain.noise, plain.off, plain.off_always, plain.holds) == (False, (), (), ())
    assert plain.start == "settled"


def test_unit_what_is_held_is_held_from_the_start_to_the_end(read):
    text = GOOD.replace(ARM, ARM + 'holds = [{ parameter = "emollient", value = 1 }]\n')
    (hold,) = read(text)["X1"].arms["washed"].holds
    assert (hold.start_day, hold.end_day) == (0.0, math.inf)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_quantity_and_arm_of_the_shipped_experiments_has_words(model, name):
    """No figure of a statement shows an id: what it names stands in a table."""
    tables = model.tables
    named = {row.text("label") for row in tables.endpoints.values()}
    named |= {row.text("name") for row in tables.species.values()}
    for row in tables.rules.values():
        named |= {row.text("name").replace("SITE", site) for site in ("lesional", "nonlesional")}
    named |= {name[:1].upper() + name[1:] for name in named}
    for one in read_experiments(shipped(name), model).values():
        for check in one.experiment.checks:
            says, unit = in_words(model, check.quantity)
            assert says in named, check.quantity
            assert "_" not in says + unit
        for key, arm in one.arms.items():
            assert not re.search(r"\d|_", arm.title(key)) or arm.label


def test_a_file_without_an_experiment_is_refused(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text("# nothing yet\n")
    with pytest.raises(InputError, match="no experiment in this file"):
        plan_experiments(path, shipped_biology())


def test_unit_strains_of_no_experiment_are_told_where_they_belong(tmp_path):
    """They were called no table, to be written as a [table]."""
    path = tmp_path / "own.toml"
    path.write_text('[[strains]]\nid = "mine"\nspecies = "Lactiplantibacillus plantarum"\n')
    with pytest.raises(InputError) as error:
        plan_experiments(path, shipped_biology())
    (told,) = error.value.problems
    assert (told.file, told.line) == (path, 1)
    assert "[[C99.strains]]" in str(told)
    assert "no table" not in str(told)


def test_unit_a_route_that_is_off_stands_for_all_its_mechanisms_and_no_other(read, model):
    routes = ", ".join(f'"{route}"' for route in CIRCULATING)
    text = GOOD.replace("[X1.arms.washed]", f"off = [{routes}]\n\n[X1.arms.washed]")
    by_route = {name: row.text("route") for name, row in model.tables.mechanisms.items()}
    circulating = {name for name, route in by_route.items() if route in CIRCULATING}
    for arm in read(text)["X1"].arms.values():
        assert set(arm.off) == circulating
        assert len(arm.off) == len(circulating)
    one = read(text.replace(routes, '"M47", "cells"'))["X1"].arms["plain"].off
    assert set(one) == {name for name, route in by_route.items() if route == "cells"}
    assert len(one) == len(set(one))
    with pytest.raises(InputError, match=r"no mechanism or route 'cels'\. Did you mean 'cells'"):
        read(text.replace(routes, '"cels"'))


def test_unit_a_statement_that_does_not_exist_suggests_the_nearest(read):
    with pytest.raises(InputError, match="X1"):
        chosen(read(GOOD), ["X2"])
    assert list(chosen(read(GOOD), ["x1"])) == ["X1"]
    mixed = GOOD.replace("X1", "mine")
    assert list(chosen(read(mixed), ["MINE"])) == ["mine"]


@pytest.mark.parametrize(("id_", "name"), [("p41", "perturbations"), ("A20", "ecology")])
def test_unit_an_id_of_another_shipped_set_is_sent_there(read, id_, name):
    with pytest.raises(InputError, match=f"no statement '{id_}' here. .*--set {name}"):
        chosen(read(GOOD), [id_])


def test_unit_without_ids_all_statements_are_chosen(read):
    several = read(GOOD + GOOD.replace("X1", "X2"))
    assert list(chosen(several, [])) == ["X1", "X2"]
    assert list(chosen(several, ["x2"])) == ["X2"]


def test_an_overlay_has_its_own_experiments_run_among_the_shipped_ones(tmp_path, model):
    own = tmp_path / "perturbations.toml"
    mine = GOOD.replace("5, start_day", "6, start_day").replace("X1", "P01")
    own.write_text(GOOD + mine)
    biology = biology_of(tmp_path)
    paths = files_of("perturbations", biology)
    assert paths == (shipped("perturbations"), own)
    alone, found = plan_experiments(paths[0], biology), plan_experiments(paths, biology)
    assert found.keys() == {*alone, "X1"}
    assert found["P01"].experiment.experiment == "daily washing"
    assert found["P02"] == alone["P02"]
    assert read_experiments(paths, replace(model, tables=replace(model.tables, biology=biology)))


def test_what_is_wrong_with_an_overlays_experiments_is_told_with_its_file(tmp_path):
    own = tmp_path / "claims.toml"
    own.write_text(GOOD.replace("skin_ph_nonlesional", "skin_ph") + GOOD.replace("X1", "c16"))
    biology = biology_of(tmp_path)
    with pytest.raises(InputError) as caught:
        plan_experiments(files_of("claims", biology), biology)
    (quantity, case) = caught.value.problems
    assert (quantity.file, quantity.line) == (own, 18)
    assert "differs from 'C16' in case only" in case.message
    with pytest.raises(InputError, match="Did you mean 'claims'"):
        files_of("claim", biology)


def test_unit_a_genotype_stands_for_what_its_row_sets_and_what_is_written_goes_before_it(read):
    row = shipped_biology().table("genotypes.tsv")["heterozygous"]
    carrier = {name: row.number(name) for name in ("flg_genotype", "flg_penetration")}
    text = GOOD.replace("always = { flg_genotype = 0.5 }", 'flg = "wild_type"')
    text = text.replace(ARM, ARM + 'flg = "heterozygous"\nalways = { flg_genotype = 0.7 }\n')
    arms = read(text)["X1"].arms
    assert arms["plain"].always == {"flg_genotype": 1.0, "flg_penetration": 1.0}
    assert arms["washed"].always == carrier | {"flg_genotype": 0.7}
    alike = read(text.replace('flg = "heterozygous"\n', ""))["X1"].arms["washed"]
    assert alike.always == {"flg_genotype": 0.7, "flg_penetration": 1.0}


def test_unit_an_unknown_genotype_is_named_with_its_line(read):
    with pytest.raises(InputError) as error:
        read(GOOD.replace("always = { flg_genotype = 0.5 }", 'flg = "heterozygos"'))
    (problem,) = error.value.problems
    assert problem.line == 10
    assert "unknown genotype 'heterozygos'. Did you mean 'heterozygous'?" in str(problem)


@pytest.mark.parametrize("name", SHIPPED)
def test_structure_shipped_carriers_are_those_of_the_table(name):
    """Nobody pastes what carriers let in: it is fitted, and moves."""
    texts = [path.read_text(encoding="utf-8") for path in files_of(name, shipped_biology())]
    assert not [text for text in texts if "flg_penetration" in text]


def test_a_shipped_set_is_planned_once_and_anew_after_its_file_has_changed(tmp_path):
    """Unit: all readers share the statements, and what one does to its set reaches no other."""
    biology = Biology(copytree(biology_folder(), tmp_path / "biology"))
    path = biology.folder / "mechanisms_alone.toml"
    first, second = (plan_experiments(path, biology) for _ in range(2))
    assert all(second[name] is one for name, one in first.items())
    second.clear()
    assert plan_experiments(path, biology) == first
    path.write_text("")
    with pytest.raises(InputError, match="there is no experiment in this file"):
        plan_experiments(path, biology)
