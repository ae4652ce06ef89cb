"""Nats per 16th step of the JSB chorales: `python -m benchmarks.jsb --data Jsb16thSeparated.json --seed 1 --minutes 6`.

Four voices jointly and causally, on the standard split: every step of every piece from its first on, given the steps
before it; within a step the voices by the chain rule. Lower is better. Means are over steps unless they say otherwise.

`--minutes` is the time the command takes on two otherwise idle cores. Two processes share it; each counts its own CPU
time, fixes its number of updates before it trains, and so hardly depends on what else the machine does. Lines are

    single      one network that never saw a training piece while it predicts, averaged over five keys
    retrieval   one network that is told where the last steps, or the last notes of the melody, occur in training pieces
    mixture     all networks of the run, weighted by how well they did earlier in the piece (mixture.py)

The last line is the mixture. Its few weights are fitted on validation: for the validation figure on the other half of
its pieces, for the test figure on all. Nothing is chosen on test.
"""

from __future__ import annotations

import argparse
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.jsb.members import Member, MemberPlan, WorkOrder, make_members
from benchmarks.jsb.recipe import ABLATIONS, build_recipe
from benchmarks.jsb.report import draw_curves, print_report

SOPRANO_BASS_ALTO_TENOR, SOPRANO_ALTO_TENOR_BASS = (0, 3, 1, 2), (0, 1, 2, 3)
SECONDS_APART = 25.0
"""What starting the processes, the report and the mixture take of the minutes."""
MEMBER_SECONDS = 150.0
"""For each so many seconds a process trains one more member; a thousand updates, about, on an idle core."""
SINGLE = MemberPlan("single", SOPRANO_BASS_ALTO_TENOR, is_retrieving=False, share=1.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="Jsb16thSeparated.json")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=6.0, help="of two idle cores")
    parser.add_argument("--members", choices=["all", "single", "retrieval"], default="all")
    parser.add_argument(
        "--without", action="append", default=[], choices=list(ABLATIONS), help="an ingredient left out"
    )
    parser.add_argument("--updates", type=int, help="train each member for so many updates, however long they take")
    parser.add_argument("--curves", type=Path, help="draw validation against steps of training as this SVG")
    options = parser.parse_args()
    recipe = build_recipe(options.without)
    seconds = options.minutes * 60 - SECONDS_APART
    orders = [
        WorkOrder(
            data=options.data,
            members=tuple(members),
            recipe=recipe,
            seed=options.seed * 10 + worker,
            cpu_seconds=seconds,
            num_updates=options.updates,
            num_probes=12 if options.curves else 0,
        )
        for worker, members in enumerate(plan_members(options.members, seconds))
    ]
    members = work(orders)
    print_report(options.data, members)
    if options.curves:
        draw_curves(members, options.curves)


def plan_members(which: str, seconds: float) -> list[list[MemberPlan]]:
    """The members of each process: the more time, the more of them."""
    num_members = max(1, round(seconds / MEMBER_SECONDS))
    first = [SINGLE] + [retrieving(i, SOPRANO_BASS_ALTO_TENOR) for i in range(1, num_members)]
    second = [retrieving(i + num_members, SOPRANO_ALTO_TENOR_BASS) for i in range(num_members)]
    return {"all": [first, second], "single": [[SINGLE]], "retrieval": [second[:1]]}[which]


def retrieving(number: int, voice_order: tuple[int, ...]) -> MemberPlan:
    return MemberPlan(f"retrieval {number}", voice_order, is_retrieving=True, share=1.0)


def work(orders: list[WorkOrder]) -> list[Member]:
    """All members, made in one process each order."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=len(orders), mp_context=context) as pool:
        return [member for members in pool.map(make_members, orders) for member in members]


if __name__ == "__main__":
    main()
