"""Matching slots with sources: fill as many as possible, then as well as possible."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.library.model import Source
from otio_idolsync.planning.fitting import CAST_WEIGHTS, Fit
from otio_idolsync.planning.footage import has_room

# Chains of re-castings longer than this hardly ever free a slot; the budget bounds the rest.
_DEPTH = 6
_BUDGET = 2000
_SWAP_ROUNDS = 2
_SWAP_TRIES = 4
_LEAST_GAIN = 0.05


class Board:
    """The casting in the making: which source fills each slot, -1 for none.

    Every change keeps the rules: no file twice in a row, ``max_uses``, an in-point of its own
    for each use.
    """

    def __init__(self, fit: Fit, sources: Sequence[Source], seed: int) -> None:
        slots, count = fit.can.shape
        self.fit = fit
        self.limit = np.array(
            [slots if s.max_uses is None else s.max_uses for s in sources], np.int64
        )
        self.weight = np.array([s.weight for s in sources]) / max(s.weight for s in sources)
        self.free = np.array([f.free for f in fit.footage])
        self.usable = np.array([f.frames for f in fit.footage], np.int64)
        self.chosen = np.full(slots, -1, np.int64)
        self.uses = np.zeros(count, np.int64)
        self.load = np.zeros(count, np.int64)
        self.members: list[set[int]] = [set() for _ in range(count)]
        self.cost = fit.cost + 0.5 * np.random.default_rng(seed).random(fit.cost.shape)
        self._budget = _BUDGET

    def fill(self) -> NDArray[np.int64]:
        """Return the source of each slot, int64 [shape=(slots,)], -1 where none can be had."""
        scarce = np.argsort(self.fit.can.sum(axis=1), kind="stable")
        for slot in scarce.tolist():
            self._place_best(slot)
        for slot in scarce.tolist():
            if self.chosen[slot] < 0 and self.fit.can[slot].any():
                self._make_room(slot, _DEPTH, frozenset())
        for _ in range(_SWAP_ROUNDS):
            self._swap_for_fit()
        return self.chosen

    def put(self, slot: int, source: int) -> None:
        """Cast a source into an empty slot."""
        self.chosen[slot] = source
        self.uses[source] += 1
        self.load[source] += self.fit.lengths[slot]
        self.members[source].add(slot)

    def take(self, slot: int) -> int:
        """Empty a slot and return the source it had."""
        source = int(self.chosen[slot])
        self.chosen[slot] = -1
        self.uses[source] -= 1
        self.load[source] -= self.fit.lengths[slot]
        self.members[source].remove(slot)
        return source

    def _beside(self, slot: int, distance: int) -> Iterable[int]:
        for other in (slot - distance, slot + distance):
            if 0 <= other < len(self.chosen) and self.chosen[other] >= 0:
                yield other

    def _prices(self, slot: int) -> NDArray[np.float64]:
        """Return what each source would cost in a slot now; inf where it may not go."""
        price = self.cost[slot] + CAST_WEIGHTS["use"] * (self.uses + 0.5) / self.weight
        spent = self.free & (self.load + self.fit.lengths[slot] > self.usable)
        price += CAST_WEIGHTS["repeats_frames"] * spent
        for distance in (2, 3):
            for other in self._beside(slot, distance):
                same = self.fit.file == self.fit.file[self.chosen[other]]
                price += CAST_WEIGHTS["close_reuse"] / (distance - 1) * same
        blocked = ~self.fit.can[slot] | (self.uses >= self.limit)
        for other in self._beside(slot, 1):
            blocked |= self.fit.file == self.fit.file[self.chosen[other]]
        return np.where(blocked, np.inf, price)

    def _roomy(self, source: int, slots: Iterable[int]) -> bool:
        return has_room(self.fit.footage[source], [int(self.fit.lengths[s]) for s in slots])

    def _place_best(self, slot: int) -> bool:
        prices = self._prices(slot)
        while True:
            best = int(prices.argmin())
            if not np.isfinite(prices[best]):
                return False
            if self._roomy(best, {*self.members[best], slot}):
                self.put(slot, best)
                return True
            prices[best] = np.inf

    def _make_room(self, slot: int, depth: int, locked: frozenset[int]) -> bool:
        """Fill a slot by casting others anew; leave everything as it was if that fails."""
        if self._place_best(slot):
            return True
        if depth == 0 or not (self.uses < self.limit).any():
            return False
        locked = locked | {slot}
        order = np.argsort(self.cost[slot], kind="stable")
        for source in order[self.fit.can[slot][order]].tolist():
            for victims in self._victims(slot, source):
                self._budget -= 1
                if self._budget < 0:
                    return False
                if not (locked & victims) and self._displace(slot, source, victims, depth, locked):
                    return True
        return False

    def _victims(self, slot: int, source: int) -> Iterable[frozenset[int]]:
        """Yield the sets of slots that would have to give way to a source in a slot."""
        file = self.fit.file
        beside = frozenset(
            other for other in self._beside(slot, 1) if file[self.chosen[other]] == file[source]
        )
        kept = self.members[source] - beside
        if len(kept) < self.limit[source] and self._roomy(source, {*kept, slot}):
            yield beside
            return
        for other in sorted(kept):
            if self._roomy(source, (kept - {other}) | {slot}) and self.limit[source] > 0:
                yield beside | {other}

    def _displace(
        self, slot: int, source: int, victims: frozenset[int], depth: int, locked: frozenset[int]
    ) -> bool:
        before = self.chosen.copy()
        for victim in sorted(victims):
            self.take(victim)
        self.put(slot, source)
        if all(self._make_room(victim, depth - 1, locked) for victim in sorted(victims)):
            return True
        self._restore(before)
        return False

    def _restore(self, before: NDArray[np.int64]) -> None:
        changed = np.flatnonzero(before != self.chosen).tolist()
        for slot in changed:
            if self.chosen[slot] >= 0:
                self.take(slot)
        for slot in changed:
            if before[slot] >= 0:
                self.put(slot, int(before[slot]))

    def _swap_for_fit(self) -> None:
        """Exchange the sources of two slots wherever both together suit better."""
        filled = np.flatnonzero(self.chosen >= 0)
        for one in filled.tolist():
            mine, theirs = int(self.chosen[one]), self.chosen[filled]
            now = self.cost[one, mine] + self.cost[filled, theirs]
            then = self.cost[one, theirs] + self.cost[filled, mine]
            good = self.fit.can[one, theirs] & self.fit.can[filled, mine]
            gain = np.where(good, now - then, -np.inf)
            for k in np.argsort(-gain, kind="stable")[:_SWAP_TRIES].tolist():
                if gain[k] < _LEAST_GAIN or self._swap(one, int(filled[k])):
                    break

    def _swap(self, one: int, other: int) -> bool:
        spent = self._overdrawn(self.chosen[[one, other]])
        mine, theirs = self.take(one), self.take(other)
        self.put(one, theirs)
        self.put(other, mine)
        no_worse = self._overdrawn(self.chosen[[one, other]]) <= spent
        if no_worse and self._stands(one) and self._stands(other):
            return True
        self.take(one)
        self.take(other)
        self.put(one, mine)
        self.put(other, theirs)
        return False

    def _overdrawn(self, sources: NDArray[np.int64]) -> int:
        """Return how many frames these sources must show again."""
        over = np.where(self.free, self.load - self.usable, 0)[sources]
        return int(np.maximum(over, 0).sum())

    def _stands(self, slot: int) -> bool:
        """Return whether a cast slot keeps the rules, and no reuse comes closer than it must."""
        source, file = int(self.chosen[slot]), self.fit.file
        near = (o for d in (1, 2, 3) for o in self._beside(slot, d))
        if any(file[self.chosen[other]] == file[source] for other in near):
            return False
        return self._roomy(source, self.members[source])
