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
# 四步：数据问题 → 问题定位 → 深度溯源 → 解决方案。每个数字都带样本量、95% 区间和口径；各账目逐项相加，与总差距分毫不差。

# %% [markdown] tags=["en"] name="title_en"
# # Satisfaction trace
#
# Four steps: data problem, localisation, deep trace, solution. Every number carries its n, its 95% interval and its caliber; every ledger adds up exactly to the gap.

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
from ccsat import scheduled, views

# %% name="read"
cs.set_language(lang)
centre = cs.read_centre(study, settings=json.loads(settings))
trace = scheduled.trace_centre(centre, as_of=as_of, go_on=go_on)
scheduled.write_findings(trace, out_dir, as_of=as_of)

# %% [markdown] tags=["zh"] name="summary"
# ## 结论

# %% [markdown] tags=["en"] name="summary_en"
# ## In short

# %% name="summary_show"
views.sentences(scheduled.summary(trace))

# %% name="trend"
scheduled.show(cs.trend(centre, trace.asked))

# %% [markdown] tags=["zh"] name="check"
# ## 第一步 数据问题：变化是真的吗？

# %% [markdown] tags=["en"] name="check_en"
# ## 1. Data problem: is it real?

# %% name="check_show"
views.show_check(trace.check)

# %% name="check_figure"
cs.plot(trace.check)

# %% [markdown] tags=["zh"] name="kpis"
# 同一份数据下的各项指标：

# %% [markdown] tags=["en"] name="kpis_en"
# The indicators that these data allow:

# %% name="kpis_show"
views.show_kpis(trace.kpis)

# %% [markdown] tags=["zh"] name="where"
# ## 第二步 问题定位：差距在哪里？

# %% [markdown] tags=["en"] name="where_en"
# ## 2. Localisation: where is the gap?

# %% name="where_figure"
cs.plot(trace.where)

# %% name="where_show"
views.show_cells(trace)

# %% name="where_cells"
scheduled.show(trace.where, figure=cs.plot_cells)

# %% name="where_split"
scheduled.show_splits(trace)

# %% [markdown] tags=["zh"] name="why"
# ## 第三步 深度溯源：为什么？

# %% [markdown] tags=["en"] name="why_en"
# ## 3. Deep trace: why?

# %% name="causes_show"
scheduled.show_causes(trace)

# %% name="ruled_out_show"
scheduled.show_left_out(trace)

# %% name="reasons_figure"
scheduled.show(trace.ledgers.get("reason"))

# %% name="reasons_show"
scheduled.show(trace.ledgers.get("reason"), figure=views.show_reasons)

# %% name="owner_figure"
scheduled.show_owners(trace, "owner")

# %% name="controllable_figure"
scheduled.show_owners(trace, "controllable")

# %% name="fair_show"
scheduled.show_fair(trace)

# %% [markdown] tags=["zh"] name="plan"
# ## 第四步 解决方案：做什么，值多少点？

# %% [markdown] tags=["en"] name="plan_en"
# ## 4. Solution: what to do, and what is it worth?

# %% name="plan_figure"
scheduled.show(trace.plan)

# %% name="plan_show"
scheduled.show_plan(trace)

# %% [markdown] tags=["zh"] name="table"
# ## 溯源分析表

# %% [markdown] tags=["en"] name="table_en"
# ## Trace-analysis table

# %% name="table_show"
views.show_trace_table(cs.trace_table(trace, as_of=scheduled.day_of(trace, as_of)), trace.asked.caliber.unit)

# %% [markdown] tags=["zh"] name="caveats"
# ## 阅读须知

# %% [markdown] tags=["en"] name="caveats_en"
# ## Read with care

# %% name="caveats_show"
views.show_caveats(trace)

# %% [markdown] tags=["zh"] name="intake"
# ## 数据账

# %% [markdown] tags=["en"] name="intake_en"
# ## What was read

# %% name="intake_show"
views.show_intake(centre)

# %% name="notes_show"
views.show_notes(centre)
