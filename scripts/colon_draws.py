"""Sets of the colon's numbers that the data leave open: biology/joint_draws.tsv.

    .venv/bin/python scripts/colon_draws.py            sample, show how wide each number is left
    .venv/bin/python scripts/colon_draws.py --write    and put the sets into the table
    ... --members 20 --proposed 120                    fewer sets, to see that all of it runs
    ... --references --write                           the sets of the table as they are, with the
                                                       references that they come to now: after a
                                                       change of a number that is not drawn here

`scripts/fit_colon.py --write` calls it, since draws are counted from the fitted values.

The numbers of the colon were fitted together, so they are drawn together. Their density around the
fit is the prior's width times what a set is charged for leaving its ranges (quarters of a range are
its standard deviations). It is sampled in two stages: a linear emulator of the readings, from
central differences, is sampled by random-walk Metropolis steps; every set drawn there is then
followed in full, and kept by rejection with the ratio of both densities. So the emulator costs
acceptance and no accuracy.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import tomllib
from fit_colon import FAILED, TASK, Colon, Numbers, penalty

from gutskin.atomic_write import write_file
from gutskin.model.biology import biology_folder, shipped_biology
from gutskin.model.compiled import compile_model
from gutskin.model.domains import limit_of, limits
from gutskin.model.joint_draws import COLUMNS, FEWEST, TABLE, read_joint_draws

STEP = 0.35  # sd of the prior: of the central differences
PROPOSED = 1500  # sets from the emulator that are followed in full
MEMBERS = 256  # sets in the table
BATCH = 240
CHAINS, BURN_IN, THIN = 300, 3000, 300
HEIGHT = 0.9  # quantile of the ratio of densities that counts as its largest in the rejection
SEED = 7
TRANSITS = (18.0, 60.0, 210.0)  # hours, the ends of limits.tsv and the usual
ACIDITY, PH = ("ph_proximal", "ph_distal"), (4.85, 8.15)
ACIDS, MOST = ("acids_proximal", "acids_distal"), 185.0  # mmol/L; 200 with what else differs
STILL = 1e-3  # relative: a reference that moves less is no output of these numbers


@dataclass(frozen=True, eq=False)
class Emulator:
    """Readings as linear functions of places: at the fit, and by how much one sd moves each.

    Parameters
    ----------
    low, high : Array [range, 1], the ranges
    positive : Array [range] (bool), read on the logarithm
    at_fit : Array [range]
    slope : Array [range, number]
    """

    low: np.ndarray
    high: np.ndarray
    positive: np.ndarray
    at_fit: np.ndarray
    slope: np.ndarray

    def charged(self, moves: np.ndarray) -> np.ndarray:
        """What sets are charged, by these lines [set]; `moves` [set, number] in sd."""
        values = self.at_fit[:, None] + self.slope @ moves.T
        values = np.where(self.positive[:, None], np.exp(values), values)
        return penalty(values, self.low, self.high).sum(axis=0)


def emulate(colon: Colon, numbers: Numbers) -> Emulator:
    """Central differences of every reading by every number."""
    count = len(numbers.names)
    moves = np.concatenate([np.zeros((1, count)), STEP * np.eye(count), -STEP * np.eye(count)])
    readings, _ = colon.follow(numbers.around(moves))
    positive = (readings > 0).all(axis=1) & np.array([not one.less for one in colon.ranges])
    seen = np.where(positive[:, None], np.log(np.where(readings > 0, readings, 1.0)), readings)
    slope = (seen[:, 1 : count + 1] - seen[:, count + 1 :]) / (2 * STEP)
    low, high = (np.array([[getattr(one, end)] for one in colon.ranges]) for end in ("low", "high"))
    return Emulator(low, high, positive, seen[:, 0], slope)


def sample(
    charge: Callable[[np.ndarray], np.ndarray], names: int, count: int, rng: np.random.Generator
) -> np.ndarray:
    """Moves [set, number] from exp(-(charge + |moves|^2) / 2), by steps between chains.

    Differential-evolution Metropolis (ter Braak 2006): a proposal is the chain and a share of the
    difference of two others.
    """
    places = 0.3 * rng.standard_normal((CHAINS, names))
    level = charge(places) + (places**2).sum(axis=1)
    found = []
    for number in range(BURN_IN + THIN * -(-count // CHAINS)):
        one, other = rng.integers(CHAINS, size=(2, CHAINS))
        share = 1.0 if number % 10 == 0 else 2.38 / np.sqrt(2 * names)
        tried = places + share * (places[one] - places[other])
        tried = tried + 1e-3 * rng.standard_normal(tried.shape)
        cost = charge(tried) + (tried**2).sum(axis=1)
        taken = np.log(rng.uniform(size=CHAINS)) < 0.5 * (level - cost)
        places[taken], level[taken] = tried[taken], cost[taken]
        if number >= BURN_IN and (number - BURN_IN) % THIN == THIN - 1:
            found.append(places.copy())
    return np.concatenate(found)[:count]


def draws(
    colon: Colon, numbers: Numbers, members: int, proposed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sets that the data leave open: moves [set, number] in sd, references over the fit's [set, .].

    Parameters
    ----------
    members : how many
    proposed : sets from the emulator that are followed in full, of which they are accepted

    Raises
    ------
    SystemExit
        If fewer are accepted.
    """
    rng = np.random.default_rng(SEED)
    emulator = emulate(colon, numbers)

    def charge(moves: np.ndarray) -> np.ndarray:
        return emulator.charged(moves) + colon.disorder(numbers.around(moves))

    moves = sample(charge, len(numbers.names), proposed, rng)
    truth, references = [], []
    for first in range(0, len(moves), BATCH):
        own = numbers.around(moves[first : first + BATCH])
        readings, found = colon.follow(own)
        truth.append(colon.charge(own, readings))
        references.append(np.array([found[name] for name in colon.references]).T)
        print(
            f"{min(first + BATCH, len(moves))} of {len(moves)} followed",
            file=sys.stderr,
            flush=True,
        )
    charged, own_references = np.concatenate(truth), np.concatenate(references)
    ratio = 0.5 * (charge(moves) - charged)
    largest = np.quantile(ratio, HEIGHT)
    kept = np.log(rng.uniform(size=len(moves))) < ratio - largest
    kept &= charged < FAILED
    who = np.flatnonzero(kept)
    fit = sound(colon, numbers, moves[who], own_references[who])
    print(f"{(~fit).sum()} of them leave what a colon can be on some diet", file=sys.stderr)
    kept[who[~fit]] = False
    print(f"accepted {kept.sum()} of {len(moves)}; charged at most {charged[kept].max():.1f}, "
          f"median {np.median(charged[kept]):.1f}", file=sys.stderr)  # fmt: skip
    if kept.sum() < members:
        sys.exit(f"Only {kept.sum()} sets were accepted of the {members} asked: raise --proposed.")
    who = np.flatnonzero(kept)[:members]
    fitted = np.array([float(colon.model.values()[name]) for name in colon.references])
    return moves[who], own_references[who] / fitted


