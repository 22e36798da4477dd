"""The card of a strain: of whom it speaks, and what is computed for it only if it is asked."""

import pytest

from gutskin.errors import InputError
from gutskin.evidence import strain_card as card
from gutskin.model.compiled import load_model


def test_unit_a_card_says_what_follows_only_if_it_is_asked(monkeypatch):
    steps, seen = [], {}

    def made(name, times, answer):
        def of(*given):
            seen[name] = given
            for _ in range(times):
                given[-1]()
            return answer

        return of

    monkeypatch.setattr(card, "posterior_for", lambda model, progress: None)
    monkeypatch.setattr(card, "effects_of", made("effects", card.STEPS, ("effect",)))
    monkeypatch.setattr(card, "doubts_of", lambda *given: (("doubt",), {"strain": 1.0}))
    monkeypatch.setattr(card, "prevention_of", made("prevention", card.PREVENTION_STEPS, "less"))
    monkeypatch.setattr(card, "beside_members", made("beside", card.MIXTURE_STEPS, "members"))
    # it is tried in trials/test_standing.py, and takes seconds
    monkeypatch.setattr(card, "strain_standing", lambda strains, biology: (strains, biology))
    plain = card.make_card(load_model(), ["lgg", "w23"], simulated=False)
    assert ([one.id for one in plain.members], plain.stance) == (["lgg", "w23"], "evidence")
    assert (plain.effects, plain.doubts, plain.levels, plain.prevention) == ((), (), None, None)
    assert plain.beside is None
    assert seen == {}
    whole = card.make_card(
        load_model(), ["lgg"], "article", 5, progress=lambda *done: steps.append(done)
    )
    assert (whole.stance, whole.effects, whole.doubts) == ("article", ("effect",), ("doubt",))
    assert (whole.levels, whole.prevention) == ({"strain": 1.0}, "less")
    total = card.STEPS + 1 + card.PREVENTION_STEPS
    assert steps == [(done, total) for done in range(1, total + 1)]
    assert whole.beside is None  # a single strain stands beside nothing
    assert whole.applicability == (["lgg"], load_model().biology)
    assert set(seen) == {"effects", "prevention"}
    for given in seen.values():
        assert given[1:4] == (["lgg"], "article", 5)
    assert card.make_card(load_model(), ["lgg"]).effects == ("effect",)  # as the command does
    assert seen["effects"][2:4] == ("evidence", 1)
    steps.clear()
    mixed = card.make_card(
        load_model(), ["lgg", "w23"], "article", 5, progress=lambda *done: steps.append(done)
    )
    assert mixed.beside == "members"
    assert seen["beside"][1:4] == (["lgg", "w23"], "article", 5)
    total += card.MIXTURE_STEPS
    assert steps == [(done, total) for done in range(1, total + 1)]


def test_unit_a_card_speaks_of_itself():
    one = card.load_strain("LGG", "w23")
    assert one.title == " + ".join(member.label for member in one.members)
    assert one["survival"] is next(t for t in one.members[0].traits if t.id == "survival")
    assert one.to_json()["members"][1]["id"] == "w23"
    assert (one.stance, one.effects) == ("evidence", ())
    with pytest.raises(InputError, match="there is no strain 'nobody'"):
        card.load_strain("nobody")


def test_unit_a_strain_of_a_file_has_a_card(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(
        '[[strains]]\nid = "mine"\nlabel = "Mine 1"\n'
        'species = "Lactiplantibacillus plantarum"\nsurvival = 0.5\n'
    )
    one = card.load_strain("Mine 1", file=path)
    assert (one.members[0].id, one["survival"].now.value) == ("mine", 0.5)


def test_unit_from_python_nothing_is_simulated_unless_it_is_asked(monkeypatch):
    asked = []
    monkeypatch.setattr(
        card, "make_card", lambda model, *given, **more: asked.append((given, more))
    )
    card.load_strain("LGG")
    card.load_strain("LGG", simulated=True, stance="article", seed=3)
    assert asked == [
        ((["lgg"], "evidence", 1), {"simulated": False}),
        ((["lgg"], "article", 3), {"simulated": True}),
    ]
