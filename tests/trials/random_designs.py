"""Valid trial files drawn by a seed: whatever a design may combine, in few patients."""

import json
import math
import random

STRAINS = ("W23", "W51", "W52", "W55", "W56", "W57", "W58", "BB-12", "HN001", "L-92", "M-16V")
SCORES = ("scorad", "easi", "itch", "tewl", "iga", "sleep", "total_ige", "s_aureus", "steroid_use")
SHARES = ("easi75", "scorad50", "scorad_mild", "iga01", "itch4", "easi_mcid", "aero_sensitisation")
COUNTS = ("flares", "scorad_flares")
OF_NEWBORNS = ("food_sensitisation", "eczema", "atopic_eczema", "skin_prick_food", "scorad", "easi")
SHAPES = ("parallel", "parallel", "parallel", "crossover", "single", "withdrawal", "extension",
          "birth")  # fmt: skip
WEEKS = {"crossover": [0, 4, 8, 12], "withdrawal": [0, 4, 8, 12], "extension": [0, 4, 8, 16],
         "birth": [0, 4, 8]}  # fmt: skip
GROWN = ("ad_adult", ["ad_adult", "ad_older"])
YOUNG = ("ad_child", ["ad_child", "ad_infant"], "ad_adolescent")
DRUGS = (
    {"name": "dupilumab"}, {"name": "tralokinumab"}, {"name": "abrocitinib"},
    {"name": "dupilumab", "dose_mg": 300, "every_weeks": 4, "loading_mg": 600},
)  # fmt: skip
RULES = ({"score": "iga", "at_least": 2, "until_below": 1}, {"score": "easi", "at_least": 7},
         {"score": "itch", "at_least": 4, "every_days": 7})  # fmt: skip
KINDS = ("probiotic", "emollient", "topical_steroid", "antibiotic", "fibre", "inulin", "washing",
         "bleach_bath", "topical", "drug", "elimination_diet", "protein", "allergen", "pollen",
         "cons_transplant")  # fmt: skip
BY_A_RULE = ("emollient", "topical_steroid", "bleach_bath", "topical", "cons_transplant")