def sound(colon: Colon, numbers: Numbers, moves: np.ndarray, references: np.ndarray) -> np.ndarray:
    """Whether sets keep acidity and acids of a colon on every diet that is accepted [set].

    The ends of fibre, sugars, butyrate and transit, in the middle adult, with some room for others.
    """
    ends = {name: (0.0, most_a_day(name)) for name in ("dose_inulin", "dose_lactulose",
                                                       "dose_butyrate")}  # fmt: skip
    ends["diet_fibre"] = (0.2, most_a_day("diet_fibre"))
    ends["transit_hours"] = TRANSITS
    cases = [dict(zip(ends, levels, strict=True)) for levels in product(*ends.values())]
    fit = np.ones(len(moves), bool)
    for first in range(0, len(moves), BATCH // 8):
        part = slice(first, first + BATCH // 8)
        own = numbers.around(moves[part])
        own |= dict(zip(colon.references, references[part].T, strict=True))
        count = len(moves[part])
        table = colon.settle(own, {str(i): one for i, one in enumerate(cases)}, count).quantities(
            (*ACIDITY, *ACIDS)
        )[-1].reshape(len(ACIDITY) + len(ACIDS), len(cases), count)  # fmt: skip
        ph, acids = table[: len(ACIDITY)], table[len(ACIDITY) :]
        fit[part] = ((ph > PH[0]) & (ph < PH[1])).all(axis=(0, 1)) & (acids < MOST).all(axis=(0, 1))
    return fit


def most_a_day(name: str) -> float:
    """As much of it as may be all day long."""
    return limits().get(f"{name}_a_day", limit_of(name)).high


def write_draws(path: Path, columns: dict[str, np.ndarray], group: str) -> None:
    """One row for each number: its draws in order."""
    lines = ["\t".join(COLUMNS)]
    for name, values in columns.items():
        lines.append(f"{name}\t{group}\t{' '.join(f'{value:.4g}' for value in values)}")
    write_file(path / TABLE, "\n".join(lines) + "\n")


def renew(folder: Path | None, members: int = MEMBERS, proposed: int = PROPOSED) -> None:
    """Sample the sets, show how wide they leave each number, and put them into the table.

    Parameters
    ----------
    folder : of the biology whose table is written; nothing is written without it
    """
    model, task = compile_model(shipped_biology()), tomllib.loads(TASK.read_text())
    colon, numbers = Colon(model, task), Numbers(model, task["numbers"])
    moves, ratios = draws(colon, numbers, members, proposed)
    for name, own in zip(numbers.names, moves.T, strict=True):
        print(f"{name:24}{own.mean():8.2f}{own.std():8.2f}  sd of its prior")
    for name, own in zip(colon.references, ratios.T, strict=True):
        print(f"{name:36}{own.mean():8.3f}{own.std():8.3f}  times the table's")
    if folder is not None:
        columns = dict(zip((*numbers.names, *colon.references), (*moves.T, *ratios.T), strict=True))
        kept = {name: own for name, own in columns.items() if np.ptp(own) > STILL}
        write_draws(folder, kept, "colon")


def renew_references(folder: Path | None) -> None:
    """Follow the sets of the table, show how far their references move, and put them into it."""
    model, task = compile_model(shipped_biology()), tomllib.loads(TASK.read_text())
    colon, numbers = Colon(model, task), Numbers(model, task["numbers"])
    (table,) = (one for one in read_joint_draws(shipped_biology()) if one.name == "colon")
    columns = dict(zip(table.ids, table.draws, strict=True))
    moves = np.array([columns[name] for name in numbers.names]).T
    found: dict[str, list[np.ndarray]] = {name: [] for name in colon.references}
    for first in range(0, len(moves), BATCH):
        _, references = colon.follow(numbers.around(moves[first : first + BATCH]))
        for name, own in found.items():
            own.append(references[name] / float(model.values()[name]))
    for name in columns.keys() & found.keys():
        new = np.concatenate(found[name])
        print(f"{name:36} {np.abs(new / columns[name] - 1.0).max():8.4f}  moved at most")
        columns[name] = new
    if folder is not None:
        write_draws(folder, columns, "colon")


def members_of(text: str) -> int:
    """How many sets a table holds, as written; no fewer than a model takes."""
    if int(text) < FEWEST:
        raise argparse.ArgumentTypeError(f"{text} sets are too few: a model takes {FEWEST}.")
    return int(text)


def size_options(asked: argparse.ArgumentParser) -> None:
    """How many sets are drawn, and from how many."""
    asked.add_argument("--members", type=members_of, default=MEMBERS, help="sets in the table")
    asked.add_argument("--proposed", type=int, default=PROPOSED, help="sets that are followed")


if __name__ == "__main__":
    command = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    command.add_argument("--write", action="store_true", help="put the sets into the table")
    command.add_argument("--references", action="store_true", help="keep the sets of the table")
    size_options(command)
    given = command.parse_args()
    where = biology_folder() if given.write else None
    if given.references:
        renew_references(where)
    else:
        renew(where, given.members, given.proposed)
