"""Are the silent dissatisfied found, counted and helped? S09 over seeds, judged by its truth.

    python benchmarks/proactive.py [--seeds 101-130] [--whole]

A row a seed: AUC and calibration in the large on the silent customers (the bars: .72 and .02), whether the interval holds their true share, capture and
precision of a list of 10 % against the truth, and the segments that the holdout shows a repair to help. The tables are those the world writes; `--whole`
makes each world whole and reads it through its study file. Exits 1 where a bar is missed in more than a tenth of the seeds, or a segment chosen that a repair does nothing for.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from ccsat import proactive, worlds
from ccsat.proactive.figures_of import auc
from ccsat.worlds.at_risk import at_risk_tables, play_at_risk
from ccsat.worlds.simulate import set_scene
from ccsat.worlds.stories import STORIES
from ccsat.worlds.story import Options

AUC, LARGE = 0.72, 0.02
OUTCOME = ["outcome_escalated", "outcome_churn"]
SEGMENTS = {
    "bill_shock": "bill_shock = 1",
    "network_only": "network_fault = 1 & repeats = 0 & bot_failures = 0",
    "repeats": "repeats >= 1",
}


def tables(seed: int, whole: bool) -> tuple[proactive.Customers, pd.DataFrame, pd.Series, tuple[float, ...]]:
    """The customers, the repairs with what led to them, who is dissatisfied in truth, and what a repair does in each segment."""
    story = next(one for one in STORIES if one.code == "S09")
    scene = set_scene(seed, 1.0, story.plot(story.draw(Options(), None)).setting)
    one = play_at_risk(scene)
    if whole:
        centre = worlds.make("S09", rng=seed).centre
        customers, repairs, experience = (
            proactive.read_customers(centre),
            proactive.read_table(centre, "repairs"),
            proactive.read_table(centre, "experience"),
        )
        bad = set(worlds.make("S09", rng=seed).truth["latent"]["dissatisfied"])
        truth = customers.frame["customer_id"].isin(bad)
    else:
        made = at_risk_tables(scene)
        experience, repairs = made["experience"], made["repairs"]
        tenure = experience.assign(tenure_months=scene.customers.tenure_months[one.customer]).merge(
            repairs[["customer_id", "arm"]], on="customer_id", how="left"
        )
        customers = proactive.take_customers(tenure, outcome="dissatisfied")
        truth = pd.Series(one.dissatisfied)
    effects = []
    shock, fault = (
        one.features[:, 0] == 1,
        (one.features[:, 3] == 1) & (one.features[:, 1] == 0) & (one.features[:, 4] == 0),
    )
    for mask in (shock, fault & ~shock):
        mine = mask & one.targeted
        effects.append(float(one.lost_held[mine].mean() - one.lost_treated[mine].mean()))
    before = experience.drop(
        columns=[
            name for name in ("complained", "escalated", "churned", "dissatisfied", "surveyed") if name in experience
        ]
    )
    return customers, repairs.merge(before, on="customer_id"), truth, tuple(effects)


def judge(seed: int, whole: bool) -> dict:
    """A seed's row."""
    customers, repairs, truth, effects = tables(seed, whole)
    started = time.process_time()
    found = proactive.find_latent(customers, rng=seed)
    listed = proactive.capacity_list(found, capacity=0.10)
    uplift = proactive.measure_uplift(repairs, outcome=OUTCOME, segments=SEGMENTS, registered=True, held_share=0.5)
    cpu = time.process_time() - started
    scores = found.scores.assign(bad=truth.to_numpy())
    silent = scores[~scores["answered"]]
    share = float(silent["bad"].mean())
    on_list = silent["customer_id"].isin(listed.table["customer_id"])
    shock = uplift.table.set_index("segment").loc["bill_shock"]
    return {
        "seed": seed, "auc": auc(silent["risk"].to_numpy(), silent["bad"].to_numpy(float), np.ones(len(silent)), "auc").value, "share": share,
        "raw": float(silent["risk_raw"].mean()) - share, "large": float(silent["risk"].mean()) - share,
        "covers": found.participation.share_lower <= share <= found.participation.share_upper,
        "capture": float(on_list[silent["bad"]].mean()), "precision": float(silent.loc[on_list, "bad"].mean()), "model": found.risk_model.kind,
        "bill_shock": f"{100 * shock['uplift']:.1f} [{100 * shock['lower']:.1f}, {100 * shock['upper']:.1f}]", "true": 100 * effects[0],
        "shock_covers": bool(shock["lower"] <= effects[0] <= shock["upper"]), "chosen": ", ".join(uplift.chosen()), "cpu": cpu,
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="101-130", help="first-last")
    parser.add_argument("--whole", action="store_true")
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    rows = []
    print(
        "| seed | AUC | dissatisfied | raw - true | calibrated - true | interval | capture 10 % | precision | bill shock, points | true | chosen | CPU s |\n|---|---|---|---|---|---|---|---|---|---|---|---|"
    )
    for seed in range(int(first), int(last or first) + 1):
        row = judge(seed, options.whole)
        rows.append(row)
        print(f"| {row['seed']} | {row['auc']:.3f} | {row['share']:.3f} | {row['raw']:+.3f} | {row['large']:+.3f} | {'holds' if row['covers'] else 'MISSES'} | {row['capture']:.2f} | "
              f"{row['precision']:.2f} | {row['bill_shock']} | {row['true']:.1f} | {row['chosen']} | {row['cpu']:.1f} |", flush=True)  # fmt: skip
    table = pd.DataFrame(rows)
    ranks, counts = (table["auc"] >= AUC).mean(), (table["large"].abs() <= LARGE).mean()
    picks, wrong = table["chosen"].str.contains("bill_shock").mean(), table["chosen"].str.contains("network_only").sum()
    print(f"\n{len(table)} seeds: AUC >= {AUC} in {ranks:.0%} (least {table['auc'].min():.3f}); in the large within {LARGE} in {counts:.0%} (most {table['large'].abs().max():.3f}, "
          f"raw {table['raw'].mean():+.3f}); interval holds the truth in {table['covers'].mean():.0%}; bill shock chosen in {picks:.0%}, its interval holds the truth in "
          f"{table['shock_covers'].mean():.0%}; network fault alone chosen in {wrong}; CPU {table['cpu'].median():.1f} s")  # fmt: skip
    return int(min(ranks, counts, picks) < 0.9 or wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
