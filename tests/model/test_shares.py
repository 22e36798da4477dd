"""Shares of a whole: whatever is drawn of them, they add up to one and none is below nothing."""

import re
from pathlib import Path

import pytest

from gutskin.model.biology import biology_folder
from gutskin.model.compiled import load_model

REST = re.compile(r"\b1 - ([a-z]\w*) - ([a-z]\w*)\b(?! \*)")
# a share is taken off the whole, and given back as far as what stands for it is there
GIVEN_BACK = re.compile(r" - ([a-z]\w*) \+ (?:s_m\d+ \* )?\1 \*")


def rests(folder):
    """The two shares of every `1 - a - b` of the fragments."""
    for path in sorted(Path(folder).glob("*.ant")):
        for line in path.read_text().splitlines():
            for found in REST.finditer(line.split("//")[0]):
                yield path.name, found.group(1), found.group(2)


def test_two_shares_that_are_taken_off_one_leave_something_at_their_upper_ends():
    """What is drawn may lie beyond them: a drawn rest is written as a share of a share."""
    rows = load_model().tables.parameters
    found = list(rests(biology_folder()))
    assert found
    for file, *pair in found:
        shares = [rows[name] for name in pair]
        assert not {"prior", "patient"} & {row.text("role") for row in shares}, (file, pair)
        assert sum(row.number("high") for row in shares) < 1.0, (file, pair)


def test_a_share_that_is_taken_off_and_given_back_is_drawn_as_a_share():
    """Else a world draws more of it than there is, and what is made falls below nothing."""
    rows = load_model().tables.parameters
    found = [
        (path.name, one.group(1))
        for path in sorted(Path(biology_folder()).glob("*.ant"))
        for line in path.read_text().splitlines()
        for one in GIVEN_BACK.finditer(line.split("//")[0])
    ]
    assert {"g_commensal_peptides", "g_commensal_treg"} <= {name for _, name in found}
    for file, name in found:
        drawn = rows[name].text("distribution")
        assert drawn in ("logit", "fixed"), (file, name, drawn)
        assert 0.0 <= rows[name].number("value") <= 1.0, (file, name)


@pytest.mark.parametrize("share", [0.001, 0.5, 0.999])
def test_makers_of_tryptophan_products_compete_for_no_more_than_there_is(share):
    """tryptophan_use stays positive and finite wherever shares are drawn, whoever makes it."""
    model = load_model()
    values = model.values()
    start = model.initial("healthy_adult")
    for name in ("gut_bifidobacteria", "gut_bacteroides", "gut_enterobacteria"):
        start[model.state_ids.index(name)] *= 1e-3  # the makers of the third product alone are left
    place = model.assigned_ids.index("tryptophan_use")
    for other in (0.001, 0.5, 0.999):
        moved = values | {"f_trp_indole": share, "f_trp_ila": other}
        p = [float(moved[name]) for name in model.parameter_ids]
        assert 0.0 < float(model.observe(0.0, start[:, None], p)[place][0]) < 20.0
