"""The card of a strain or a mixture: what is known, from where, what follows, what to measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

from gutskin.arguments import one_of, switch, text
from gutskin.errors import InputError, Problem, together
from gutskin.evidence.mixtures import STEPS as MIXTURE_STEPS
from gutskin.evidence.mixtures import Beside, beside_members
from gutskin.evidence.strain_doubts import Doubt, doubts_of
from gutskin.evidence.strain_effects import STEPS, Effect, effects_of
from gutskin.evidence.strain_prevention import STEPS as PREVENTION_STEPS
from gutskin.evidence.strain_prevention import Prevention, prevention_of
from gutskin.evidence.strain_standing import strain_standing
from gutskin.model.compiled import load_model
from gutskin.model.strain_knowledge import MEASURED
from gutskin.model.tables import STANCES
from gutskin.model.usual_draws import biology_of_worlds
from gutskin.population.own_strains import biology_with_file
from gutskin.population.strain_known import KnownTrait, Member, member_of
from gutskin.population.strain_posterior import posterior_for
from gutskin.population.strain_traits import find_strain
from gutskin.population.strains import product_name
from gutskin.population.streams import check_seed
from gutskin.toml_text import path_of

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.model.model import Model

Progress = Callable[[int, int], None]


@dataclass(frozen=True, repr=False)
class StrainCard:
    """All that is known of a strain or a mixture.

    Parameters
    ----------
    effects : of every people, dose and time; empty if nothing was simulated
    doubts : the largest first; shares sum to 1
    levels : level -> share of what the strains leave open
    prevention : what follows in newborns; nothing if nothing was simulated
    beside : a mixture beside its members; nothing of a single strain
    applicability : where what follows stands to the evidence, see `strain_standing`

    Examples
    --------
    >>> from gutskin.model.compiled import load_model
    >>> card = make_card(load_model(), ["lgg"], simulated=False)
    >>> card["imprint"].level
    'measured'
    """

    members: tuple[Member, ...]
    stance: str
    effects: tuple[Effect, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    levels: Mapping[str, float] | None = None
    prevention: Prevention | None = None
    beside: Beside | None = None
    applicability: Mapping[str, Any] | None = None

    @property
    def title(self) -> str:
        """What a reader sees above it."""
        return " + ".join(one.label for one in self.members)

    def __getitem__(self, trait: str) -> KnownTrait:
        """A trait of the first strain, by its id."""
        return next(one for one in self.members[0].traits if one.id == trait)

    def __repr__(self) -> str:
        """What it is a card of, and how much of it is known of the strain itself."""
        of_it = [one.id for m in self.members for one in m.traits if one.level == MEASURED]
        return f"StrainCard of {self.title}; known of it: {', '.join(of_it) or 'nothing'}"

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def load_strain(
    *names: str,
    file: str | PathLike[str] | None = None,
    simulated: bool = False,
    stance: str = "evidence",
    seed: int = 1,
    biology: Biology | str | PathLike[str] | None = None,
    draws: str | None = None,
) -> StrainCard:
    """What is known of a strain, or of several as one product in equal parts.

    Parameters
    ----------
    names : ids or short codes
    file : a trial, patient or experiment file with strains of its own
    simulated : also what follows for dose, time and age, and what would be worth measuring
    biology : a folder of own texts and tables on top of the shipped ones, see `biology_of`
    draws : of which worlds what follows is told, see `biology_of_worlds`

    Raises
    ------
    InputError
        For names that no strain has, for none, and with all that is wrong with the strains of the
        file and with the call.

    Examples
    --------
    >>> card = load_strain("LGG")
    >>> card.title, card["survival"].level, card["regulation"].level
    ('GG (ATCC 53103)', 'class', 'measured')
    """
    own, stance, seed, simulated, *_ = together(
        lambda: _strains_with(file, biology_of_worlds(biology, draws)),
        lambda: one_of("stance", stance, STANCES),
        lambda: check_seed(seed),
        lambda: switch("simulated", simulated),
        *(lambda one=name: text("the name of a strain", one) for name in names),
    )
    if not names:
        raise InputError(Problem("no strain is named.", remedy="Write one: load_strain('LGG')."))
    ids = [row.id for row in together(*(lambda one=name: find_strain(one, own) for name in names))]
    return make_card(load_model(own), ids, stance, seed, simulated=simulated)


def _strains_with(file: str | PathLike[str] | None, own: Biology) -> Biology:
    """The strains that are known, those of a file with them."""
    return own if file is None else biology_with_file(own, path_of(file, "strains"))


def make_card(
    model: Model,
    strains: Sequence[str],
    stance: str = "evidence",
    seed: int = 1,
    *,
    simulated: bool = True,
    progress: Progress | None = None,
) -> StrainCard:
    """The card of a strain, or of several as one product in equal parts.

    Parameters
    ----------
    strains : ids of strains.tsv
    simulated : whether to say what follows, which takes a while
    """
    posterior = posterior_for(model, progress)
    product = product_name(strains)
    members = tuple(member_of(model, one, product, posterior) for one in strains)
    if not simulated:
        return StrainCard(members, stance)
    mixed = len(strains) > 1
    done, steps = 0, STEPS + 1 + PREVENTION_STEPS + MIXTURE_STEPS * mixed

    def step() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, steps)

    effects = effects_of(model, strains, stance, seed, step)
    doubts, levels = doubts_of(model, strains, members, stance, product, posterior)
    step()
    prevention = prevention_of(model, strains, stance, seed, step)
    beside = beside_members(model, strains, stance, seed, step) if mixed else None
    stands = strain_standing(strains, model.biology)
    return StrainCard(members, stance, effects, doubts, levels, prevention, beside, stands)


__all__ = ["MEASURED", "Beside", "Doubt", "Effect", "KnownTrait", "Member", "StrainCard",
           "load_strain", "make_card"]  # fmt: skip
