"""How fast LabelIndex is beside pandas and a plain loop, on a million label sets. Run it as a script."""

from __future__ import annotations

# ruff: noqa: T201
import argparse
import gc
import math
import random
import time

import numpy as np
import pandas as pd

from k8snotes.api.label_index import LabelIndex
from k8snotes.api.selector import Selector

SELECTORS = (
    "app=app7,tier in (frontend,backend),!canary",
    "tier in (frontend,backend),!canary",
    "env!=prod,tier notin (db)",
    "canary",
)


def label_sets(size: int) -> list[dict[str, str]]:
    """Return `size` label sets of five keys, the same ones every time."""
    rng = random.Random(7)  # noqa: S311 - no secret
    apps = [f"app{i}" for i in range(2000)]
    zones = [f"zone-{i}" for i in range(12)]
    sets = []
    for _ in range(size):
        labels = {
            "app": rng.choice(apps),
            "tier": rng.choice(["frontend", "backend", "cache", "db"]),
            "env": rng.choice(["prod", "test", "dev"]),
            "zone": rng.choice(zones),
        }
        if rng.random() < 0.3:
            labels["canary"] = "true"
        sets.append(labels)
    return sets


def pandas_masks(table: pd.DataFrame) -> list:
    """Return for each selector the masks that a practised pandas user would write, over category columns."""
    app, tier, env, canary = table["app"], table["tier"], table["env"], table["canary"]
    codes = {name: table[name].cat.codes.to_numpy() for name in ("app", "tier", "env", "canary")}
    code = {name: {v: i for i, v in enumerate(table[name].cat.categories)} for name in codes}
    tiers = (code["tier"]["frontend"], code["tier"]["backend"])
    return [
        (
            lambda: (app == "app7") & tier.isin(["frontend", "backend"]) & canary.isna(),
            lambda: (
                (codes["app"] == code["app"]["app7"])
                & ((codes["tier"] == tiers[0]) | (codes["tier"] == tiers[1]))
                & (codes["canary"] < 0)
            ),
        ),
        (
            lambda: tier.isin(["frontend", "backend"]) & canary.isna(),
            lambda: ((codes["tier"] == tiers[0]) | (codes["tier"] == tiers[1])) & (codes["canary"] < 0),
        ),
        (
            lambda: (env != "prod") & (tier != "db"),
            lambda: (codes["env"] != code["env"]["prod"]) & (codes["tier"] != code["tier"]["db"]),
        ),
        (canary.notna, lambda: codes["canary"] >= 0),
    ]


LOOPS = (
    lambda d: d.get("app") == "app7" and d.get("tier") in {"frontend", "backend"} and "canary" not in d,
    lambda d: d.get("tier") in {"frontend", "backend"} and "canary" not in d,
    lambda d: d.get("env") != "prod" and d.get("tier") != "db",
    lambda d: "canary" in d,
)


def best(work, times: int) -> float:
    """Return the shortest time of `work()`, in seconds."""
    found = math.inf
    for _ in range(times):
        start = time.perf_counter()
        work()
        found = min(found, time.perf_counter() - start)
    return found


def mean(values: list[float]) -> float:
    """Return the geometric mean."""
    return math.exp(sum(map(math.log, values)) / len(values))


def main() -> None:
    """Print the times and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    size = parser.parse_args().rows
    sets = label_sets(size)
    gc.collect()
    pandas_build = best(lambda: pd.DataFrame.from_records(sets), 3)
    build = best(lambda: LabelIndex(sets), 3)
    print(f"{size:,} label sets")
    print(
        f"build       LabelIndex {build:6.3f} s   DataFrame.from_records {pandas_build:6.3f} s   ratio {build / pandas_build:.2f}"
    )
    table = pd.DataFrame.from_records(sets).astype("category")
    index = LabelIndex(sets)
    to_pandas, to_codes, to_loop, to_matches = [], [], [], []
    for text, (mask, raw_mask), loop in zip(SELECTORS, pandas_masks(table), LOOPS, strict=True):
        selector = Selector(text)
        start = time.perf_counter()
        found = index.select(selector)
        first = time.perf_counter() - start
        assert np.array_equal(found, np.flatnonzero(mask().to_numpy()))
        assert np.array_equal(found, np.flatnonzero(raw_mask()))
        ours = best(lambda selector=selector: index.select(selector), 50)
        masked = best(lambda mask=mask: np.flatnonzero(mask().to_numpy()), 15)
        coded = best(lambda mask=raw_mask: np.flatnonzero(mask()), 15)
        looped = best(lambda loop=loop: [i for i, labels in enumerate(sets) if loop(labels)], 2)
        matched = (
            best(lambda s=selector: [i for i, labels in enumerate(sets[::10]) if s.matches(labels)], 1) * 10
        )
        to_pandas.append(masked / ours)
        to_codes.append(coded / ours)
        to_loop.append(looped / ours)
        to_matches.append(matched / ours)
        print(
            f"{text:45} {len(found):7,} rows  ours {ours * 1e3:7.3f} ms (first {first * 1e3:6.2f})  "
            f"pandas {masked * 1e3:6.2f}  its codes in numpy {coded * 1e3:5.2f}  loop {looped * 1e3:6.1f} ms"
        )
    print(
        f"geometric means: {mean(to_pandas):.1f} times pandas, {mean(to_codes):.1f} times numpy over its codes,"
    )
    print(
        f"  {mean(to_loop):.0f} times a hand-written loop, {mean(to_matches):.0f} times a loop over Selector.matches"
    )
    dense = [mean(ratios[1:3]) for ratios in (to_pandas, to_codes, to_loop)]
    print(
        "  the two selectors that have no single list of rows:", ", ".join(f"{ratio:.1f}" for ratio in dense)
    )
    small = LabelIndex(sets[: size // 10])
    chosen = small.select(SELECTORS[1])
    small.facets(chosen)
    print(
        f"facets of {len(small):,} rows, {len(chosen):,} chosen: {best(lambda: small.facets(chosen), 20) * 1e3:.2f} ms"
    )


if __name__ == "__main__":
    main()
