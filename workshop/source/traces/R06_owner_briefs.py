# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 业务部门简报
#
# 每个能改变点什么的部门一页：问题在哪里、证据到哪一级、请它做什么、到什么时候、怎么核验、它那一份目标是多少、协议履行得怎样。与上一期相比，哪些是新的，哪些还在。

# %% [markdown] tags=["en"] name="title_en"
# # Department briefs
#
# A page for each department that can change something: where the problem sits, how good the evidence is, what is asked by when, how it is verified, what its part of the target is, and how its agreement was kept. What is new since the last pages, and what goes on.

# %% tags=["parameters"] name="parameters"
study: str = "data/s03_charging/study.toml"  # study file
settings: str = "{}"  # dotted keys that replace the study's, as JSON
as_of: str = ""  # last day looked at; the last day in the data where empty
lang: str = "zh"  # zh or en
out_dir: str = "."  # where the findings go
go_on: bool = False  # trace on where stage 1 says that the data are at fault

# %% name="imports"
import json

import ccsat as cs
from ccsat import scheduled, views
from ccsat.routine import owner_briefs

# %% name="read"
cs.set_language(lang)
scheduled.check_parameters(globals(), "R06")
centre = cs.read_centre(study, settings=json.loads(settings))
briefed = owner_briefs.brief_owners(centre, as_of=as_of, out_dir=out_dir, go_on=go_on)
owner_briefs.write_briefs(briefed, centre, out_dir, as_of=as_of)

# %% name="names"
views.code_names(centre)

# %% [markdown] tags=["zh"] name="summary"
# ## 结论

# %% [markdown] tags=["en"] name="summary_en"
# ## In short

# %% name="summary_show"
owner_briefs.show_in_short(briefed)

# %% name="topics_show"
owner_briefs.show_topics(briefed)

# %% [markdown] tags=["zh"] name="targets"
# ## 公平的压降目标
#
# 公司要的改善，按各部门自己可控的扣分来分，谁也不分到超过自己能做到的；分不下去的单列一行。各行合计等于公司的目标。

# %% [markdown] tags=["en"] name="targets_en"
# ## Fair targets
#
# What the company wants to win is shared out by the points in each department's own hands, none beyond what it can do; what is left is a row of its own. The rows add up to the company's aim.

# %% name="targets_show"
owner_briefs.show_targets(briefed)

# %% [markdown] tags=["zh"] name="agreements"
# ## 协议（OLA）履行
#
# 只看时限已到的工单；区间跨过标准的，说不清是没做到还是碰巧。

# %% [markdown] tags=["en"] name="agreements_en"
# ## Agreements (OLA)
#
# Only tickets whose hours are over are judged; where the interval holds the standard nobody can say whether it was missed or chance.

# %% name="agreements_show"
owner_briefs.show_agreements(briefed)

# %% [markdown] tags=["zh"] name="pages"
# ## 各部门一页

# %% [markdown] tags=["en"] name="pages_en"
# ## The pages

# %% name="pages_show"
owner_briefs.show_pages(briefed)

# %% [markdown] tags=["zh"] name="caveats"
# ## 阅读须知

# %% [markdown] tags=["en"] name="caveats_en"
# ## Read with care

# %% name="caveats_show"
views.show_caveats(briefed.trace)

# %% name="intake"
views.fold("intake", views.show_intake(centre), views.show_notes(centre))
