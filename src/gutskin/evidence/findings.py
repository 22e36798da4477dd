"""Rows of the evidence tables in words: which species, what design, what was found, where.

Species and design are read from the words of a row and from the table it stands in. A row that does
not say is "not stated"; nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from gutskin.model.evidence import Evidence, load_references

FOR, AGAINST = "for", "against"
NOT_A_NUMBER = "see_quantity"  # a row whose finding is said in words


@dataclass(frozen=True)
class Finding:
    """A row of the evidence tables, as a reader wants it.

    Parameters
    ----------
    side : FOR or AGAINST
    species : "human", "mouse", ..., from the words of the row; "not stated" without any
    design : kind of study, from the table and the words of the row
    seen : how the source was read
    withheld : why the row is not used, if it is not
    """

    id: str
    side: str
    species: str
    design: str
    population: str
    finding: str
    source: str
    seen: str
    note: str
    withheld: str


SPECIES = (
    ("mouse", r"\bmouse\b|\bmice\b|\bmurine\b"),
    ("rat", r"\brats?\b"),
    ("pig", r"\bpigs?\b|\bporcine\b"),
    ("dog", r"\bdogs?\b|\bcanine\b"),
    (
        "human",
        r"\bhumans?\b|\bAD\b|\badults?\b|\bchild(ren)?\b|\binfants?\b|\bnewborns?\b|\bpatients?\b|"
        r"\bpeople\b|\bhealthy\b|\bCaco-2\b|\bPBMC\b|\bcord blood\b|\bserum\b|\ball ages\b|\bmen\b|"
        r"\bwomen\b|paediatric|pediatric|\bpregnan",
    ),
    ("bacteria", r"ferment|batch culture|co-culture|pathway|S\. aureus|S\. epidermidis"),
)
DESIGNS = (
    ("in vitro", r"in vitro|Caco-2|PBMC co-culture|co-culture|fermentor|batch culture|pathway"),
    ("ex vivo", r"ex vivo|PBMC"),
    ("randomised trial", r"\bRCTs?\b|placebo|phase 3|double-blind|\btrials?\b"),
)


def finding(one: Evidence, side: str = FOR) -> Finding:
    """A row of the evidence tables in words."""
    cells = one.fields
    population = cells.get("population") or cells.get("system") or cells.get("model", "")
    if one.table == "prevention_trials":
        population = cells.get("risk_group", "")
    return Finding(
        one.id,
        side,
        _species(one),
        _design(one),
        population,
        _found(one).replace("->", "→"),
        _source(one),
        one.seen_in,
        cells.get("note", ""),
        one.withheld,
    )


def _words(one: Evidence) -> str:
    columns = ("population", "system", "product_or_trial", "risk_group")
    return " ".join(one.fields.get(column, "") for column in columns)


def _species(one: Evidence) -> str:
    if one.table == "models":
        return "model"
    if one.table in ("treatment_trials", "prevention_trials", "meta_analyses"):
        return "human"
    more = " ".join(one.fields.get(column, "") for column in ("quantity", "species", "note"))
    for text in (_words(one), more):
        for species, words in SPECIES:
            if re.search(words, text):
                return species
    return "not stated"


def _design(one: Evidence) -> str:
    cells = one.fields
    if one.table == "models":
        return f"published model {cells['model']}"
    if one.table == "meta_analyses":
        studies = cells["n_studies"]
        return f"meta-analysis of {studies} studies" if studies else "meta-analysis"
    if one.table == "prevention_trials":
        return "prevention trial"
    if one.table == "treatment_trials":
        return "randomised trial"
    for design, words in DESIGNS:
        if re.search(words, _words(one)):
            return design
    if one.table == "other_interventions":
        return cells["category"] or "intervention"
    return "animal experiment" if _species(one) in ("mouse", "rat", "pig", "dog") else "observation"


def _found(one: Evidence) -> str:
    """What was found, in one line."""
    cells = one.fields
    if one.table == "meta_analyses":
        value = _value(cells["estimate"], "", cells["ci_low"], cells["ci_high"])
        return f"{cells['measure']} {value}, {cells['subgroup']}".rstrip(", ")
    if one.table == "other_interventions":
        value = _value(cells["value"], cells["unit"], cells["ci_low"], cells["ci_high"])
        week = f" at week {cells['timepoint_weeks']}" if cells["timepoint_weeks"] else ""
        other = f" against {cells['comparator_value']}" if cells["comparator_value"] else ""
        return f"{cells['outcome']}, {cells['arm']}{week}: {value}{other}"
    if one.table == "treatment_trials":
        value = _value(cells["mean"], cells["unit"], cells["ci_low"], cells["ci_high"])
        return f"{cells['outcome']}, {cells['arm']}, week {cells['timepoint_weeks']}: {value}"
    if one.table == "prevention_trials":
        value = _value(cells["rr"], "", cells["ci_low"], cells["ci_high"])
        return f"{cells['outcome']}, {cells['strains']}: relative risk {value}"
    if one.table == "strain_readouts":
        value = _value(cells["value"], cells["unit"])
        said = "; ".join(part for part in (value, cells["direction"]) if part)
        return f"{cells['readout']}, {cells['strain']}: {said}".rstrip(": ")
    value = _value(cells["value"], cells["unit"], cells["low"], cells["high"])
    return cells["quantity"] + (f": {value}" if value else "")


def _value(value: str, unit: str, low: str = "", high: str = "") -> str:
    if value in ("", NOT_A_NUMBER):
        return ""
    unit = "" if unit == "1" else unit
    span = f" ({low} to {high})" if low and high else ""
    return f"{value} {unit}".strip() + span


def _source(one: Evidence) -> str:
    """The key of references.bib, if the source stands there, and where to find it."""
    for number in re.findall(r"(?:doi|pmid):[^\s;,]+", one.source):
        if number.lower() in _keys():
            return f"{_keys()[number.lower()]}, {number}"
    return one.source or "not stated"


@cache
def _keys() -> dict[str, str]:
    """DOI or PMID of a source -> its key in references.bib."""
    return {
        f"{scheme}:{one.fields[scheme]}".lower(): one.key
        for one in load_references().values()
        for scheme in ("doi", "pmid")
        if scheme in one.fields
    }
