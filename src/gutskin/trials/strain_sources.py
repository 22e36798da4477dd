"""Which part of a trial's answer is known of its strains, which of their kin or any strain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gutskin.model.rows import parse_table
from gutskin.population.mother import strains_of
from gutskin.population.strain_places import sharers_of
from gutskin.population.strains import product_name
from gutskin.population.unknown_species import species_notes
from gutskin.trials.interventions import places_of

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.model.model import Model
    from gutskin.model.tables import Tables
    from gutskin.population.strain_known import Member
    from gutskin.trials.design import TrialDesign


def strain_sources(design: TrialDesign, model: Model) -> list[dict[str, Any]]:
    """Every strain of a trial or its run-in once: its traits, each with the level it is known at.

    Returns
    -------
    list of dict: id, label, species, genus_class, `own` (of the user's own file or folder),
        `trials` that moved it, `beyond`: id -> words on those of them that report what the
        product cannot do, and `traits`: id -> label, value, low, high, level (measured on the
        strain, species, genus, class, prior), `moved` by own trials, evidence

    Examples
    --------
    >>> from gutskin.model.compiled import load_model
    >>> from gutskin.trials.design import load_trial
    >>> first = strain_sources(load_trial("six-strain-children"), load_model())[0]
    >>> first["id"], first["traits"]["survival"]["level"], first["traits"]["seal"]["level"]
    ('w23', 'class', 'prior')
    """
    from gutskin.population.strain_known import member_of
    from gutskin.population.strain_posterior import posterior_for

    posterior = posterior_for(model)
    overlay = model.biology.overlay
    mine = () if overlay is None or "strains.tsv" not in overlay.files else overlay_ids(model)
    found: dict[str, dict[str, Any]] = {}
    for given in (design.before, *(arm.interventions for arm in design.active)):
        strains = list(dict.fromkeys(one for one, _ in strains_of(given)))
        product = product_name(strains)
        for one in strains:
            if one not in found:
                found[one] = _told(member_of(model, one, product, posterior), one in mine)
    return list(found.values())


def shared_places(design: TrialDesign, tables: Tables) -> list[dict[str, Any]]:
    """The strains of each arm that share a place of the gut, where they are more than six.

    Returns
    -------
    list of dict: arm, and the labels of its `strains` that share one place
    """

    def label(name: str, viable: bool) -> str:
        return (tables.strains[name].text("strain") or name) + ("" if viable else " (killed)")

    return [
        {"arm": arm.name, "strains": [label(*one) for one in group]}
        for arm in design.active
        for group in sharers_of(places_of(arm.interventions, tables)).values()
        if len(group) > 1
    ]


def overlay_ids(model: Model) -> tuple[str, ...]:
    """The strains that a user's own file or folder brings."""
    assert model.biology.overlay is not None
    text = model.biology.overlay.files["strains.tsv"].text
    return tuple(parse_table(text, Path("strains.tsv")))


def _told(one: Member, own: bool) -> dict[str, Any]:
    return {
        "id": one.id,
        "label": one.label,
        "species": one.species,
        "genus_class": one.genus_class,
        "own": own,
        "trials": [trial.id for trial in one.trials if trial.counts],
        "beyond": {trial.id: trial.beyond for trial in one.trials if trial.beyond},
        "traits": {
            trait.id: {
                "label": trait.label,
                "value": trait.now.value,
                "low": trait.now.low,
                "high": trait.now.high,
                "level": trait.level,
                "moved": trait.now != trait.before,
                "evidence": list(trait.evidence),
            }
            for trait in one.traits
        },
    }


def told_of_strains(
    strains: Sequence[Mapping[str, Any]], design: TrialDesign, biology: Biology | None
) -> Iterator[str]:
    """What own trials report that cannot be, and own strains of a species that nobody knows."""
    if biology is not None:
        yield from species_notes([one.id for one in design.strains], biology)
    for one in strains:
        for name, told in one["beyond"].items():
            yield f"{one['label']}: trial {name} reports more than can be: {told}."
