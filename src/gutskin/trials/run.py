"""A trial of any size: chunk after chunk, of which only small arrays stay in memory.

Each chunk's replicates are analysed as they come and its patients go to the store, so that a
million patients need no more room than a thousand. Who has room for all of them asks for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gutskin.extras import require
from gutskin.media import agreeing, of_all
from gutskin.model.model import Model
from gutskin.trials import chunks as chunk_room
from gutskin.trials import estimands, event_times, routes, sites, subgroups, taking_part
from gutskin.trials.analysis import Analysis, EndpointNumbers, conclude, joined, per_replicate
from gutskin.trials.chunks import Chunk
from gutskin.trials.computing import Compute, computed
from gutskin.trials.conduct import Progress, ReplicateBatch, WorkCounter, with_shared
from gutskin.trials.design import TrialDesign
from gutskin.trials.endpoints import Endpoint, endpoints_of
from gutskin.trials.estimands import EstimandNumbers
from gutskin.trials.failures import Failure, refuse
from gutskin.trials.follow import Weekly
from gutskin.trials.interrupt import ctrl_c_heard
from gutskin.trials.published import simulated_numbers
from gutskin.trials.scales import mean_over_patients
from gutskin.trials.store import Store, read_whole
from gutskin.trials.study import Study, prepare
from gutskin.trials.taking_part import TakingPart

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

    from gutskin.trials.processes import Processes


@dataclass(frozen=True, eq=False)
class Trial:
    """A trial that was conducted and analysed.

    Parameters
    ----------
    shown : what summary, courses and report read: `world`, `course`, `effect_without` as in
        docs/architecture.md; `measured` and `latent` of the first replicate alone;
        `mean_course` [replicate, arm, visit], mean measured values of the primary endpoint,
        geometric ones where logarithms are tested;
        `published` [number, replicate], what each replicate shows of what was reported;
        `left_out`, `ends`, `baseline`, who takes part (see `TakingPart`)
    analysis : of all replicates
    files : the chunks in the order of their replicates; none without a store
    failures : patients who were left out
    design, endpoints : of the trial
    contents : the chunks' bytes in the order of their replicates, if patients were to be kept
    """

    shown: xr.Dataset
    analysis: Analysis
    files: tuple[Path, ...]
    failures: tuple[Failure, ...]
    design: TrialDesign
    endpoints: tuple[Endpoint, ...]
    contents: tuple[bytes, ...] = ()

    @cached_property
    def data(self) -> xr.Dataset:
        """Every patient, all in memory: `shown` with `measured` and `latent` of all replicates.

        Without a store they are there only if the trial was run with `keep_patients`.
        """
        return with_patients(self.shown, self.design, self.endpoints, self.contents or self.files)


@dataclass(frozen=True, eq=False)
class _ChunkSummary:
    """What stays in memory of a chunk."""

    numbers: dict[str, EndpointNumbers]
    mean_course: xr.DataArray
    published: np.ndarray
    subgroups: np.ndarray
    sites: np.ndarray
    estimands: EstimandNumbers
    event_free: np.ndarray
    routes: Mapping[str, np.ndarray]
    weekly: Weekly | None
    failures: tuple[Failure, ...]
    people: TakingPart | None


def run_trial(
    design: TrialDesign,
    model: Model,
    replicates: int,
    seed: int = 1,
    stance: str = "evidence",
    *,
    store: Store | None = None,
    keep_patients: bool = False,
    explained: bool = True,
    compute: Compute | None = None,
    processes: Processes | None = None,
    progress: Progress | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> Trial:
    """Conduct and analyse a trial many times, chunk by chunk.

    Chunks that the store holds, whole, are not computed again. The result is the same to the last
    bit whoever computes them and in whatever order they come.

    Parameters
    ----------
    design : the trial
    replicates : how often it is repeated, each time in another world with other patients
    seed : of all draws
    stance : "evidence" or "article"
    store : keeps the patients; without it only the analysis remains
    keep_patients : keep them in memory too, packed; a million take some hundred MB
    explained : with what only explains the effect: routes and weekly courses
    compute : computes chunks, in any order; by default this process does, with others beside it
        where they are worth it
    processes : that are there already
    progress : called with (work done, work in all)
    tell : called with what a user should know

    Raises
    ------
    InputError
        If nobody of the population can be enrolled.
    SimulationFailed
        If the courses of more than one patient in a thousand could not be computed.
    """
    if keep_patients or store is not None:
        require("Keeping the patients of a trial", "files")
    chunks = chunk_room.chunks_of(
        design, model.content_hash, stance, seed, replicates, explained=explained
    )
    endpoints = endpoints_of(model, design.analysis.endpoints)
    gathered = _Gathered(design, endpoints, sum(one.patients for one in chunks), keep_patients)
    if store is not None:
        gathered.files |= _read(store, chunks, gathered.unpack, tell)
    missing = [chunk for chunk in chunks if chunk.first not in gathered.summaries]
    work = _work(missing, design, progress)
    kept = compute is not None or store is not None or keep_patients  # else nobody wants files
    how = chunk_room.compute if kept else chunk_room.conduct_chunk
    with ctrl_c_heard(), computed(model, missing, work, how, compute, processes) as results:
        for chunk, found in results:
            gathered.add(chunk, found, store)
    return gathered.trial(prepare(design, model, replicates, seed, stance))


def _work(chunks: Sequence[Chunk], design: TrialDesign, progress: Progress | None) -> WorkCounter:
    patients = sum(chunk.patients for chunk in chunks)
    return WorkCounter(progress, patients, len(design.arms), settled=not design.from_birth)


class _Gathered:
    """The chunks of a run as they come, in any order: what stays of each.

    Parameters
    ----------
    patients : of all chunks
    keep_patients : keep the bytes of each chunk
    """

    def __init__(
        self, design: TrialDesign, endpoints: Sequence[Endpoint], patients: int, keep_patients: bool
    ) -> None:
        self.design, self.endpoints = design, tuple(endpoints)
        self.patients, self.keep_patients = patients, keep_patients
        self.summaries: dict[int, _ChunkSummary] = {}  # each by its first replicate
        self.files: dict[int, Path] = {}
        self.contents: dict[int, bytes] = {}
        self.failures: list[Failure] = []
        self.first: xr.Dataset | None = None  # the first replicate

    def add(self, chunk: Chunk, found: ReplicateBatch | bytes, store: Store | None) -> None:
        """A chunk that was computed, as a batch or as the bytes of its file, which are kept."""
        if not isinstance(found, bytes):
            self.take(chunk, found)
            return
        if store is not None:
            self.files[chunk.first] = store.write(chunk, found)
        self.unpack(chunk, found)

    def take(self, chunk: Chunk, part: ReplicateBatch) -> None:
        """A chunk that was conducted.

        Raises
        ------
        SimulationFailed
            If more of the patients than may are lost by now.
        """
        self.summaries[chunk.first] = _summarised(part, self.design, self.endpoints)
        if chunk.first == 0:
            self.first = part.data.isel(replicate=0, drop=True)
        self.failures.extend(part.failures)
        refuse(self.failures, self.patients)

    def unpack(self, chunk: Chunk, content: bytes) -> None:
        """A chunk from its bytes."""
        if self.keep_patients:
            self.contents[chunk.first] = content
        self.take(chunk, chunk_room.from_bytes(content, self.design, self.endpoints, chunk.first))

    def trial(self, study: Study) -> Trial:
        """The trial, when all chunks are there."""
        ordered = [self.summaries[first] for first in sorted(self.summaries)]
        if self.first is None:
            raise ValueError("The chunk of the first replicate is missing.")
        shown = _shown(self.first, ordered, study)
        return Trial(
            shown,
            conclude(joined([one.numbers for one in ordered]), shown, self.design),
            tuple(self.files[first] for first in sorted(self.files)),
            tuple(failure for one in ordered for failure in one.failures),
            self.design,
            self.endpoints,
            tuple(self.contents[first] for first in sorted(self.contents)),
        )


def with_patients(
    shown: xr.Dataset,
    design: TrialDesign,
    endpoints: Sequence[Endpoint],
    chunks: Sequence[Path | bytes],
) -> xr.Dataset:
    """What a trial shows, with `measured` and `latent` of every patient.

    Parameters
    ----------
    shown : of the trial, see `Trial`
    chunks : all of its chunks, in the order of their replicates

    Raises
    ------
    ValueError
        Without any chunk: the patients were not kept.
    Damaged
        If a file is no longer what was written.
    """
    import xarray as xr

    if not chunks:
        raise ValueError("The patients of this trial were not kept; run it with keep_patients.")
    parts: list[xr.Dataset] = []
    for source in chunks:
        first = sum(part.sizes["replicate"] for part in parts)
        content = source if isinstance(source, bytes) else read_whole(source)
        parts.append(chunk_room.from_bytes(content, design, endpoints, first).data)
    whole = xr.concat(parts, "replicate", join="exact")
    shared = {name: shown[name] for name in shown.data_vars if name not in whole}
    return whole.assign(shared).assign_attrs(shown.attrs)


def _read(
    store: Store,
    chunks: Sequence[Chunk],
    unpack: Callable[[Chunk, bytes], None],
    tell: Callable[[str], None],
) -> dict[int, Path]:
    """Take the chunks that were computed before, and say so; gives their files by replicate."""
    files: dict[int, Path] = {}
    damaged: list[Path] = []
    for chunk in chunks:
        stored = store.read(chunk)
        if stored is None:
            continue
        if stored.content is None:
            damaged.append(stored.path)
            continue
        unpack(chunk, stored.content)
        files[chunk.first] = stored.path
    if files:
        tell(_known_before(len(files), len(chunks), next(iter(files.values())).parent))
    if damaged:
        tell(
            f"{of_all(len(damaged), len(chunks), 'chunk')} "
            f"{agreeing(len(damaged), 'was', 'were')} damaged on the disk and "
            f"{agreeing(len(damaged), 'is', 'are')} computed again ({damaged[0]})."
        )
    return files


def _known_before(there: int, chunks: int, folder: Path) -> str:
    """What a user should know of chunks that are not computed again."""
    if there < chunks:
        share, were = of_all(there, chunks, "chunk"), agreeing(there, "was", "were")
        return f"{share} {were} finished before; going on."
    what = agreeing(chunks, "The only chunk was", f"All {chunks:,} chunks were")
    return (
        f"{what} computed before and {agreeing(chunks, 'is', 'are')} used again, from "
        f"{folder}. Remove that folder to compute {agreeing(chunks, 'it', 'them')} anew."
    )


def _summarised(
    part: ReplicateBatch, design: TrialDesign, endpoints: Sequence[Endpoint]
) -> _ChunkSummary:
    primary = part.data["measured"].sel(endpoint=design.analysis.primary, drop=True)
    on_logs = any(one.log for one in endpoints if one.name == design.analysis.primary)
    return _ChunkSummary(
        per_replicate(part.data, design, endpoints),
        mean_over_patients(primary, on_logs=on_logs).reset_coords(drop=True),
        simulated_numbers(part.data, design),
        subgroups.of_each_replicate(part.data, design),
        sites.of_each_replicate(part.data, design),
        estimands.of_each_replicate(part.data, design, endpoints),
        event_times.event_free(part.data, design, endpoints),
        part.routes,
        part.weekly,
        part.failures,
        part.people,
    )


def _shown(first: xr.Dataset, chunks: Sequence[_ChunkSummary], study: Study) -> xr.Dataset:
    import numpy as np
    import xarray as xr

    means = xr.concat([one.mean_course for one in chunks], "replicate", join="exact")
    people = taking_part.shown([one.people for one in chunks], study)
    return with_shared(
        first.assign(
            mean_course=means,
            published=(
                ("number", "replicate"),
                np.concatenate([one.published for one in chunks], axis=1),
            ),
            subgroups=(
                ("subgroup", "active", "shown", "replicate"),
                np.concatenate([one.subgroups for one in chunks], axis=3),
            ),
            sites=(
                ("of_sites", "replicate"),
                np.concatenate([one.sites for one in chunks], axis=1),
            ),
            estimands=(
                ("estimand", "active", "told", "replicate"),
                np.concatenate([one.estimands.values for one in chunks], axis=3),
            ),
            event_free=(
                ("timed", "arm", "until", "replicate"),
                np.concatenate([one.event_free for one in chunks], axis=3),
            ),
            events=(
                ("arm", "kind", "replicate"),
                np.concatenate([one.estimands.shares for one in chunks], axis=2),
            ),
            **people,
        ),
        study,
        routes.together([one.routes for one in chunks]),
        [one.weekly for one in chunks if one.weekly is not None],
    )
