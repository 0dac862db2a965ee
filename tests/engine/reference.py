"""Every request of the engine's contract in plain pandas, for engines to be compared with."""

import hashlib

import numpy as np
import pandas as pd

from ccsat.engine import NULL_LEVEL

TYPES = {"text": "str", "clock": "str", "integer": "Int64", "boolean": "boolean", "float": "float64", "time": "datetime64[us]",
         "date": "datetime64[us]"}  # fmt: skip


class Reference:
    """Answers requests about one frame; `source` is ignored. `kinds` says what each column is."""

    def __init__(self, frame, kinds):
        self.frame = frame
        self.kinds = kinds

    def words(self, frame, name):
        """A column as text, None where it is missing."""
        return pd.Series(
            [self.word(name, value) for value in frame[name].astype(object)], index=frame.index, dtype=object
        )

    def word(self, name, value):
        if pd.isna(value):
            return None
        kind = self.kinds[name]
        return str(int(value)) if kind == "integer" else str(value).lower() if kind == "boolean" else str(value)

    def dimension(self, frame, name):
        words = [NULL_LEVEL if word is None else word for word in self.words(frame, name)]
        return pd.Series(words, index=frame.index, dtype="str")

    def number(self, frame, name):
        numbers = [np.nan if pd.isna(value) else float(value) for value in frame[name].astype(object)]
        numbers = pd.Series(numbers, index=frame.index, dtype="float64")
        return numbers.where(np.isfinite(numbers))

    def rows(self, windows, where, at):
        frame = self.frame
        for name, wanted in (where or {}).items():
            wanted = wanted if isinstance(wanted, list) else [wanted]
            words = {
                NULL_LEVEL if pd.isna(value) else self.word(name, value) if not isinstance(value, str) else value
                for value in wanted
            }
            frame = frame[self.dimension(frame, name).isin(words)]
        if not windows:
            return frame
        number = pd.Series(np.nan, index=frame.index)
        for i, window in enumerate(windows):
            number[
                frame[at].dt.date.map(lambda day, w=window: not pd.isna(day) and w.first <= day <= w.last).astype(bool)
            ] = i
        return frame.assign(window=number)[number.notna()]

    def finish(self, table, keys, windows, columns):
        keys = (["window"] if windows else []) + keys
        table = table.sort_values(keys, ignore_index=True, kind="stable") if keys else table.reset_index(drop=True)
        if windows:
            table["period"] = pd.Series([windows[int(i)].label for i in table["window"]], dtype="str")
        return table[(["period"] if windows else []) + columns]

    def profile(self, source, columns, *, where=None):
        frame, lines = self.rows((), where, "at"), []
        for name in columns:
            kind = self.kinds[name]
            values = self.number(frame, name).dropna() if kind == "float" else frame[name].dropna()
            if kind not in ("float", "integer", "time", "date"):
                values = self.words(frame, name).dropna()
            ends = (min(values), max(values)) if len(values) else (None, None)
            shown = [None if end is None else repr(float(end)) if kind == "float" else str(end) for end in ends]
            lines.append((name, kind, len(frame), len(frame) - len(values), values.nunique(), *shown))
        table = pd.DataFrame(lines, columns=["column", "kind", "rows", "nulls", "distinct", "lowest", "highest"])
        return table.astype(dict.fromkeys(["column", "kind", "lowest", "highest"], "str")
                            | dict.fromkeys(["rows", "nulls", "distinct"], "int64"))  # fmt: skip

    def marginals(self, source, sets, *, outcome, at="at", windows=(), where=None, min_support=0):
        return {one: self.counts(one, outcome, at, windows, where, min_support) for one in sets}

    def counts(self, dims, outcome, at, windows, where, min_support=0):
        rows = self.rows(windows, where, at)
        rows = rows[self.number(rows, outcome).notna()] if outcome else rows
        table = pd.DataFrame({"n": 1, **{name: self.dimension(rows, name) for name in dims}}, index=rows.index)
        if windows:
            table["window"] = rows["window"]
        if outcome:
            table["level"] = self.number(rows, outcome).astype("int64")
        cell = (["window"] if windows else []) + list(dims)
        keys = cell + (["level"] if outcome else [])
        support = table.groupby(cell)["n"].transform("sum") if cell else pd.Series(len(table), index=table.index)
        table = table[support >= min_support]
        if keys:
            table = table.groupby(keys, as_index=False)["n"].sum()
        else:
            table = pd.DataFrame({"n": [len(table)]}) if len(table) else table[["n"]]
        types = {"n": "int64"} | ({"level": "int64"} if outcome else {})
        return self.finish(
            table.astype(types), keys[bool(windows) :], windows, [*dims, *(["level"] if outcome else []), "n"]
        )

    def leaves(self, source, dims, *, outcome, at="at", windows=(), where=None, limit=1_000_000):
        return self.counts(tuple(dims), outcome, at, windows, where)

    def moments(self, source, metrics, *, shifts=None, segments=(), cluster=None, at="at", windows=(), where=None):
        rows = self.rows(windows, where, at)
        z = pd.DataFrame(
            {name: self.number(rows, name) - (shifts or {}).get(name, 0.0) for name in metrics}, index=rows.index
        )
        rows, z = rows[z.notna().all(axis=1)], z.dropna()
        keys = pd.DataFrame({name: self.dimension(rows, name) for name in segments}, index=rows.index)
        if windows:
            keys.insert(0, "window", rows["window"])
        by = list(keys.columns)
        lines = []
        for key, part in keys.groupby(by) if by else [((), z)]:
            part = z.loc[part.index]
            if len(part):
                values = (
                    self.clustered(rows.loc[part.index], part[metrics[0]], cluster) if cluster else self.products(part)
                )
                lines.append(dict(zip(by, key, strict=True)) | values)
        names = ["clusters", "n", "s", "nn", "ns", "ss"] if cluster else list(self.products(z))
        table = pd.DataFrame(lines, columns=[*by, *names])
        counts = {name: "int64" if name in ("clusters", "n", "nn") else "float64" for name in names}
        return self.finish(
            table.astype(counts | dict.fromkeys(segments, "str")), list(segments), windows, [*segments, *names]
        )

    def products(self, z):
        names = list(z.columns)
        return ({"n": len(z)} | {f"s_{a}": z[a].sum() for a in names}
                | {f"p_{a}_{b}": (z[a] * z[b]).sum() for i, a in enumerate(names) for b in names[i:]})  # fmt: skip

    def clustered(self, rows, z, cluster):
        own = self.dimension(rows, cluster)
        own = own.where(own != NULL_LEVEL, pd.Series([f"row {i}" for i in range(len(own))], index=own.index))
        sums = z.groupby(own).agg(["size", "sum"])
        n, s = sums["size"].to_numpy(), sums["sum"].to_numpy()
        return {
            "clusters": len(n),
            "n": n.sum(),
            "s": s.sum(),
            "nn": (n * n).sum(),
            "ns": (n * s).sum(),
            "ss": (s * s).sum(),
        }

    def crosstab(self, source, columns, *, at="at", windows=(), by_day=False, where=None):
        rows = self.rows(windows, where, at)
        table = pd.DataFrame({name: self.dimension(rows, name) if self.kinds[name] == "text" else rows[name].astype(TYPES[self.kinds[name]])
                              for name in columns}, index=rows.index)  # fmt: skip
        if windows:
            table["window"] = rows["window"]
        if by_day:
            table["day"] = rows[at].dt.normalize().astype("datetime64[us]")
        keys = (["day"] if by_day else []) + list(columns)
        every = (["window"] if windows else []) + keys
        types = dict(table.dtypes)
        table = table.groupby(every, dropna=False).size().rename("n").reset_index().astype(types | {"n": "int64"})
        return self.finish(table, keys, windows, [*keys, "n"])

    def sample(self, source, columns, *, key, most=200_000, at="at", windows=(), where=None):
        rows = self.rows(windows, where, at)
        hashes = self.dimension(rows, key).map(lambda word: hashlib.md5(word.encode()).hexdigest())
        rows = rows.loc[hashes.sort_values(kind="stable").index[:most]].reset_index(drop=True)
        table = pd.DataFrame({name: self.words(rows, name) if self.kinds[name] in ("text", "clock") else
                              rows[name] for name in columns}).astype({name: TYPES[self.kinds[name]] for name in columns})  # fmt: skip
        if windows:
            table.insert(0, "period", pd.Series([windows[int(i)].label for i in rows["window"]], dtype="str"))
        return table
