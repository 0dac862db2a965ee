# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 满意度溯源报告
#
# 先看五行结论，再看四步；细节可展开。每个数字都带样本量、95% 区间和口径，各账目逐项相加等于总差距。所说的“原因”都是有证据等级的判断，不是因果证明。

# %% [markdown] tags=["en"] name="title_en"
# # Satisfaction trace
#
# The answer in five lines, then four steps; details unfold. Every number carries its n, its 95% interval and its caliber, and every ledger adds up to the gap. Causes are graded judgements, no proof of causation.

# %% tags=["parameters"] name="parameters"
study: str = "data/s03_charging/study.toml"  # study file
settings: str = "{}"  # dotted keys that replace the study's, as JSON
as_of: str = ""  # day that relative periods count from; the last day in the data where empty
lang: str = "zh"  # zh or en
out_dir: str = "."  # where the findings go
go_on: bool = False  # trace on past a verdict that stops

# %% name="imports"
import json

import ccsat as cs
from ccsat import figures, scheduled, views

scheduled.check_parameters(globals(), "R03")

# %% name="read"
cs.set_language(lang)
centre = cs.read_centre(study, settings=json.loads(settings))
trace = scheduled.trace_centre(centre, as_of=as_of, go_on=go_on)
scheduled.write_findings(trace, out_dir, as_of=as_of)

# %% name="names"
views.code_names(centre)

# %% [markdown] tags=["zh"] name="summary"
# ## 结论

# %% [markdown] tags=["en"] name="summary_en"
# ## In short

# %% name="summary_show"
views.show_answer(trace)

# %% name="trend"
scheduled.show(cs.trend(centre, trace.asked))

# %% name="kpis_show"
views.fold("kpis", views.show_kpis(trace.kpis))

# %% [markdown] tags=["zh"] name="check"
# ## 第一步 数据问题：变化是真的吗？

# %% [markdown] tags=["en"] name="check_en"
# ## 1. Data problem: is it real?

# %% name="check_show"
views.show_check(trace.check)

# %% name="check_figure"
cs.plot(trace.check)

# %% name="check_legs"
views.fold("legs", views.show_legs(trace.check), figures.plot_factors(trace.check))

# %% name="check_defects"
views.fold("defects", views.show_defects(trace.check), n=len(trace.check.defects))

# %% name="check_mix"
views.fold("mix_target", views.show_mix_target(trace.mix_target))

# %% [markdown] tags=["zh"] name="where"
# ## 第二步 问题定位：差距在哪里？

# %% [markdown] tags=["en"] name="where_en"
# ## 2. Localisation: where is the gap?

# %% name="where_figure"
scheduled.show(trace.where)

# %% name="where_show"
views.show_cells(trace)

# %% name="where_more"
views.stack(
    views.fold("undecided", views.show_undecided(trace)),
    views.fold("declared", views.show_declared(trace)),
)

# %% name="where_split"
views.fold("split", figures.plot_explorer(trace), views.show_biggest_split(trace))

# %% name="where_standing"
views.fold("standing", views.show_standing(trace.why and trace.why.standing))

# %% [markdown] tags=["zh"] name="why"
# ## 第三步 深度溯源：为什么？

# %% [markdown] tags=["en"] name="why_en"
# ## 3. Deep trace: why?

# %% name="causes_show"
views.show_causes(trace)

# %% name="first_cause"
views.show_first_cause(trace)

# %% name="first_change"
figures.plot_first_change(trace)

# %% name="evidence"
views.show_evidence(trace)

# %% name="ruled_out"
views.fold("ruled_out", views.show_ruled_out(trace))

# %% name="voices"
views.fold("voices", views.show_voices(trace))

# %% name="reasons"
views.fold("reasons", figures.plot_reasons(trace), views.show_reasons_of(trace), figures.plot_controllable(trace))

# %% name="doses"
views.fold("doses", figures.plot_dose(trace), views.show_doses(trace))

# %% name="errors_and_tree"
views.stack(
    views.fold("errors", views.show_errors(trace.errors)),
    views.fold("tree", views.show_tree(trace)),
    views.fold("agents", views.show_agents(trace.why and trace.why.agents)),
)

# %% [markdown] tags=["zh"] name="plan"
# ## 第四步 解决方案：做什么，值多少点？

# %% [markdown] tags=["en"] name="plan_en"
# ## 4. Solution: what to do, and what is it worth?

# %% name="plan_figure"
scheduled.show(trace.plan)

# %% name="plan_show"
views.show_plan(trace)

# %% name="plan_more"
views.stack(
    views.fold("what_if", views.show_what_if(trace)),
    views.fold("verification", views.show_verification(trace)),
    views.fold("left_out", views.show_left_out(trace)),
    views.fold("suggested", views.show_suggested(trace)),
    views.fold("fair", views.show_fair(None if trace.stopped else trace.ledgers.get("fair_targets"))),
    views.fold("dispatch", views.show_dispatch(trace.dispatch)),
    views.fold("briefs", views.show_briefs(trace), n=len(trace.briefs)),
)

# %% [markdown] tags=["zh"] name="table"
# ## 溯源分析表

# %% [markdown] tags=["en"] name="table_en"
# ## Trace-analysis table

# %% name="table_show"
views.fold("table", views.show_trace_table(cs.trace_table(trace, as_of=scheduled.day_of(trace, as_of)), trace.asked.caliber.unit))

# %% [markdown] tags=["zh"] name="caveats"
# ## 阅读须知

# %% [markdown] tags=["en"] name="caveats_en"
# ## Read with care

# %% name="caveats_show"
views.show_caveats(trace)

# %% name="intake"
views.fold("intake", views.show_intake(centre), views.show_notes(centre))
