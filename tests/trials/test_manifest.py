"""The record of a finished result knows every file, and itself, whatever is damaged."""

import json
import random

import pytest

from gutskin import cli
from gutskin.trials.manifest import RECORD, Manifest
from gutskin.trials.run_record import RunRecord

RUN = RunRecord("trial", '{"arms": 2}', "m0", "evidence", 1, 200, "p0")
COMMAND = "gutskin trial trial --out 'my result'"
FILES = {
    "result.json": b'{"trial": "trial"}', "report.html": b"<p>page</p>",
    "trajectories.nc": b"\x89H",
    "patients.parquet/a.parquet": b"rows", "other_stance.parquet/b.parquet": b"more rows",
    "failed/1-placebo-2-settling.toml": b"name = 'one'\n",
}  # fmt: skip


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "my result"
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / RECORD).write_text(Manifest.of(folder, RUN, COMMAND).to_json())
    return folder


def test_a_record_is_read_back(out):
    found = Manifest.read(out)
    assert (found.record, found.command) == (RUN, COMMAND)
    assert set(found.files) == set(FILES)
    assert found.damaged(out) == []
    assert Manifest.of(out, RUN, COMMAND) == found


@pytest.mark.parametrize("seed", range(24))
def test_property_whatever_is_damaged_is_named_with_what_to_do(out, seed):
    draw = random.Random(seed)
    name = draw.choice(sorted(FILES))
    path = out / name
    content = bytearray(path.read_bytes())
    place = draw.randrange(len(content))
    kind = ("flip", "cut", "longer", "empty", "gone", "a folder")[seed % 6]
    path.unlink()
    if kind == "flip":
        content[place] ^= draw.randrange(1, 256)
        path.write_bytes(content)
    elif kind == "a folder":
        path.mkdir()
    elif kind != "gone":
        ends = {"cut": content[:place], "longer": content + b"\0", "empty": b""}
        path.write_bytes(ends[kind])
    (problem,) = Manifest.read(out).damaged(out)
    assert problem.file == path
    assert problem.remedy == f"`{COMMAND}` writes it anew."
    assert ("missing" in problem.message) == (kind in ("gone", "a folder"))
    assert bool(Manifest.read(out).damaged(out, within=False)) == ("/" not in name)


@pytest.mark.parametrize("seed", range(20))
def test_property_whatever_changes_in_the_record_makes_it_none(out, seed):
    draw = random.Random(seed)
    content = bytearray((out / RECORD).read_bytes())
    place = draw.choice([i for i, byte in enumerate(content) if not bytes([byte]).isspace()])
    content[place] = draw.choice([byte for byte in range(33, 127) if byte != content[place]])
    (out / RECORD).write_bytes(content)
    with pytest.raises(ValueError, match=r"."):
        Manifest.read(out)


@pytest.mark.parametrize(
    "change", [{"seed": "1"}, {"more": 1}, {"stance": 3}, {"files": []}, {"command": None}]
)
def test_a_record_of_another_form_is_none_even_with_a_right_checksum(out, change):
    from gutskin.trials import manifest

    values = json.loads((out / RECORD).read_text()) | change
    values.pop("checksum")
    values["checksum"] = manifest._checksum(values)
    (out / RECORD).write_text(json.dumps(values))
    with pytest.raises(ValueError, match="no record"):
        Manifest.read(out)


def test_the_command_names_every_damaged_file_and_is_content_with_a_whole_result(out, capsys):
    assert cli.main(["verify", str(out)]) == 0
    said = capsys.readouterr().out
    assert f"All {len(FILES)} files of {out} are as they were written." in said
    assert COMMAND in said
    (out / "report.html").write_text("another page")
    (out / "patients.parquet" / "a.parquet").unlink()
    assert cli.main(["verify", str(out)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert all(str(out / name) in " ".join(lines) for name in ("report.html", "patients.parquet"))
    assert len(lines) == 2
    (out / RECORD).unlink()
    assert cli.main(["verify", str(out)]) == 2
    assert "run.json is missing or damaged" in capsys.readouterr().err
    for place, says in ((out / "result.json", "a file"), (out / "nowhere", "no such folder")):
        assert cli.main(["verify", str(place)]) == 2
        assert says in capsys.readouterr().err
