"""A chunk of a study: some replicates, computed anywhere, as one file of bytes.

A chunk is a pure function of what its name is made of: the design, the tables and equations, the
stance, the seed, the replicates, and the program itself. So it may be computed twice, in any order,
on any machine; whoever has a file of that name has the result.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.trials import attendance
from gutskin.trials.batches import batches_of
from gutskin.trials.design import TrialDesign
from gutskin.trials.outcome_arrays import columns as outcome_columns
from gutskin.trials.outcome_arrays import read_back

if TYPE_CHECKING:
    import pyarrow as pa
    import xarray as xr

    from gutskin.engine.parallel import Run
    from gutskin.model.model import Model
    from gutskin.trials.conduct import ReplicateBatch, WorkCounter
    from gutskin.trials.failures import Failure
    from gutskin.trials.study import Study
    from gutskin.trials.taking_part import TakingPart

ROOMS = ("model", "engine", "population", "trials")  # whose code decides the numbers
LIBRARIES = ("jax", "jaxlib", "numpy", "scipy")
NOTE = b"gutskin"  # the key in a file's metadata under which the small arrays lie


@cache
def program() -> str:
    """What the numbers depend on besides their inputs: our own code and the libraries' versions."""
    digest = hashlib.sha256()
    root = Path(__file__).parents[1]
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    digest.update(" ".join(f"{name} {version(name)}" for name in LIBRARIES).encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class Chunk:
    """Some replicates of a study.

    Parameters
    ----------
    design : the trial as JSON
    model : content hash of tables and equations
    first, count : the replicates
    program : see `program`
    explained : with what only explains the effect: routes and weekly courses
    """

    design: str
    model: str
    stance: str
    seed: int
    first: int
    count: int
    program: str
    explained: bool = True

    @property
    def name(self) -> str:
        """Stance, first replicate, and a hash of everything."""
        whole = json.dumps([*self.__dict__.values()])
        return f"{self.stance}-{self.first:08d}-{hashlib.sha256(whole.encode()).hexdigest()[:16]}"

    @property
    def trial(self) -> TrialDesign:
        """The trial."""
        return TrialDesign.model_validate_json(self.design)

    @property
    def patients(self) -> int:
        """How many patients are in it."""
        return self.count * sum(arm.n for arm in self.trial.arms)


def chunks_of(
    design: TrialDesign,
    model_hash: str,
    stance: str,
    seed: int,
    replicates: int,
    *,
    explained: bool = True,
) -> list[Chunk]:
    """The chunks of a study; those of fewer replicates are among those of more, but for the last.

    Parameters
    ----------
    model_hash : content hash of the model
    explained : with routes and weekly courses
    """
    text = design.model_dump_json()
    return [
        Chunk(text, model_hash, stance, seed, part.start, len(part), program(), explained)
        for part in batches_of(design, replicates)
    ]


def conduct_chunk(chunk: Chunk, model: Model, work: WorkCounter, run: Run) -> ReplicateBatch:
    """Conduct the replicates of a chunk.

    Parameters
    ----------
    work : told of what is done
    run : spreads pieces of work over the cores
    """
    from gutskin.trials.conduct import conduct_batch

    return conduct_batch(_study(chunk, model), chunk.count, work, run, explained=chunk.explained)


def record_chunk(
    chunk: Chunk, model: Model, work: WorkCounter, run: Run, *, own_seed: int | None = None
) -> tuple[xr.Dataset, tuple[Failure, ...]]:
    """The same without what only explains it: what was recorded, and who was lost.

    Parameters
    ----------
    own_seed : as of `prepare`
    """
    from gutskin.trials.conduct import record_batch

    return record_batch(_study(chunk, model, own_seed), chunk.count, work, run)


def _study(chunk: Chunk, model: Model, own_seed: int | None = None) -> Study:
    from gutskin.trials.study import prepare

    return prepare(
        chunk.trial, model, chunk.count, chunk.seed, chunk.stance, chunk.first, own_seed=own_seed
    )


def compute(chunk: Chunk, model: Model, work: WorkCounter, run: Run) -> bytes:
    """The same; gives the chunk's file."""
    return to_bytes(conduct_chunk(chunk, model, work, run), chunk.trial)


def to_bytes(part: ReplicateBatch, design: TrialDesign) -> bytes:
    """A part as a parquet file: its patients as rows, its small arrays in the metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    weekly = part.weekly
    note = {
        "routes": {name: _listed(values) for name, values in part.routes.items()},
        "weekly": None if weekly is None else {
            "days": weekly.days.tolist(), "sums": weekly.sums.tolist(),
            "patients": weekly.patients.tolist(),
        },
        "failures": [one.to_json() for one in part.failures],
        "watched": list(part.watched),
        "people": None if part.people is None else part.people.to_json(),
    }  # fmt: skip
    table = patient_table(part.data, design)
    table = table.replace_schema_metadata({NOTE: json.dumps(note).encode()})
    sink = pa.BufferOutputStream()
    keys: Any = ["replicate", "arm", "patient", "visit_week"]
    keys += [f"in_{one.name}" for one in design.subgroups]
    keys += ["stratum"] if design.strata > 1 else []
    keys += ["site"] if design.sites else []
    keys += [name for name in (attendance.CAME,) if name in table.column_names]
    split: Any = [name for name in table.column_names if name not in keys]  # packs floats tighter
    pq.write_table(
        table, sink, compression="zstd", use_dictionary=keys, use_byte_stream_split=split
    )
    return sink.getvalue().to_pybytes()


def from_bytes(content: bytes, design: TrialDesign, endpoints: Any, first: int) -> ReplicateBatch:
    """A part read back from the bytes of its file.

    Parameters
    ----------
    endpoints : of the design, from `endpoints_of`
    first : number of the first replicate
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from gutskin.trials.conduct import ReplicateBatch, labelled
    from gutskin.trials.failures import Failure
    from gutskin.trials.follow import Weekly

    table = pq.read_table(pa.BufferReader(content))
    note = json.loads((table.schema.metadata or {})[NOTE])
    arms = [arm.name for arm in design.arms]
    visits = len(design.visits.weeks)
    count = table.num_rows // (visits * sum(arm.n for arm in design.arms))
    shape = (len(endpoints), count, len(arms), max(arm.n for arm in design.arms))
    measured = np.full((*shape, visits), np.nan)
    latent = np.full((*shape, len(arms), visits), np.nan)
    seats = list(_seats(design, count))
    for e, one in enumerate(endpoints):
        columns = [one.name, *(under(one.name, arm) for arm in arms)]
        for place, column in enumerate(columns):
            values = table[column].to_numpy()
            for a, rows in seats:
                block = values[rows].reshape(count, -1, visits)
                if place == 0:
                    measured[e, :, a, : block.shape[1]] = block
                else:
                    latent[e, :, a, : block.shape[1], place - 1] = block
    member = np.zeros((len(design.subgroups), *shape[1:]), bool)
    for number, one in enumerate(design.subgroups):
        inside = table[f"in_{one.name}"].to_numpy()
        for a, rows in seats:
            block = inside[rows].reshape(count, -1, visits)[..., 0]
            member[number, :, a, : block.shape[1]] = block
    numbers: dict[str, np.ndarray | None] = {"stratum": None, "site": None}
    for name, there in (("stratum", design.strata > 1), ("site", bool(design.sites))):
        if there:
            found, column = np.full(shape[1:], -1), table[name].to_numpy()
            for a, rows in seats:
                block = column[rows].reshape(count, -1, visits)[..., 0]
                found[:, a, : block.shape[1]] = block
            numbers[name] = found
    weekly = note["weekly"]
    data = labelled(design, endpoints, measured, latent, first, member, **numbers)
    return ReplicateBatch(
        read_back(table, attendance.read_back(table, data, seats), design, seats),
        {name: np.array(values, float) for name, values in note["routes"].items()},
        None if weekly is None else Weekly(
            np.array(weekly["days"]), np.array(weekly["sums"]), np.array(weekly["patients"])
        ),
        tuple(Failure(**one) for one in note["failures"]),
        tuple(note["watched"]),
        _people(note["people"]),
    )  # fmt: skip


def _people(plain: dict[str, Any] | None) -> TakingPart | None:
    """Who takes part, read back; None where it was not asked."""
    from gutskin.trials.taking_part import TakingPart

    return None if plain is None else TakingPart.from_json(plain)


def _listed(values: np.ndarray) -> list[float | None]:
    """Numbers for JSON; None where there is none."""
    return [float(value) if np.isfinite(value) else None for value in values]


def _seats(design: TrialDesign, count: int) -> Iterator[tuple[int, np.ndarray]]:
    """Each arm's rows of a patient table of so many replicates."""
    visits = len(design.visits.weeks)
    of_arm = np.concatenate([np.full(arm.n * visits, a) for a, arm in enumerate(design.arms)])
    whole = np.tile(of_arm, count)
    for a in range(len(design.arms)):
        yield a, np.flatnonzero(whole == a)


def under(endpoint: str, arm: str) -> str:
    """The column of the true value that a patient has under an arm, whichever he was in."""
    return f"{endpoint}_true_on_{arm}"


def patient_table(dataset: Any, design: TrialDesign) -> pa.Table:
    """One row per replicate, arm, patient and visit.

    `<endpoint>` is what was recorded, `<endpoint>_true` the noise-free value under the arm the
    patient was in, `<endpoint>_true_on_<arm>` the same patient's value under that arm; null after
    dropout, and throughout for who could not be computed; `in_<subgroup>` whether he is in it,
    `stratum` in which he was randomised, `site` the number of his site in the file's order.
    `came` says whether he came to the visit, where times to a response are compared.
    With estimands also `<endpoint>_observed`, `<event>_week` (after which visit it fell) and
    `estimand_<name>_record_on_<arm>`, `estimand_<name>_body_on_<arm>`, each patient's outcome.
    """
    import pyarrow as pa

    order = ("endpoint", "replicate", "arm", "patient", "visit")
    measured = dataset["measured"].transpose(*order).values
    latent = dataset["latent"].transpose("given", *order)
    arms = [str(arm) for arm in dataset["arm"].values]
    of = {arm.name: arm.n for arm in design.arms}
    enrolled = np.zeros(measured.shape[1:], dtype=bool)
    for i, arm in enumerate(arms):
        enrolled[:, i, : of[arm]] = True
    where: Any = np.nonzero(enrolled)
    replicate, arm, patient, visit = where
    columns: dict[str, Any] = {
        "replicate": dataset["replicate"].values[replicate].astype(np.int32),
        "arm": pa.DictionaryArray.from_arrays(arm.astype(np.int32), arms),
        "patient": patient.astype(np.int32),
        "visit_week": dataset["visit"].values.astype(float)[visit],
    }
    for number, one in enumerate(design.subgroups):
        inside = dataset["member"].transpose("subgroup", "replicate", "arm", "patient")
        columns[f"in_{one.name}"] = inside.values[number][replicate, arm, patient]
    for name in ("stratum", "site"):
        if name in dataset:
            numbers = dataset[name].transpose("replicate", "arm", "patient").values
            columns[name] = numbers[replicate, arm, patient].astype(np.int32)
    columns |= attendance.columns(dataset, where)
    under_arm = {one: latent.sel(given=one).values for one in arms}
    own = np.stack([under_arm[one][:, :, i] for i, one in enumerate(arms)], axis=2)
    for i, name in enumerate(str(one) for one in dataset["endpoint"].values):
        values = {name: measured[i], f"{name}_true": own[i]}
        values |= {under(name, one): under_arm[one][i] for one in arms}
        for column, numbers in values.items():  # NaN would spread through whatever a query computes
            columns[column] = pa.array(numbers[enrolled], from_pandas=True)
    for column, numbers in outcome_columns(dataset, where):
        columns[column] = pa.array(numbers, from_pandas=True)
    return pa.table(columns)
