# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 一解率日监控
#
# 先看五行结论，再看十二项指标、控制图和异常；细节可展开。每个数字都带样本量、区间和口径。当天的来电还没满观察期，用 Kaplan–Meier 给出暂定值。日监控只说哪里异常、该给谁回电，不说原因。

# %% [markdown] tags=["en"] name="title_en"
# # Daily first-contact resolution
#
# The answer in five lines, then the twelve indicators, the control chart and the alerts; details unfold. Every number carries its n, its interval and its caliber. Today's contacts are younger than the window, so their rate is provisional, by Kaplan-Meier. This report says where something is out of line and who should be called back, not why.

# %% tags=["parameters"] name="parameters"
study: str = "data/s03_charging/study.toml"  # study file
settings: str = "{}"  # dotted keys that replace the study's, as JSON
as_of: str = ""  # day that is reported; the last day in the data where empty
lang: str = "zh"  # zh or en
out_dir: str = "."  # where the findings go
go_on: bool = False  # taken by every scheduled notebook; a day has no verdict that stops
caliber: str = "24h"  # FCR caliber that is watched, e.g. 48h or 24h-customer-human

# %% name="imports"
import json

import ccsat as cs
from ccsat import figures, scheduled, views, views_watch
from ccsat.routine import fcr_daily
from ccsat.views_watch import fcr as fcr_views

# %% name="read"
cs.set_language(lang)
scheduled.check_parameters(globals(), "R02")
centre = cs.read_centre(study, settings=json.loads(settings))
found = fcr_daily.watch_fcr(centre, as_of=as_of, out_dir=out_dir, caliber=caliber)
fcr_daily.write_fcr(found, centre, out_dir, as_of=as_of)

# %% name="names"
views.code_names(centre)

# %% [markdown] tags=["zh"] name="summary"
# ## 结论

# %% [markdown] tags=["en"] name="summary_en"
# ## In short

# %% name="summary_show"
fcr_views.show_fcr_day(found)

# %% name="figures"
fcr_views.show_fcr_figures(found)

# %% [markdown] tags=["zh"] name="indicators"
# ## 十二项指标

# %% [markdown] tags=["en"] name="indicators_en"
# ## The twelve indicators

# %% name="indicators_show"
fcr_views.show_indicators(found)

# %% name="repeats_show"
views.fold("fcr_repeats", fcr_views.show_repeats(found))

# %% name="agreement_show"
views.fold("fcr_agreement", fcr_views.show_fcr_agreement(found))

# %% [markdown] tags=["zh"] name="alerts"
# ## 哪里异常？
#
# 每个单元与它自己的过去相比：去掉星期几的规律，连续三天恢复正常才关闭。只看已满观察期的来电。

# %% [markdown] tags=["en"] name="alerts_en"
# ## Where is it out of line?
#
# Each cell is compared with its own past, its weekdays allowed for; an alert closes after three normal days. Only contacts older than the window are watched.

# %% name="chart"
figures.plot_watch(found.watched)

# %% name="alerts_show"
views_watch.show_alerts(found)

# %% name="alerts_charts"
views_watch.show_charts(found)

# %% name="alerts_recent"
views.fold("recent_alerts", views_watch.show_recent(found))

# %% [markdown] tags=["zh"] name="caveats"
# ## 阅读须知

# %% [markdown] tags=["en"] name="caveats_en"
# ## Read with care

# %% name="caveats_show"
views_watch.show_minded(found)

# %% name="intake"
views.fold("intake", views.show_intake(centre), views.show_notes(centre))
