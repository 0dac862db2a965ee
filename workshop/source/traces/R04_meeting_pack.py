# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 例会材料
#
# 先看一页提要，再看各节。早会：现状、未解决问题、通知、今日计划、新人。晚会：最佳、疑难、监听、未解决问题。周例会：另有客户反馈、话术选题、解决方案和下周人手。数字都带样本量和区间；材料只说情况，不说原因。

# %% [markdown] tags=["en"] name="title_en"
# # Meeting pack
#
# A page in short, then the sections. Morning: where we stand, open items, notices, today's plan, newcomers. Evening: best practice, hardest contacts, monitoring, open items. Weekly: customers' feedback, script candidates, solutions and next week's staff besides. Numbers carry their n and interval; the pack says how things are, not why.

# %% tags=["parameters"] name="parameters"
study: str = "data/s03_charging/study.toml"  # study file
settings: str = "{}"  # dotted keys that replace the study's, as JSON
as_of: str = ""  # day that is reported; the last day in the data where empty
lang: str = "zh"  # zh or en
out_dir: str = "."  # where the findings go
go_on: bool = False  # taken by every scheduled notebook; a pack has no verdict that stops
edition: str = ""  # morning, evening or weekly; where empty the study's own, or weekly on Sundays and morning on other days
topic: str = ""  # dimension that says what a contact is about; told from the hierarchies where empty
channel: str = ""  # level of the channel whose staff is planned; all together where empty

# %% name="imports"
import json

import ccsat as cs
from ccsat import meeting, scheduled, views
from ccsat.routine.meeting import prepare_meeting, write_meeting

# %% name="read"
cs.set_language(lang)
scheduled.check_parameters(globals(), "R04")
centre = cs.read_centre(study, settings=json.loads(settings))
pack = prepare_meeting(centre, edition, as_of=as_of, out_dir=out_dir, topic=topic or None, channel=channel or None)
write_meeting(pack, centre, out_dir, as_of=as_of)

# %% name="names"
views.code_names(centre)

# %% [markdown] tags=["zh"] name="summary"
# ## 提要

# %% [markdown] tags=["en"] name="summary_en"
# ## In short

# %% name="summary_show"
meeting.show_meeting(pack.pack)

# %% [markdown] tags=["zh"] name="sections"
# ## 各节

# %% [markdown] tags=["en"] name="sections_en"
# ## The sections

# %% name="sections_show"
meeting.show_sections(pack.pack)

# %% name="cases"
meeting.show_cases(pack.pack)

# %% name="due"
meeting.show_due(pack.overdue, pack.upcoming)

# %% [markdown] tags=["zh"] name="caveats"
# ## 阅读须知

# %% [markdown] tags=["en"] name="caveats_en"
# ## Read with care

# %% name="caveats_show"
meeting.show_minded(pack.pack)

# %% name="intake"
views.fold("intake", views.show_intake(centre), views.show_notes(centre))
