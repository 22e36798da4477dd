"""Reading experiments: what may be said, and what is refused because it could not fail."""

import re

import pytest

from gutskin.errors import InputError
from gutskin.evidence.experiments import SHIPPED, read_experiments, shipped
from gutskin.model.compiled import load_model
from gutskin.model.quantities import in_words

GOOD = """
[X1]
experiment = "daily washing"
evidence_verdict = "thin"
why = "few studies"
days = 28

[X1.arms.plain]
population = "ad_child"
always = { flg_genotype = 0.5 }

[X1.arms.washed]
like = "plain"
doses = [{ kind = "washing", washes_per_day = 5, start_day = 0 }]

[[X1.checks]]
says = "pH rises"
quantity = "skin_ph_nonlesional"
read = { mean = [21, 28] }
contrast = { washed = 1, plain = -1 }
expected = [0, 1.5]
"""


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture
def read(tmp_path, model):
    def of(text):
        path = tmp_path / "own.toml"
        path.write_text(text, encoding="utf-8")
        return read_experiments(path, model)

    return of


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


REFUSED = [
    ("[0, 1.5]", "[-0.1, 1.5]", "admits both signs"),
    ("[0, 1.5]", "[1.5, 0]", "not in order"),
    ("washed = 1, plain = -1", "plain = 1, washed = 0.0, other = -1", "no arm 'other'"),
    ("contrast = { washed = 1, plain = -1 }", "", "one of contrast, rising and falling"),
    ("expected = [0, 1.5]", "", "either `expected` or `near`"),
    ("expected = [0, 1.5]", "near = 0.1", "without a `control` could not fail"),
    ("washes_per_day = 5", "washes_per_day = -5", "must"),
    ('kind = "washing"', 'kind = "washin"', "unknown kind 'washin'"),
    ("mean = [21, 28]", "mean = [21, 35]", "reads after the last day"),
    ("mean = [21, 28]", "mean = [21, 28], day = 2", "exactly one key"),
    ("skin_ph_nonlesional", "skin_ph_nonlesiona", "Did you mean 'skin_ph_nonlesional'"),
    ("flg_genotype = 0.5", "flg_genotyp = 0.5", "Did you mean 'flg_genotype'"),
    ('population = "ad_child"', 'population = "ad_chil"', "Did you mean 'ad_child'"),
    ('like = "plain"', 'like = "plan"', "no earlier arm is 'plan'"),
    ('why = "few studies"', "", "'why' is missing"),
]


@pytest.mark.parametrize(("old", "new", "message"), REFUSED)
def test_unit_refused_with_file_line_and_remedy(read, old, new, message):
    assert old in GOOD
    with pytest.raises(InputError) as caught:
        read(GOOD.replace(old, new))
    text = str(caught.value)
    assert message in text
    assert "own.toml:" in text


def test_unit_the_line_is_that_of_the_fault(read):
    text = GOOD.replace("[0, 1.5]", "[-0.1, 1.5]")
    line = text.splitlines().index("expected = [-0.1, 1.5]") + 1
    with pytest.raises(InputError, match=f"own.toml:{line}:"):
        read(text)


def test_unit_arms_that_do_not_differ_are_refused(read):
    same = GOOD.replace('doses = [{ kind = "washing", washes_per_day = 5, start_day = 0 }]', "")
    with pytest.raises(InputError, match="are the same, so it could not fail"):
        read(same)


def test_structure_an_observable_that_nothing_reaches_is_refused(read):
    """Soap reaches no gut when everything that travels is off."""
    from gutskin.model.graph import CIRCULATING

    model = load_model()
    travels = [
        name for name, row in model.tables.mechanisms.items() if row.text("route") in CIRCULATING
    ]
    off = ", ".join(f'"{name}"' for name in travels)
    blind = GOOD.replace("always =", f"off = [{off}]\nalways =")
    blind = blind.replace("skin_ph_nonlesional", "gut_butyrate")
    with pytest.raises(InputError, match="nothing that differs between washed and plain reaches"):
        read(blind)
    read(GOOD.replace("skin_ph_nonlesional", "gut_inflammation"))


def test_unit_a_statement_that_does_not_exist_suggests_the_nearest(read):
    from gutskin.evidence.claims import chosen

    with pytest.raises(InputError, match="X1"):
        chosen(read(GOOD), ["X2"])
    assert list(chosen(read(GOOD), ["x1"])) == ["X1"]
