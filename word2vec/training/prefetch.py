"""What a team prepares ahead of its steps: its members draw chunks by turns, and plan the sums of the next steps.

Each member prepares a part, all read the whole: what is prepared does not depend on who does it, or when.
"""

from collections.abc import Callable

import numpy as np

from word2vec.runtime.workers import Board, Member
from word2vec.training.objectives import Objective, cut
from word2vec.training.skipgram import Batch
from word2vec.training.updates import Plan, RowSum, plan_sums

PLANNED = 1 << 17  # gradients that a member plans in one go, unless a step has more
BYTES = 20  # for each of them


class Desk:
    """Where the members of a team put down what they have prepared.

    Parameters
    ----------
    objective : Objective
    centres : words of a chunk, at most
    size : of the team
    """

    def __init__(self, objective: Objective, centres: int, size: int) -> None:
        n, (groups, shared) = centres + objective.n, objective.negatives
        batch = [(n + 2 * objective.window,), (n,), (n,), (n // objective.n * groups, shared)]
        self.draws = Board(size, [(shape, np.int32) for shape in batch])
        self.steps = max(1, PLANNED // objective.entries)
        m = self.steps * objective.entries
        sums = [((m,), np.int32), ((m,), np.int32), ((m + 1,), np.int32), ((m,), np.float64)]
        self.plans = Board(size, [*sums, ((self.steps, size + 1), np.int64)])


def desk_memory(entries: int, size: int) -> int:
    """Estimate the bytes of a desk for a team, its objective having so many entries."""
    return BYTES * size * max(PLANNED, entries)


class Lookahead:
    """One member's part in the preparations; every member calls the same methods in the same order."""

    def __init__(self, desk: Desk, objective: Objective, member: Member) -> None:
        self._desk, self._objective, self._member = desk, objective, member
        self._drawn_from = -member.size
        self._planned_from = self._each = 0

    def batches(self, chunk: int, chunks: int, draw: Callable[[int], Batch]) -> list[Batch]:
        """Give the batches of a chunk; when no more chunks are drawn, each member draws one of the epoch's next.

        chunks : how many an epoch has; draw : function of a chunk's number, which draws the same for all members
        """
        member, draws = self._member, self._desk.draws
        if chunk == 0 or chunk >= self._drawn_from + member.size:
            self._drawn_from, mine = chunk, chunk + member.rank
            if mine < chunks:
                draws.put(member.rank, draw(mine))
            member.meet()
        drawn = Batch(*draws.get(chunk - self._drawn_from))
        return cut(drawn, self._objective.n, self._objective.window)

    def plan(self, batches: list[Batch], k: int) -> None:
        """Before step k of a chunk: when no more steps are planned, plan some; they can be read after a meeting."""
        rank, size = self._member.rank, self._member.size
        if k == 0 or k == self._planned_from + size * self._each:
            self._planned_from, self._each = k, min(self._desk.steps, -(-(len(batches) - k) // size))
            if mine := batches[k + rank * self._each : k + (rank + 1) * self._each]:
                plan = plan_sums(*self._objective.rows(mine), size)
                self._desk.plans.put(rank, (*plan.sums, plan.cuts))

    def rows(self, k: int) -> RowSum:
        """Look up this member's share of the rows in step k."""
        place, step = divmod(k - self._planned_from, self._each)
        *sums, cuts = self._desk.plans.get(place)
        return Plan(RowSum(*sums), cuts).share(step, self._member.rank)
