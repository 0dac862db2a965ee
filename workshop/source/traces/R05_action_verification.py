# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 措施效果验证
#
# 每项已实施的措施都要回头看：范围内的联络与对照相比，从生效那天起有没有变得不一样，与预期差多少。看不出来的，说明还要等几周。

# %% [markdown] tags=["en"] name="title_en"
# # Action verification
#
# Every action that was carried out is looked at again: did the contacts under it move differently from those it is compared with, from the day it began, and by how much less or more than was predicted? Where that cannot be told yet, how many weeks are missing.

# %% tags=["parameters"] name="parameters"
study: str = "data/s03_charging/study.toml"  # study file
settings: str = "{}"  # dotted keys that replace the study's, as JSON
as_of: str = ""  # last day looked at; the last day in the data where empty
lang: str = "zh"  # zh or en
out_dir: str = "."  # where the findings go; the register lies in the study's folder of runs beside it
go_on: bool = False  # taken by every scheduled notebook; a verification has no verdict that stops

# %% name="imports"
import json

import ccsat as cs
from ccsat import routine, scheduled, views, views_watch

# %% name="read"
cs.set_language(lang)
scheduled.check_parameters(globals(), "R05")
centre = cs.read_centre(study, settings=json.loads(settings))
followed = routine.follow_actions(centre, as_of=as_of, out_dir=out_dir)
routine.write_followed(followed, centre, out_dir, as_of=as_of)

# %% name="names"
views.code_names(centre)

# %% [markdown] tags=["zh"] name="summary"
# ## 结论

# %% [markdown] tags=["en"] name="summary_en"
# ## In short

# %% name="summary_show"
views_watch.show_followed(followed)

# %% [markdown] tags=["zh"] name="actions"
# ## 预期与核验
#
# 点数是对整个指标的，正数为改善；区间包含零时，不能说有效，也不等于没有效果。

# %% [markdown] tags=["en"] name="actions_en"
# ## Predicted and verified
#
# Points are of the whole KPI, plus being better; an interval that includes zero neither says that an action works nor that it has no effect.

# %% name="actions_show"
views_watch.show_actions(followed)

# %% name="actions_each"
views_watch.show_verified(followed)

# %% name="settled"
views.fold("settled_actions", views_watch.show_settled(followed))

# %% name="planned"
views_watch.show_overdue(followed)

# %% [markdown] tags=["zh"] name="caveats"
# ## 阅读须知

# %% [markdown] tags=["en"] name="caveats_en"
# ## Read with care

# %% name="caveats_show"
views_watch.show_minded(followed)

# %% name="intake"
views.fold("intake", views.show_intake(centre), views.show_notes(centre))
