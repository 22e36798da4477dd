"""What patients and arms of a trial are given or meet: each kind as it is written in a file.

Each file adds its own way to say when: days of a patient, weeks of a trial.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from gutskin.model.antibiotics import USUAL
from gutskin.toml_file import NotNegative, Part, Positive, Share, known_name

Strains = Annotated[tuple[Annotated[str, known_name("strain")], ...], Field(min_length=1)]


class Prescribed(Part):
    """What is written of a kind, whenever it is given; who adds the times keeps its first line."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__doc__ is None:
            cls.__doc__ = next(base.__doc__ for base in cls.__mro__ if base.__doc__)


class Probiotic(Prescribed):
    """Strains taken by mouth; `cfu_per_day` is the dose of the whole mix (CFU/d).

    In a trial it may be the range in which a dose lies that nobody reported, drawn for every
    replicate.
    """

    kind: Literal["probiotic"]
    strains: Strains
    viable: bool = True


class MaternalProbiotic(Prescribed):
    """Strains that the mother of a newborn takes; time 0 is the birth of her child.

    `weeks_before_birth` is how long she has taken them by then; from start to end she takes them
    while she nurses, unless `while_nursing` is false.
    """

    kind: Literal["maternal_probiotic"]
    strains: Strains
    viable: bool = True
    weeks_before_birth: NotNegative = 0.0
    while_nursing: bool = True


class Antibiotic(Prescribed):
    """A course by mouth of `name` (a row of antibiotics.tsv)."""

    kind: Literal["antibiotic"]
    name: Annotated[str, known_name("antibiotic")] = USUAL


class Fibre(Prescribed):
    """Fermentable fibre and starch as a multiple (`factor`) of the patient's habitual intake."""

    kind: Literal["fibre"]
    factor: NotNegative


class Inulin(Prescribed):
    """Inulin, or what is fermented like it, by mouth, `g_per_day` grams a day."""

    kind: Literal["inulin"]
    g_per_day: NotNegative


class Lactulose(Prescribed):
    """Lactulose by mouth, `g_per_day` grams a day: a sugar that only the flora ferments."""

    kind: Literal["lactulose"]
    g_per_day: NotNegative


class Emollient(Prescribed):
    """Moisturiser; `level` is the share of the skin and days that are well cared for."""

    kind: Literal["emollient"]
    level: Share


class TopicalSteroid(Prescribed):
    """Steroid cream; `level` is the share of full daily use."""

    kind: Literal["topical_steroid"]
    level: Share


class BleachBath(Prescribed):
    """Bleach baths; `level` is the share of full use, one a day."""

    kind: Literal["bleach_bath"]
    level: Share = 1.0


class Washing(Prescribed):
    """Washing with soap, `washes_per_day` times a day."""

    kind: Literal["washing"]
    washes_per_day: NotNegative


class FoodOnSkin(Prescribed):
    """Allergenic food on an infant's skin (hands, dust, creams) as a multiple of the usual home."""

    kind: Literal["food_on_skin"]
    level: NotNegative


class FoodEarly(Prescribed):
    """Allergenic food (egg, milk, peanut, fish) fed beyond what the age brings.

    `level` 1 is what an older child eats of it.
    """

    kind: Literal["food_early"]
    level: NotNegative


class EliminationDiet(Prescribed):
    """Allergenic food of the age is left out; `level` is the share of it that is not eaten."""

    kind: Literal["elimination_diet"]
    level: Share = 1.0


class Protein(Prescribed):
    """Protein that reaches the colon as a multiple (`factor`) of the patient's habitual intake."""

    kind: Literal["protein"]
    factor: NotNegative


class Allergen(Prescribed):
    """Allergen on the skin (mite, dander) as a multiple (`level`) of the usual: 0.5 is half."""

    kind: Literal["allergen"]
    level: NotNegative


class Pollen(Prescribed):
    """Airborne pollen; `level` 1 is the height of a season."""

    kind: Literal["pollen"]
    level: NotNegative


class ConsTransplant(Prescribed):
    """Live coagulase-negative staphylococci, chosen to kill S. aureus, kept on the skin.

    `level` is how dense they are, as a multiple of those of healthy skin.
    """

    kind: Literal["cons_transplant"]
    level: NotNegative


class Cream(Prescribed):
    """A cream of topicals.tsv by its `name`: used `daily`, `twice_weekly`, or `as_needed`."""

    kind: Literal["topical"]
    name: Annotated[str, known_name("topical")]
    use: Literal["daily", "as_needed", "twice_weekly"] = "daily"


class Drug(Prescribed):
    """A drug of drugs.tsv by its `name`: its usual dose by age and weight, or one of your own.

    `loading_mg` for the first `loading_doses`, then `dose_mg` every `every_weeks` weeks; of a
    tablet `dose_mg` is the dose of a day.
    """

    kind: Literal["drug"]
    name: Annotated[str, known_name("drug")]
    loading_mg: NotNegative | None = None
    loading_doses: Annotated[int, Field(ge=1)] = 1
    dose_mg: NotNegative | None = None
    every_weeks: Positive | None = None


class Dupilumab(Prescribed):
    """IL-4 receptor block: `loading_mg` once, then `dose_mg` at equal intervals."""

    kind: Literal["dupilumab"]
    loading_mg: NotNegative
    dose_mg: NotNegative


def by_kind(kinds: Any) -> dict[str, Any]:
    """The classes of a union by the `kind` that a file calls them, in its order."""
    return {get_args(one.model_fields["kind"].annotation)[0]: one for one in get_args(kinds)}
