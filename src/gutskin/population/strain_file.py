"""A user's own strains in a file: `[[strains]]` with any traits, and what was tried with them.

    [[strains]]
    id = "mine"
    species = "Lactiplantibacillus plantarum"
    survival = 0.3
    regulation = { value = 1.5, low = -0.5, high = 3.5 }

    [[strains.trials]]
    difference = -4.0                  # points against placebo: treatment
    low = -7.5
    high = -0.5
    weeks = 8
    cfu_per_day = 1e10
    population = "ad_child"

What is not given falls back to species, genus and class (`strain_traits`). docs/strains.md tells
more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError

from gutskin.errors import nearest
from gutskin.model.biology import Biology
from gutskin.model.domains import limits
from gutskin.model.rows import Row
from gutskin.model.vocabulary import vocabulary
from gutskin.population.own_trial import OwnTrial, estimate_problems
from gutskin.population.populations import DAYS_PER_YEAR, load_populations
from gutskin.population.strain_traits import (
    Trait,
    code_of,
    codes_of,
    genus_of,
    strain_traits_of,
)
from gutskin.population.unknown_species import known_species, near_species
from gutskin.toml_file import Format, Part, sound_keys
from gutskin.toml_lines import Place
from gutskin.toml_text import MEANT, Found, without_consequences
from gutskin.user_text import Identifier, Label, Title

WEEKS_PER_MONTH = DAYS_PER_YEAR / 12 / 7


class TraitRange(Part):
    """A trait: its value, and where 95% of what it may be lies."""

    value: float
    low: float | None = None
    high: float | None = None


def _as_range(value: Any) -> Any:
    """A bare number or a yes or no as a range without ends."""
    if isinstance(value, bool | int | float):
        return {"value": float(value)}
    if not isinstance(value, dict | TraitRange):
        text = "; what is told in words is `species`, `class`, `label` and `id`"
        which = text if isinstance(value, str) else ""
        raise ValueError(
            f"a trait must be a number, true or false, or {{ value, low, high }}{which}"
        )
    return value


AnyTrait = Annotated[TraitRange, BeforeValidator(_as_range)]


class OwnStrain(Part):
    """A strain of a user: what it is, its traits as keys of their own, and its trials."""

    model_config = ConfigDict(extra="allow", validate_by_name=True, validate_by_alias=True)
    # pydantic reads from it what every other key holds
    __pydantic_extra__: dict[str, AnyTrait] = Field(init=False)  # pyright: ignore[reportIncompatibleVariableOverride]

    id: Identifier
    label: Label = ""
    species: Title = ""
    genus_class: Label = Field("", alias="class")
    trials: tuple[OwnTrial, ...] = ()

    @property
    def traits(self) -> Mapping[str, TraitRange]:
        """What is known of it, by trait."""
        return dict(self.__pydantic_extra__)

    @property
    def title(self) -> str:
        """What a reader sees of it."""
        return self.label or self.id


class StrainsAlone(Part):
    """The strains of a file, without what else stands in it."""

    strains: tuple[OwnStrain, ...] = ()


FILE = Format(StrainsAlone, {"strains": OwnStrain, "trials": OwnTrial}, {}, "a trial")
FIELDS = ("id", "label", "species", "class", "trials")
OF_RATIO, OF_DIFFERENCE = ("given_to",), ("endpoint", "age_years", "scorad")  # keys of one kind
TRIAL_KEYS = tuple(one.alias or name for name, one in OwnTrial.model_fields.items())
OTHERWISE = "genus_class"  # `class` in a design that was made in Python


def are_newborn(population: str, biology: Biology) -> bool:
    """Whether a population is of newborns, in whom prevention is tried."""
    oldest = load_populations(biology)[population].ages[1] * DAYS_PER_YEAR
    return oldest <= vocabulary(biology).number("newborn_days")


def sound_strains(raw: Any) -> dict[int, OwnStrain]:
    """The strains of a file by their numbers, without what is wrong in them, which is told."""
    found = {}
    for number, entry in enumerate(raw if isinstance(raw, list) else ()):
        if isinstance(entry, dict) and (one := _soundly(entry)) is not None:
            found[number] = one
    return found


def _soundly(entry: Mapping[str, Any]) -> OwnStrain | None:
    trials = entry.get("trials")
    kept = dict(entry)
    if isinstance(trials, list):
        kept["trials"] = tuple(one for one in trials if _sound_trial(one) is not None)
    for _ in range(2):
        try:
            return OwnStrain.model_validate(_frozen(kept))
        except ValidationError as error:
            wrong = {one["loc"][0] for one in error.errors() if one["loc"]}
            kept = {key: value for key, value in kept.items() if key not in wrong}
    return None


def _sound_trial(entry: Any) -> OwnTrial | None:
    try:
        return OwnTrial.model_validate(_frozen(entry))
    except ValidationError:
        return None


def _frozen(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_frozen(one) for one in value)
    if isinstance(value, dict):
        return {key: _frozen(one) for key, one in value.items()}
    return value


def class_of(one: OwnStrain, rows: Mapping[str, Row]) -> str:
    """The class of a strain: as it says, else that of its species, else of its genus; or none."""
    classes = {row.text("genus_class") for row in rows.values()}
    if one.genus_class:
        return one.genus_class if one.genus_class in classes else ""
    for part in (lambda text: text.casefold(), lambda text: genus_of(text).casefold()):
        found = {
            row.text("genus_class") for row in rows.values()
            if one.species and part(row.text("species")) == part(one.species)
        }  # fmt: skip
        if len(found) == 1:
            return found.pop()
    return ""


def without_faults(one: OwnStrain, biology: Biology) -> OwnStrain:
    """A strain with those of its traits that some strain could have."""
    traits = strain_traits_of(biology)
    wrong = [
        key for key, value in one.traits.items()
        if key not in traits or any(_trait_problems((), traits[key], value))
    ]  # fmt: skip
    if not wrong:
        return one
    kept = one.model_dump(exclude=set(wrong))
    return OwnStrain.model_validate(_frozen(kept))


def strain_problems(raw: Any, biology: Biology) -> Iterator[Found]:
    """All that is wrong with the strains of a file beyond their form; places begin with `strains`.

    Parameters
    ----------
    raw : what stands under `strains` in the file
    biology : without the strains of the file
    """
    rows = vocabulary(biology).tables.strains
    traits = strain_traits_of(biology)
    taken = {
        code: f"it is the code of {row.text('strain') or key}, which ships with gutskin"
        for key, row in rows.items() for code in codes_of(key, row.text("strain"))
    }  # fmt: skip
    for number, one in sound_strains(raw).items():
        for key, name in (("id", one.id), ("label", one.label)):
            if not name:
                continue
            if (code := code_of(name)) in taken and not (key == "label" and name == one.id):
                what = f"a strain cannot be called {name!r}: {taken[code]}."
                fix = "Rename it; a shipped strain is changed in a biology of your own."
                yield ("strains", number, key), what, fix
        for name in (one.id, one.label):
            taken.setdefault(code_of(name), f"{name} stands above") if name else None
        yield from _class_problems(("strains", number), one, biology)
        entry = raw[number]
        unknown = [key for key in entry if key not in (*FIELDS, OTHERWISE, *traits)]
        for key in unknown:
            what = f"a strain has no trait {key!r}."
            yield ("strains", number, key), what, nearest(key, (*FIELDS, *traits))
        for key, value in one.traits.items():
            if key in traits:
                yield from _trait_problems(("strains", number, key), traits[key], value)
        trials = entry.get("trials")
        for place, trial in enumerate(trials if isinstance(trials, list) else ()):
            for key, what, fix in _own_trial_problems(trial, one, biology):
                yield ("strains", number, "trials", place, *key), what, fix


def _own_trial_problems(entry: Any, strain: OwnStrain, biology: Biology) -> Iterator[Found]:
    """What is wrong with a trial between those of its keys whose form is right."""
    if not isinstance(entry, dict):
        return
    wrong: list[str] = []
    try:
        one: OwnTrial | None = OwnTrial.model_validate(_frozen(entry))
    except ValidationError as error:
        one = sound_keys(OwnTrial, entry)
        for fault in error.errors():
            key = str(fault["loc"][0]) if fault["loc"] else ""
            meant = MEANT.search(nearest(key, TRIAL_KEYS))  # a slip of the pen is no missing key
            wrong += [key, meant[1]] if meant and fault["type"] == "extra_forbidden" else [key]
    if one is None:
        return
    whole: Place = ("",)
    found = [
        (place or whole, what, fix)
        for place, what, fix in trial_problems(strain.id, one, biology, strain.label)
    ]
    for place, what, fix in without_consequences(found, [((key,), "", None) for key in wrong]):
        yield (() if place == whole else place), what, fix


def _class_problems(place: Place, one: OwnStrain, biology: Biology) -> Iterator[Found]:
    """A strain whose class nobody knows."""
    rows = vocabulary(biology).tables.strains
    classes = sorted({row.text("genus_class") for row in rows.values()})
    listed = ", ".join(f'"{name}"' for name in classes)
    if one.genus_class and one.genus_class not in classes:
        what = f"unknown class {one.genus_class!r} of strain {one.id}."
        yield (*place, "class"), what, f"Write one of {listed}."
    elif not class_of(one, rows):
        key, what, meant = "id", f"strain {one.id} has neither a species nor a class.", ""
        if one.species:
            key, what = "species", f"the species {one.species!r} of strain {one.id} is not known "
            what += "here, so its class cannot be told."
            near = near_species(one.species, known_species(biology))
            meant = f"Did you mean {near!r}? " if near else ""
        yield (*place, key), what, f"{meant}Write `class =` one of {listed}."


def _trait_problems(place: Place, trait: Trait, given: TraitRange) -> Iterator[Found]:
    """A trait that no strain has, or whose range is none."""
    ends = {"value": given.value, "low": given.low, "high": given.high}
    for key, value in ends.items():
        if value is not None and value not in trait.domain:
            what = f"{trait.id} cannot be {value:g}: it lies in {trait.domain}."
            yield (*place, key), what, "Write a value in that range."
            return
    if trait.scale == "flag" and given.value not in (0.0, 1.0):
        yield place, f"{trait.id} is yes or no.", "Write true or false."
    elif (given.low is None) != (given.high is None):
        yield place, f"{trait.id} has one end of a range.", "Write both `low` and `high`."
    elif given.low is not None and given.high is not None:
        if trait.scale in ("fixed", "flag"):
            yield place, f"{trait.id} is not drawn, so it has no range.", "Write its value alone."
        elif not given.low < given.value < given.high:
            what = f"{trait.id} = {given.value:g} does not lie between {given.low:g} and "
            yield place, what + f"{given.high:g}.", "Write low < value < high."


def trial_problems(
    strain: str, one: OwnTrial, biology: Biology, called: str = ""
) -> Iterator[Found]:
    """What is wrong with a trial between its keys, which are sound or None; places are its keys.

    Parameters
    ----------
    strain, called : id and label of the strain whose trial it is
    """
    if (one.difference is None) == (one.risk_ratio is None):
        what = "a trial has either `difference` (points, treatment) or `risk_ratio` (prevention)."
        yield (), what, "Write exactly one of them."
    else:
        yield from estimate_problems(one, biology)
        yield from _people_problems(one, biology)
    given: float | None = one.cfu_per_day  # None where its form is wrong
    if given is not None and given not in (doses := limits()["strain_trial_dose"]):
        what = f"`cfu_per_day = {one.cfu_per_day:g}`: a product that was tried has {doses} a day."
        yield ("cfu_per_day",), what, "Write the dose of the whole product, such as 1e9."
    own = (strain.casefold(), called.casefold())
    others = (
        strain if name.casefold() in own else _id_of(name, biology) for name in one.with_strains
    )
    members = [strain, *others]
    if len(set(members)) < len(members):
        fix = f"Write every other strain once; {called or strain} itself is not named here."
        yield ("with",), "the product names a strain twice.", fix


def _id_of(name: str, biology: Biology) -> str:
    """The id of a shipped strain that is named by its id or its code; else the name."""
    for key, row in vocabulary(biology).tables.strains.items():
        if name.casefold() in (key.casefold(), row.text("strain").casefold()):
            return key
    return name


def _people_problems(one: OwnTrial, biology: Biology) -> Iterator[Found]:
    """Times that are missing or too long, and people who do not fit to what was tried."""
    treatment = one.difference is not None
    for key in OF_RATIO if treatment else OF_DIFFERENCE:
        if getattr(one, key) != OwnTrial.model_fields[key].default:
            kind = "a risk ratio of newborns" if treatment else "a difference"
            yield (key,), f"`{key}` belongs to {kind}.", "Take it out."
    needed, other = ("weeks", "months") if treatment else ("months", "weeks")
    time, weeks = getattr(one, needed), limits()["strain_trial_weeks"]
    per = 1.0 if treatment else WEEKS_PER_MONTH
    if time is None:
        yield (), f"the key {needed!r} is missing.", f"Add `{needed} = ...`: after how long."
    elif time * per not in weeks:
        what = f"`{needed} = {time:g}`: a trial of a strain lasts {weeks.low / per:.2g} to "
        what += f"{weeks.high / per:.3g} {needed}."
        yield (needed,), what, "Write a time in that range."
    if getattr(one, other) is not None:
        kind = "a difference is read after weeks" if treatment else "a risk is read at months"
        yield (other,), f"{kind}, not `{other}`.", f"Write `{needed}`."
    known = load_populations(biology)
    if one.population in known:
        if are_newborn(one.population, biology) == treatment:
            which = "people who have settled" if treatment else "newborns"
            what = f"population {one.population!r}: {needed} are counted in {which}."
            fits = [name for name in known if are_newborn(name, biology) != treatment]
            yield ("population",), what, f"Write one of {', '.join(fits)}."
        elif treatment and one.age_years is not None:
            low, high = known[one.population].ages
            if not low <= one.age_years[0] < one.age_years[1] <= high:
                what = f"`age_years` is no range within that of {one.population}, "
                yield ("age_years",), what + f"{low:g} to {high:g}.", "Write [youngest, oldest]."
    most = vocabulary(biology).tables.endpoints["scorad"].number("high")
    if one.scorad is not None and not one.scorad[0] < one.scorad[1] <= most:
        what = f"`scorad` is no range of the scale, which ends at {most:g}."
        yield ("scorad",), what, "Write [lowest, highest] at entry."
