"""joint_draws.tsv: what is wrong with it is told with its line before anything is drawn."""

import pytest

from gutskin.model.joint_draws import joint_draw_problems, read_joint_draws
from gutskin.model.overlay import biology_of
from gutskin.model.tables import read_tables

TWENTY = " ".join(["0.5", "-1"] * 10)


def told(tmp_path, *rows):
    lines = ["id\tset\tdraws", *("\t".join(row) for row in rows)]
    (tmp_path / "joint_draws.tsv").write_text("\n".join(lines) + "\n")
    biology = biology_of(tmp_path)
    parameters = read_tables(biology).parameters
    return [
        f"{one.message} {one.remedy}"
        for one in joint_draw_problems(biology, parameters)
        if one.file and str(tmp_path) in str(one.file)
    ]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (("nobody", "mine", TWENTY), "nobody is no parameter"),
        (("k_ph", "mine", TWENTY + " x"), "draw 'x' is no number"),
        (("k_ph", "mine", "0.5 1"), "k_ph has 2 draws"),
        (("age_at_start", "mine", TWENTY), "no width"),
        (("butyrate_reference", "mine", TWENTY), "-1 times what it is"),
    ],
)
def test_what_is_wrong_with_a_row(tmp_path, row, says):
    found = told(tmp_path, row)
    assert any(says in one for one in found), found


def test_sets_of_unequal_length_are_told(tmp_path):
    found = told(tmp_path, ("k_ph", "mine", TWENTY), ("k_barrier", "mine", TWENTY + " 1"))
    assert [one for one in found if "k_barrier has 21 draws, its set 'mine' 20" in one]


def test_a_set_of_ones_own_is_added_and_the_shipped_one_stays(tmp_path):
    assert told(tmp_path, ("k_ph", "mine", TWENTY), ("k_barrier", "mine", TWENTY)) == []
    sets = {one.name: one for one in read_joint_draws(biology_of(tmp_path))}
    assert set(sets) == {"colon", "mine"}
    assert sets["mine"].draws.shape == (2, 20)
    assert sets["colon"].draws.shape[1] == 256
