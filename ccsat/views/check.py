"""Stage 1 in tables and sentences: what was read, whether the change is real, leg by leg, and what the data got wrong."""

from __future__ import annotations

from collections.abc import Sequence

from ccsat.cells import Measure
from ccsat.centre import Centre
from ccsat.estimates import Difference
from ccsat.stages.check import Check
from ccsat.stages.corrected import Corrected
from ccsat.stages.defect_words import correction_sentences, defect_sentence
from ccsat.stages.mix_target import MixTarget
from ccsat.views.view import Fold, View, full_stop, sentences, stack, table
from ccsat.wording import count, has, interval, kpi_value, number, percent, points, term, text

SAYS_THE_CHANGE = ("because.moved", "because.flat", "because.level_real", "because.level_none")  # as the verdict does
MOST_PROXIES = 3
MOST_SIGNS = 3


def show_intake(centre: Centre) -> View:
    """Rows read, kept and set aside, table by table, and what was noted while reading."""
    rows = [(name, text(f"set_aside.{why}") if has(f"set_aside.{why}") else text("view.kept") if why == "kept" else why, count(n))
            for name, why, n in centre.intake.table.itertuples(index=False)]  # fmt: skip
    rows.append((text("view.read"), "", count(centre.intake.read)))
    return table(("table", "what", "rows"), rows, ("rows",))


def show_notes(centre: Centre) -> View | None:
    """What was noted while the files were read."""
    notes = [text(key, **counted(values)) for key, values in centre.intake.notes]
    return sentences(notes) if notes else None


def counted(values: dict) -> dict:
    """Whole numbers with thousands separators."""
    return {k: count(v) if isinstance(v, int) and not isinstance(v, bool) else v for k, v in values.items()}


def show_kpis(measures: Sequence[Measure]) -> View:
    """Every indicator with its caliber, value, interval and n."""
    rows = []
    for one in measures:
        unit, now, before = one.asked.caliber.unit, one.headline["current"], one.headline.get("baseline")
        rows.append((term(one.asked.caliber.kpi), text(f"caliber.{one.asked.caliber.key}"), kpi_value(now.value, unit),
                     interval(now.lower, now.upper, unit), count(now.n), kpi_value(before.value, unit) if before else "–"))  # fmt: skip
    return table(("kpi", "caliber", "value", "interval", "n", "baseline"), rows, ("value", "interval", "n", "baseline"))


def show_check(check: Check) -> View:
    """The verdict, what decided it, and the corrected figure where the data got something wrong."""
    unit = check.asked.caliber.unit
    split, instrument, words = check.legs.get("split"), check.legs.get("instrument", {}), [check.sentence()]
    for (key, _), said in zip(check.because, check.because_in_words(), strict=True):
        if key in SAYS_THE_CHANGE or (key == "because.mix" and split):
            continue
        words.append(said)
        if key in ("because.instrument", "because.participation"):
            words += [sign_words(sign) for sign in instrument["signs"][:MOST_SIGNS]]
    if split:
        words.append(text("view.split", rate=points(split["rate"], unit), mix=points(split["mix"], unit),
                          interval=interval(split["mix_lower"], split["mix_upper"], unit, of="points")))  # fmt: skip
    if (part := check.legs.get("instrument_part", {})).get("beyond_noise"):
        words.append(survey_part(part, unit))
    if isinstance(check.corrected, Corrected):
        words += correction_sentences(check.corrected, unit)[: 1 + (check.corrected.change is not None)]
    elif check.clean != check.change:
        words.append(text("view.clean_change", change=move(check.clean, unit), n=count(check.clean.n)))
    return sentences([full_stop(one) for one in words])


def show_defects(check: Check) -> Fold | None:
    """What the data got wrong, each with how many and what it does to the KPI; then the steps to the corrected figure."""
    if not check.defects:
        return None
    unit = check.asked.caliber.unit
    found = sentences([full_stop(defect_sentence(defect, unit)) for defect in check.defects])
    steps = None
    if isinstance(check.corrected, Corrected):
        words = correction_sentences(check.corrected, unit)
        steps = sentences([full_stop(one) for one in words], title=text("view.corrected_steps"))
    return stack(found, steps)


