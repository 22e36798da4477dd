"""`gutskin drugs`: every row of both tables, with where it acts and whether anything reads it."""

import json
import re

import pytest

from gutskin.cli.program import main
from gutskin.model.biology import shipped_biology
from gutskin.model.drugs import drugs, targets_of
from gutskin.model.topicals import topicals

SHIPPED = shipped_biology()


@pytest.fixture
def told(capsys):
    assert main(["drugs", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_every_row_stands_in_the_list_with_the_numbers_of_its_table(told, capsys):
    rows = drugs(SHIPPED)
    assert [one["id"] for one in told["drugs"]] == list(rows)
    assert [one["id"] for one in told["creams"]] == list(topicals(SHIPPED))
    for one in told["drugs"]:
        row = rows[one["id"]]
        assert one["targets"] == targets_of(row)
        assert [one[key] for key in ("ec50", "ec50_low", "ec50_high")] == [
            row.number(key) for key in ("ec50", "ec50_low", "ec50_high")
        ]
        assert one["ec50_unit"] == ("mg/d" if row.text("route") == "oral" else "mg/L")
        assert ";".join(one["evidence"]) == row.text("evidence")
    assert main(["drugs"]) == 0
    out = capsys.readouterr().out
    assert all(re.search(rf"^{name} ", out, re.M) for name in (*rows, *topicals(SHIPPED)))
    assert "6 (3 to 12) mg/L" in out


def test_what_nobody_reads_is_said_to_reach_nothing(tmp_path, capsys):
    """The list and the refusal of a file follow one rule: here no equation reads a new input."""
    text = SHIPPED.texts("topicals.tsv")[0].text
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    head = lines[0].split("\t")
    row = dict.fromkeys(head, "") | {
        "id": "inert", "label": "Inert", "class": "nothing", "input": "nowhere", "level": "1",
        "as_needed": "0", "twice_weekly": "0", "grade": "C",
    }  # fmt: skip
    (tmp_path / "topicals.tsv").write_text(
        "\n".join(("\t".join(head), "\t".join(row[key] for key in head), "")), encoding="utf-8"
    )
    assert main(["drugs", "--json", "--biology", str(tmp_path)]) == 0
    creams = {one["id"]: one for one in json.loads(capsys.readouterr().out)["creams"]}
    assert not creams["inert"]["reaches_an_endpoint"]
    assert creams["inert"]["unread"] == ["nowhere"]
    assert creams["steroid_mild"]["reaches_an_endpoint"]
