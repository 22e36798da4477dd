"""`gutskin simulate`: the course of one patient."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gutskin.atomic_write import check_place, write_file
from gutskin.cli import loading
from gutskin.cli.options import BiologyOption, JsonOption, PlanOption, Stance, StanceOption
from gutskin.cli.output import new_console, print_json, print_values, tell
from gutskin.errors import together
from gutskin.extras import require
from gutskin.report.progress import waiting

if TYPE_CHECKING:
    from gutskin.population.plan import PatientPlan


def simulate(
    patient_file: Annotated[Path, typer.Argument(help="A patient as a TOML file.")],
    days: Annotated[
        int | None, typer.Option(min=1, help="How long (d); by default what the file says.")
    ] = None,
    stance: StanceOption = Stance.evidence,
    biology: BiologyOption = None,
    plan_only: PlanOption = False,
    as_json: JsonOption = False,
    export_sbml: Annotated[
        Path | None, typer.Option(help="Write this patient and schedule as one SBML document.")
    ] = None,
) -> None:
    """Simulate the course of one patient, day by day."""
    from gutskin.population.plan import plan_patient

    own = loading.find_biology(biology)
    plan, *_ = together(  # whatever is wrong, before heavy imports
        lambda: plan_patient(patient_file, days, own),
        lambda: check_place(export_sbml),
        lambda: require("SBML", "model") if export_sbml is not None else None,
    )
    if plan_only:
        _print_plan(plan, as_json=as_json)
        return
    from gutskin.population.own_strains import with_strains

    own = with_strains(own, plan.patient.strains, plan.patient.name)
    model = loading.load_model(own)
    with waiting("Following the patient"):
        from gutskin.population.course import follow, prepare

        case = prepare(plan.patient, days, stance.value, model)
        course = follow(case)
    if export_sbml is not None:
        write_file(export_sbml, case.to_sbml())
        tell(f"Written: {export_sbml}")
    if as_json:
        import json

        print_json(json.dumps(course.to_json(), allow_nan=False))
        return
    from gutskin.report.course import print_course

    print_course(course, new_console())


def _print_plan(plan: PatientPlan, *, as_json: bool) -> None:
    """Print what would happen to the patient."""
    if as_json:
        print_values(plan.to_json())
        return
    from gutskin.report.plan import print_patient_plan

    print_patient_plan(plan, new_console())