def toml(value):
    """A value as TOML has it; tables stand in one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value) if isinstance(value, str | bool) else repr(value)


def random_trial(seed):
    """A valid trial as the text of its file."""
    r = random.Random(seed)
    shape, grown = r.choice(SHAPES), r.random() < 0.5
    weeks = WEEKS.get(shape, [0, 2, 4, 8])
    values = {"name": f"random_{seed}"}
    _people(r, values, shape, grown)
    values["visits"] = {"weeks": weeks, "end_week": weeks[-1]}
    if shape != "birth":
        values["visits"]["screening_weeks"] = 2
    values["arms"] = _arms(r, shape, grown, weeks[-1])
    analysis = values["analysis"] = _endpoints(r, shape)
    _parts(r, values, shape)
    _conduct(r, values, shape)
    if shape not in ("crossover", "single", "birth"):
        _questions(r, values, shape)
    if shape not in ("crossover", "single"):
        _methods(r, analysis, shape)
    analysis["multiplicity"] = r.choice(["none", "holm", "fixed sequence"])
    _looks(random.Random(f"looks {seed}"), values, shape)
    return "".join(f"{key} = {toml(value)}\n" for key, value in values.items())


def _looks(r, values, shape):
    """Looks before the end, where there may be any; of a stream of their own."""
    analysis, smallest = values["analysis"], min(arm["n"] for arm in values["arms"])
    known = "seasons" not in values or "randomisation" in values
    if shape == "single" or analysis["multiplicity"] != "none" or smallest < 4 or not known:
        return
    looks = r.choice([[0.5, 1], [0.5, 0.75, 1]] if smallest > 5 else [[0.5, 1]])
    kinds = ["obrien-fleming", "pocock", "spending obrien-fleming", "spending pocock"]
    analysis["interim"] = {"looks": looks, "boundary": r.choice(kinds)}


def _people(r, values, shape, grown):
    """Population, eligibility, run-in."""
    if shape == "birth":
        values["population"] = r.choice(["newborn", "newborn_high_risk"])
        values["start"] = r.choice(["birth_vaginal", "birth_c_section"])
        values["infants"] = {"formula_share": r.choice([0, 0.3, 1])}
        return
    values["population"] = r.choice(GROWN if grown else YOUNG)
    asked = values["eligibility"] = r.choice([{"scorad": [25, 103]}, {"easi": [7, 72]}, {}])
    if "ad_infant" in values["population"]:
        asked["age_years"] = [0.5, 10]
    if r.random() < 0.15:
        asked["sensitised"] = True
    if shape != "crossover" and r.random() < 0.3:
        run_in = values["run_in"] = {"weeks": 2, "criteria_again": r.random() < 0.5}
        if r.random() < 0.5:
            creams = [{"kind": "emollient", "level": 0.5}]
            run_in["interventions"] = [{"kind": "drug", "name": "dupilumab"}] if grown else creams


def _arms(r, shape, grown, end):
    names = {"crossover": "ab", "withdrawal": "ab", "single": "a"}.get(
        shape, r.choice(["ab", "abc"])
    )
    arms = []
    for place, name in enumerate(names):
        control = place == len(names) - 1 and shape != "single"
        arm = {"name": name, "n": r.randint(2, 6), "control": control}
        if r.random() < 0.2:
            arm["dropout_share"] = r.choice([0, 0.2, 0.5])
        if r.random() < 0.15 and shape != "crossover":
            arm["unblinded_share"] = 0.3
        arm["interventions"] = _given(r, shape, grown, end, place, control)
        arms.append(arm)
    return arms


def _given(r, shape, grown, end, place, control):
    """What an arm receives."""
    if shape == "crossover":
        start = 0 if place == 0 else 8
        return [{"kind": "probiotic", "strains": ["W23", "W51"], "cfu_per_day": 1e10,
                 "start_week": start, "end_week": start + 4}]  # fmt: skip
    if shape == "withdrawal":
        return [{"kind": "topical_steroid", "level": 1, "end_week": 12 if place == 0 else 4}]
    if control and (shape == "birth" or r.random() < 0.7):
        return []
    if shape == "birth":
        product = {"strains": r.sample(STRAINS, 3), "cfu_per_day": 3e9}
        mother = {"kind": "maternal_probiotic", **product, "weeks_before_birth": 4, "end_week": 8}
        return [r.choice([mother, {"kind": "probiotic", **product}, {"kind": "food_early",
                "level": 1, "start_week": 4}, {"kind": "emollient", "level": 0.6}])]  # fmt: skip
    kinds = r.sample(KINDS, r.randint(1, 3))
    if {"topical", "topical_steroid"} <= set(kinds):
        kinds.remove("topical")
    given = [_one(r, kind, grown) for kind in kinds]
    if shape == "extension":
        open_label = {"kind": "probiotic", "strains": ["W23"], "cfu_per_day": 1e9,
                      "start_week": 8, "end_week": end}  # fmt: skip
        given = [one | {"end_week": 8} for one in given if one["kind"] != "probiotic"]
        given.append(open_label)
    return given


def _one(r, kind, grown):
    """One intervention of a kind."""
    own = {
        "probiotic": {"strains": r.sample(STRAINS, r.randint(1, 8)),
                      "cfu_per_day": r.choice([4e9, {"low": 1e9, "high": 1e10}])},
        "antibiotic": {"name": r.choice(["broad", "macrolide", "vancomycin"]), "days": 7},
        "fibre": {"factor": 1.5}, "protein": {"factor": 0.5}, "inulin": {"g_per_day": 5},
        "washing": {"washes_per_day": 3},
        "topical": {"name": r.choice(["roflumilast", "ruxolitinib", "steroid_mild", "tapinarof"])},
        "drug": r.choice(DRUGS) if grown else DRUGS[0],
    }  # fmt: skip
    found = {"kind": kind, **own.get(kind, {"level": round(r.uniform(0.2, 1), 2)})}
    if kind in BY_A_RULE and r.random() < 0.4:
        found["when"] = r.choice(RULES)
    return found


def _endpoints(r, shape):
    if shape == "birth":
        names = r.sample(OF_NEWBORNS, 3)
        return {"primary": names[0], "endpoints": names}
    names = r.sample(SCORES, 2) + r.sample(SHARES, r.randint(0, 2))
    names += [*r.sample(COUNTS, r.randint(0, 1)), "scorad", "easi"]
    names += ["scorad_lower"] if shape == "withdrawal" else []
    names = list(dict.fromkeys(names))
    found = {"primary": r.choice(names), "endpoints": names}
    return found | ({"week": 8} if shape == "extension" else {})


def _parts(r, values, shape):
    """Periods, responders, extension, sites, randomisation, seasons."""
    if shape == "crossover":
        values["crossover"] = {"periods": [[0, 4], [8, 12]]}
    if shape == "withdrawal":
        values["responders"] = {"at_week": 4, "rule": "scorad_lower"}
    if shape == "extension":
        values["extension"] = {"from_week": 8, "share": r.choice([1, 0.7])}
    if shape != "birth" and r.random() < 0.25:
        values["seasons"] = {"amplitude": 0.3, "peak_week": 3, "starts": [36, 60]}
    if shape == "single":
        return
    if sites := r.random() < 0.3:
        values["sites"] = [{"name": "north"}, {"name": "south", "share": 2}]
    if r.random() < 0.5:
        return
    admits = "easi" if "easi" in values.get("eligibility", {}) else "scorad"
    strata = [{"by": "site"}] if sites else []
    strata += [] if shape == "birth" else [{"by": admits, "cuts": [30]}]
    strata += [{"by": "sensitised"}] if r.random() < 0.5 else []
    sizes = [arm["n"] for arm in values["arms"]]
    asked = {"method": "minimisation"}
    if not strata or r.random() < 0.5:
        asked = {"block_sizes": [sum(sizes) // math.gcd(*sizes)]}
    values["randomisation"] = asked | {"adjust": r.random() < 0.8, "strata": strata}


def _conduct(r, values, shape):
    shares = {"dropout_share": 0.2, "missed_visits": 0.1, "adherence": 0.8,
              "creams_between_visits": 0.6}  # fmt: skip
    conduct = {key: share for key, share in shares.items() if r.random() < 0.3}
    if shape == "birth":
        values["conduct"] = conduct
        return
    if r.random() < 0.3:
        conduct["leave_if_no_better"] = 0.2
    if r.random() < 0.4:
        conduct["rescue"] = True
        if shape != "withdrawal":
            cream = {"kind": "emollient", "level": 0.8}
            values["rescue"] = {"stops_product": True, "interventions": [cream]}
            given = {
                one["kind"] for arm in values["arms"] for one in arm["interventions"]
                if "when" in one
            }  # fmt: skip
            if "emollient" in given:
                values["rescue"] = {"stops_product": True}
    values["conduct"] = conduct


def _questions(r, values, shape):
    """Subgroups, discontinuation, estimands of each strategy."""
    if r.random() < 0.3:
        values["subgroups"] = [{"name": "mild", "scorad": [0, 50]}]
    if shape == "withdrawal" or r.random() < 0.5:
        return
    values["discontinuation"] = {"share": 0.2, "if_no_better": 0.2}
    given = {one["kind"] for arm in values["arms"] for one in arm["interventions"]}
    if given == {"pollen"}:  # who meets it cannot stop it but by name
        values["discontinuation"]["kinds"] = ["pollen"]
    shares = [one for one in values["analysis"]["endpoints"] if one in SHARES]
    kept = ["treatment policy", "hypothetical", "while on treatment"]
    one = {"name": "one", "week": 8, "endpoint": r.choice(["easi", "scorad", *shares])}
    one["strategies"] = {
        "rescue": r.choice([*kept, "composite"]),
        "discontinuation": r.choice(kept),
        "dropout": r.choice(kept[:2]),
    }
    if one["endpoint"] in SHARES and r.random() < 0.5:
        one["summary"] = "risk ratio"
    if "subgroups" in values and r.random() < 0.4:
        one["population"] = "mild"
    values["estimands"] = [one]


def _methods(r, analysis, shape):
    primary = analysis["primary"]
    fits = ["ancova", "ancova"]
    fits += ["mmrm", "mann-whitney"] if primary in SCORES else []
    fits += ["g-computation", "mantel-haenszel", "log-rank", "cox"] if primary in SHARES else []
    fits += ["negative-binomial", "log-rank", "mann-whitney"] if primary in COUNTS else []
    analysis["method"] = method = r.choice(fits)
    if shape == "withdrawal" and method in ("log-rank", "cox"):
        analysis["methods"] = {"scorad_lower": "g-computation"}  # who goes on has it already
    rules = ["as observed"]
    if method in ("ancova", "mann-whitney", "g-computation", "mantel-haenszel"):
        rules += ["locf", "completers"]
    if method == "ancova" and primary in SCORES:
        rules += ["multiple imputation", "jump to reference", "copy increments"]
    if primary in SHARES and method in ("ancova", "g-computation", "mantel-haenszel"):
        rules.append("non-responder")
    analysis["missing"] = r.choice(rules)
