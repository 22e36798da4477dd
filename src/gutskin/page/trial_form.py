"""What the page's form of a trial file is made of: JSON Schema, names, shipped trials."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from gutskin.model.biology import Biology
from gutskin.population.known import known_names
from gutskin.trials.design import TrialDesign

WORDS = ("title", "description")  # of a schema: what it says to who writes the code


def trial_form_of(biology: Biology) -> dict[str, Any]:
    """Schema, names by kind of thing, and texts of the trials by name, ready for JSON."""
    known = known_names(biology)
    codes = [code for code in known.strains.values() if code]
    return {
        "schema": _bare(TrialDesign.model_json_schema()),
        "names": {
            "population": list(known.populations),
            "endpoint": list(known.endpoints),
            "strain": [*codes, *known.strains],
            "codes": [code or name for name, code in known.strains.items()],
            "antibiotic": list(known.antibiotics),
            "drug": list(known.drugs),
            "topical": list(known.topicals),
        },
        "trials": {
            Path(name).stem: text.text
            for name in biology.names("trials/*.toml")
            if (text := biology.text(name)) is not None
        },
    }


def _bare(value: Any, is_form: bool = True) -> Any:
    """A schema without words and without what JSON cannot write.

    Parameters
    ----------
    is_form : whether its keys are keywords, and not names
    """
    if isinstance(value, dict):
        return {
            key: _bare(one, key not in ("properties", "$defs", "mapping"))
            for key, one in value.items()
            if not (is_form and (key in WORDS or (key == "default" and one == math.inf)))
        }
    return [_bare(one) for one in value] if isinstance(value, list) else value