def show_legs(check: Check) -> View | None:
    """The evidence of the verdict leg by leg, with n and intervals; a leg that the data could not carry says so."""
    legs, unit = check.legs, check.asked.caliber.unit
    if not legs:
        return None
    rows = [(text("leg_name.noise"), text("leg_says.noise", change=move(check.change, unit), n=count(check.change.n)))]
    if check.asked.caliber.outcome == "level":  # counted from records: the legs of a survey do not apply
        rows.append((text("leg_name.instrument"), text("because.no_survey")))
        return table(("leg", "finding"), [(name, full_stop(said)) for name, said in rows])
    instrument = legs["instrument"]
    signs = [full_stop(sign_words(sign)) for sign in instrument["signs"]]
    looked = text("leg_says.looked", things=text("words.between").join(text(f"looked.{one}") for one in instrument["assessed"])) if instrument["assessed"] else ""  # fmt: skip
    rows.append((text("leg_name.instrument"), " ".join([*(signs or [full_stop(text("sign.none"))]), looked]).rstrip()))
    rows.append((text("leg_name.unchanged_scope"), _scope(legs, unit)))
    if (same := legs.get("same_time", {})).get("assessed"):
        said = text(f"because.same_time_{same['side']}", day=same["day"], points=points(same["change"].value, unit), lower=points(same["change"].lower, unit),
                    upper=points(same["change"].upper, unit), n=count(same["change"].n))  # fmt: skip
        rows.append((text("leg_name.same_time"), said))
    rows.append((text("leg_name.operational"), _operational(legs["operational"], unit)))
    if "participation" in legs:
        rows.append((text("leg_name.participation"), _participation(legs["participation"], unit)))
    if (part := legs.get("instrument_part", {})).get("assessed"):
        rows.append((text("leg_name.instrument_part"), survey_part(part, unit)))
    if check.clean != check.change:
        rows.append((text("leg_name.clean"), text("leg_says.clean", change=move(check.clean, unit), n=count(check.clean.n))))  # fmt: skip
    return table(("leg", "finding"), [(name, full_stop(said)) for name, said in rows])


def survey_part(part: dict, unit: str) -> str:
    """What a change of the survey adds to the whole change."""
    return text("view.instrument_part", points=points(part["points"], unit), lower=points(part["lower"], unit), upper=points(part["upper"], unit),
                share=percent(part["share"]))  # fmt: skip


def _scope(legs: dict, unit: str) -> str:
    scope = legs["unchanged_scope"]
    if not legs["instrument"]["moved"]:
        return text("leg_says.no_need")
    if not scope.get("assessed"):
        return text("leg_says.no_scope")
    return text("leg_says.scope", scope="; ".join(scope["scope"]), outside=move(scope["outside"], unit), n_outside=count(scope["outside"].n),
                inside=move(scope["inside"], unit), n_inside=count(scope["inside"].n), apart=move(scope["apart"], unit))  # fmt: skip


def _operational(leg: dict, unit: str) -> str:
    if not leg["assessed"]:
        return text("leg_says.not_assessed")
    said = text("view.operational", points=points(leg["expected_change"], unit), lower=points(leg["lower"], unit), upper=points(leg["upper"], unit), n=count(leg["n"]))  # fmt: skip
    return full_stop(said) + " " + text("leg_says.explained", explained=percent(leg["explained"]), n=count(leg["n_fit"]))  # fmt: skip


def _participation(leg: dict, unit: str) -> str:
    if not leg["assessed"]:
        return text("leg_says.no_invitations")
    words, weighted = [], leg.get("weighted") or leg.get("raked")
    if weighted:
        words.append(text("view.participation", value=percent(leg["answer"]), value_baseline=percent(leg["answer_baseline"]), points=points(weighted["change"], unit),
                          lower=points(weighted["lower"], unit), upper=points(weighted["upper"], unit), n=count(weighted["n_effective"])))  # fmt: skip
    else:
        words.append(text("leg_says.answers", value=percent(leg["answer"]), n=count(leg["n"]), value_baseline=percent(leg["answer_baseline"]), n_baseline=count(leg["n_baseline"])))  # fmt: skip
    words.append(text("leg_says.bounds", lower=kpi_value(leg["bounds"][0], unit), upper=kpi_value(leg["bounds"][1], unit)))  # fmt: skip
    if leg["kind_moved"]:
        some = sorted(leg["proxies"], key=lambda row: row["p_value"])[:MOST_PROXIES]
        named = text("words.between").join(
            text("leg_says.proxy", name=row["proxy"], times=number(row["times"]), lower=number(row["lower"]), upper=number(row["upper"])) for row in some if row["p_value"] * len(leg["proxies"]) < 0.05
        )  # fmt: skip
        words.append(text("leg_says.kind_moved", proxies=named))
    return " ".join(full_stop(one) for one in words)


def sign_words(sign: dict) -> str:
    """A sign that the survey changed, with its scope and day where it has them."""
    values = {k: v for k, v in sign.items() if k != "key"}
    if sign["key"] == "participation":
        values.update(value=percent(sign["value"]), value_baseline=percent(sign["value_baseline"]))
    elif "move" in values:
        values["move"] = percent(values["move"])
    inside = values.get("scope") if sign["key"] != "push" else None
    if not values.get("scope"):
        values["scope"] = text("defect_part.everything")
    if "levels" in values:
        values["levels"] = ", ".join(map(str, values["levels"]))
    said = text(f"sign.{sign['key']}", **values)
    said += text("leg_says.in_scope", scope=inside) if inside else ""
    return said + (text("leg_says.on_day", day=sign["day"]) if sign.get("day") else "")


def move(change: Difference, unit: str) -> str:
    """Points with their interval."""
    return f"{points(change.value, unit)} {interval(change.lower, change.upper, unit, of='points')}"


def show_mix_target(target: MixTarget | None) -> View | None:
    """The target, or the baseline, as today's mix of contacts moves it."""
    return None if target is None else sentences([full_stop(target.sentence())])
