"""`gutskin bench`: how fast the engine is here."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from gutskin.cli import loading
from gutskin.cli.options import BiologyOption, JsonOption
from gutskin.cli.output import print_json
from gutskin.report.progress import waiting


class Device(StrEnum):
    """What computes."""

    cpu = "cpu"
    gpu = "gpu"


class Bits(StrEnum):
    """How exact the numbers are that the engine computes with."""

    double = "double"
    single = "single"


def bench(
    device: Annotated[Device, typer.Option(help="What computes.")] = Device.cpu,
    patients: Annotated[int, typer.Option(min=1, help="Children in the batch.")] = 1000,
    days: Annotated[int, typer.Option(min=1, help="How long they are followed (d).")] = 56,
    rtol: Annotated[float, typer.Option(help="Tolerated error of a step.")] = 1e-3,
    precision: Annotated[Bits, typer.Option(help="64 or 32 bits.")] = Bits.double,
    lanes: Annotated[
        int | None, typer.Option(min=1, help="Children computed together; the device's by default.")
    ] = None,
    biology: BiologyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the engine on this machine: children with eczema, doses, daily output."""
    from dataclasses import asdict

    from gutskin.population.asked import check_batch

    own = loading.find_biology(biology)
    check_batch(patients, days, rtol, own)
    with loading.starting():
        from gutskin.engine import xla
        from gutskin.population.benchmark import measure

        name = xla.use(device.value)
    model = loading.load_model(own)
    with waiting("Measuring"):
        found = measure(model, patients, days, rtol, precision.value, lanes)
    ms = 1e3 * found.seconds / patients
    if as_json:
        import json

        asked = {"device": name, "patients": patients, "days": days, "rtol": rtol}
        asked |= {"precision": precision.value, "ms_per_patient": ms}
        print_json(json.dumps(asked | asdict(found)))
        return
    print(f"{name}: {patients:,} children, {days} days, {precision.value}, rtol {rtol:g}")
    print(f"{ms:.3g} ms a child, {found.seconds:.3g} s in all, {found.lanes:,} together")
    print(f"first run, with compilation or its cache: {found.first:.3g} s")
    print(f"{found.steps / patients:.0f} steps a child; {found.evaluations:,} evaluations")
