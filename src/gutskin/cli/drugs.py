"""`gutskin drugs`: the drugs and creams that a trial or a patient file may name."""

from __future__ import annotations

from gutskin.cli import loading
from gutskin.cli.options import BiologyOption, JsonOption
from gutskin.cli.output import new_console, print_values


def drugs(biology: BiologyOption = None, as_json: JsonOption = False) -> None:
    """List drugs and creams: where each acts, its half-effective level, from where, if it works."""
    from gutskin.model.drug_list import cream_list, drug_list

    own = loading.find_biology(biology)
    found = {"drugs": drug_list(own), "creams": cream_list(own)}
    if as_json:
        print_values(found)
        return
    from gutskin.report.drugs import print_drugs

    print_drugs(found["drugs"], found["creams"], new_console())
