# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 差评率日报
#
# 先看五行结论，再看控制图、异常和责任拆分；细节可展开。每个数字都带样本量、区间和口径。日报只说哪里异常、谁能改变，不说原因。

# %% [markdown] tags=["en"] name="title_en"
# # Daily bad-review report
#
# The answer in five lines, then the control chart, the alerts and who can change what; details unfold. Every number carries its n, its interval and its caliber. This report says where something is out of line and in whose hands it is, not why.

# %% tags=["parameters"] name="parameters"
study: str = "data/s03_charging/study.toml"  # study file
settings: str = "{}"  # dotted keys that replace the study's, as JSON
as_of: str = ""  # day that is reported; the last day in the data where empty
lang: str = "zh"  # zh or en
out_dir: str = "."  # where the findings go
go_on: bool = False  # taken by every scheduled notebook; a day has no verdict that stops
split_days: int = 7  # days that the split by owner and reason covers

# %% name="imports"
import json

import ccsat as cs
from ccsat import figures, routine, scheduled, views, views_watch

# %% name="read"
cs.set_language(lang)
scheduled.check_parameters(globals(), "R01")
centre = cs.read_centre(study, settings=json.loads(settings))
daily = routine.watch_day(centre, as_of=as_of, out_dir=out_dir, span=split_days)
routine.write_day(daily, centre, out_dir, as_of=as_of)

# %% name="names"
views.code_names(centre)

# %% [markdown] tags=["zh"] name="summary"
# ## 结论

# %% [markdown] tags=["en"] name="summary_en"
# ## In short

# %% name="summary_show"
views_watch.show_day(daily)

# %% name="chart"
figures.plot_watch(daily.whole)

# %% [markdown] tags=["zh"] name="alerts"
# ## 哪里异常？
#
# 监控的是研究自己的指标，它比为数不多的差评更灵敏。每个单元与它自己的过去相比：去掉星期几的规律，连续三天恢复正常才关闭。

# %% [markdown] tags=["en"] name="alerts_en"
# ## Where is it out of line?
#
# What is watched is the study's own KPI, which tells more than the few bad reviews. Each cell is compared with its own past, its weekdays allowed for; an alert closes after three normal days.

# %% name="alerts_show"
views_watch.show_alerts(daily)

# %% name="alerts_charts"
views_watch.show_charts(daily)

# %% name="alerts_recent"
views.fold("recent_alerts", views_watch.show_recent(daily))

# %% [markdown] tags=["zh"] name="whose"
# ## 谁能改变？
#
# 一条差评说了几个原因，就平分给这几个原因；没说原因的单列一行。合计等于差评率。

# %% [markdown] tags=["en"] name="whose_en"
# ## Who can change it?
#
# A bad review counts in equal parts for the reasons it names; those that name none have a row of their own. The rows add up to the bad-review rate.

# %% name="whose_figure"
scheduled.show(daily.owners)

# %% name="whose_show"
views.fold("split_owner", views_watch.show_sides(daily), days=daily.span, n=daily.split_n)

# %% [markdown] tags=["zh"] name="caveats"
# ## 阅读须知

# %% [markdown] tags=["en"] name="caveats_en"
# ## Read with care

# %% name="caveats_show"
views_watch.show_minded(daily)

# %% name="intake"
views.fold("intake", views.show_intake(centre), views.show_notes(centre))
