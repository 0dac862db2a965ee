# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 警报响了，谁来管，管好了没有？
#
# **案例 N19 · 五大服务体系与异常监控**（远桥通信，虚构）
#
# - **要回答的问题**：公司有问题解决、主动服务、异常监控、体验改进、口碑保障五大体系，各有各的报表，却说不清一件事：问题从出现到发现隔了几天？发现以后按时办结了吗？做了的措施，兑现了多少？
# - **学完能做到**：同时盯几个指标、上百个单元而不被误报淹没；用已知的问题量出“晚几天发现”；用一个什么都没变的中心量出误报；给触发规则算覆盖率和精确率；把措施的预测和验证放在一起看。
# - **用时**：80 分钟（监控 30、误报 15、问题与触发 15、措施 20）。
# - **先修**：N06（溯源流程）；例行 R01 更好。
# - **数据**：一家虚构运营商十二周的接触、评价、工单、变更和措施台账；另有一家同样规模、什么都没变的中心。
#
# 分工建议：一人值班看警报，一人专挑误报，一人管工单，一人管措施台账。

# %% [markdown] tags=["en"] name="title"
# # The alarm rang: who acts, and did it help?
#
# **Case N19 · Five service systems and anomaly monitoring** (Yuanqiao Telecom, an invented carrier)
#
# - **Question**: the company has five systems, problem solving, proactive service, anomaly monitoring, experience improvement and word of mouth, each with its own report. Yet nobody can say how many days pass before a problem is seen, whether it is closed in time, and how much of what was promised came true.
# - **Afterwards you can**: watch several KPIs and more than a hundred cells without drowning in false alerts; measure the delay on a known problem; measure false alerts on a centre where nothing changed; give trigger rules their coverage and precision; put promises beside verifications.
# - **Time**: 80 minutes (watch 30, false alerts 15, problems and triggers 15, actions 20).
# - **Before this**: N06 (the trace); the routine R01 helps.
# - **Data**: twelve weeks of contacts, ratings, tickets, changes and actions of an invented carrier; and a centre of the same size in which nothing changed.
#
# Roles: one watches the alerts, one hunts false ones, one keeps the tickets, one the register of actions.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 请各组先估计：同时看一百多个单元、每天看一次，如果什么都没变，一个月会响几次？把数字写在白板上，任务 3 之后回来看。`vary = True` 时出事的单元、日期和强度不同。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# Have every team guess: more than a hundred cells, looked at once a day, nothing changed: how many alarms in a month? Write the guesses on the board and come back after task 3. With `vary = True` cell, onset and strength differ.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S03"  # 案例 / the invented centre
seed: int = 107  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
as_of: str = "2025-05-25"  # 数据截止日 / last day of the data
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N19"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop
from ccsat.figures.service import plot_alert_days, plot_promises
from ccsat.numerics.charts import Watch
from ccsat.service.anomalies import watch_service
from ccsat.service.improvement import action_pipeline
from ccsat.service.problem_solving import problem_register
from ccsat.service.triggers import Trigger, judge_triggers
from ccsat.service.watch_grade import grade_watch

case = workshop.begin(
    "N19",
    world=world,
    seed=seed,
    lang=lang,
    scale=scale,
    vary=vary,
    data_dir=data_dir,
    team=team,
    role=role,
)
case

# %% [markdown] tags=["zh"] name="ask-watch"
# ## 异常监控：几个指标一起看
#
# `watch_service` 给每个指标的每个单元画控制图（扣除星期、容许日间波动、有慢漂移一路），再把当天所有单元的 p 值放在一起校正，第一次获准的那天才开警报，连续三天正常才关。

# %% [markdown] tags=["en"] name="ask-watch"
# ## The watch: several KPIs at once
#
# `watch_service` charts every cell of every KPI (weekdays taken off, scatter between days allowed for, an arm for slow drift), corrects the day's p-values of all cells together, opens an alert on the first day that allows it, and closes it after three normal days.

# %% name="watch"
centre = cs.read_centre(case.data_dir)
questions = [cs.Question("satisfaction_rate"), cs.Question("resolution_rate", caliber="of_all")]
watched = watch_service(centre, questions, as_of=as_of)
views.sentences([watched.sentence()])

# %% name="alerts"
watched.table[["kpi", "where", "state", "opened", "closed", "n", "change", "p_adjusted"]].head(12).round(4)

# %% name="figure-alerts"
plot_alert_days(watched)

# %% [markdown] tags=["zh", "task"] name="task-alert_cell"
# ### 任务 1 先看哪一个警报？
#
# 第一批警报往往是一串：同一个问题在业务线、客群、渠道上都有影子。从满意率（`satisfaction_rate`）的警报里挑出**跌得最深**（`change` 最低）的那个单元：`{"维度": "取值"}`。

# %% [markdown] tags=["en", "task"] name="task-alert_cell"
# ### Task 1: which alert first?
#
# First alerts come in a string: one problem casts shadows on lines, segments and channels. Among the alerts of `satisfaction_rate` pick the cell that **fell deepest** (lowest `change`): `{"dimension": "level"}`.

# %% [markdown] tags=["zh", "hint-1"] name="alert_cell-hint-1"
# 影子比本体浅：大单元里只有一部分客户碰上了问题。

# %% [markdown] tags=["en", "hint-1"] name="alert_cell-hint-1"
# Shadows are fainter than the thing: in a large cell only some customers met the problem.

# %% [markdown] tags=["zh", "hint-2"] name="alert_cell-hint-2"
# 先筛 `kpi == "satisfaction_rate"`，再按 `change` 从小到大排。

# %% [markdown] tags=["en", "hint-2"] name="alert_cell-hint-2"
# Keep `kpi == "satisfaction_rate"`, then sort by `change`, lowest first.

# %% [markdown] tags=["zh", "hint-3"] name="alert_cell-hint-3"
# `….sort_values("change")["where"].iloc[0]`。

# %% [markdown] tags=["en", "hint-3"] name="alert_cell-hint-3"
# `….sort_values("change")["where"].iloc[0]`.

# %% tags=["answer"] name="alert_cell" points=20
# BEGIN SOLUTION NO PROMPT
of_rating = watched.table[watched.table["kpi"] == "satisfaction_rate"]
# END SOLUTION
alert_cell = of_rating.sort_values("change")["where"].iloc[0]  # SOLUTION

# %% tags=["check"] name="check-alert_cell"
workshop.check("alert_cell", alert_cell)

# %% [markdown] tags=["zh"] name="ask-delay"
# ## 晚了几天？
#
# 事后查明了问题出在哪个单元、从哪天开始：`known`。用它给监控打分：`grade_watch` 数出从问题开始到**这个单元**报警的天数、误报个数和回声个数。**落后的小组从这里接上。**

# %% [markdown] tags=["en"] name="ask-delay"
# ## How many days late?
#
# Afterwards it was established which cell the problem was in, and from which day: `known`. `grade_watch` scores the watch by it: days from the onset to the alert of **that cell**, false alerts, and echoes. **A team that is behind joins here.**

# %% tags=["checkpoint"] name="known"
known = workshop.material("known")
known

# %% name="grade"
graded = grade_watch(watched, known)
views.sentences([graded.sentence()])

# %% [markdown] tags=["zh", "task"] name="task-delay"
# ### 任务 2 发现得有多快？
#
# `days`：从问题开始到该单元第一次报警的天数；`echoes`：问题的回声有几个警报；`false`：误报几个。`{"days": …, "echoes": …, "false": …}`

# %% [markdown] tags=["en", "task"] name="task-delay"
# ### Task 2: how fast was it found?
#
# `days`: from the onset to the first alert of that cell; `echoes`: alerts that are echoes of the problem; `false`: false alerts. `{"days": …, "echoes": …, "false": …}`

# %% [markdown] tags=["zh", "hint-1"] name="delay-hint-1"
# 三个数都在 `graded` 里。

# %% [markdown] tags=["en", "hint-1"] name="delay-hint-1"
# All three are in `graded`.

# %% [markdown] tags=["zh", "hint-2"] name="delay-hint-2"
# 天数在 `graded.table` 的 `delay_days`，不是日期本身。

# %% [markdown] tags=["en", "hint-2"] name="delay-hint-2"
# The days are `delay_days` of `graded.table`, not the date.

# %% [markdown] tags=["zh", "hint-3"] name="delay-hint-3"
# `graded.echoes`、`graded.false_alerts`。

# %% [markdown] tags=["en", "hint-3"] name="delay-hint-3"
# `graded.echoes`, `graded.false_alerts`.

# %% tags=["answer"] name="delay" points=15
delay = {"days": int(graded.table["delay_days"].iloc[0]), "echoes": graded.echoes, "false": graded.false_alerts}  # SOLUTION

# %% tags=["check"] name="check-delay"
workshop.check("delay", delay)

# %% [markdown] tags=["zh"] name="ask-null"
# ## 什么都没变，会响几次？
#
# `quiet` 是同样规模、什么都没变的中心。在它身上每响一次都是误报。

# %% [markdown] tags=["en"] name="ask-null"
# ## How often does it ring when nothing changed?
#
# `quiet` is a centre of the same size in which nothing changed: every alert there is false.

# %% [markdown] tags=["zh", "task"] name="task-false_alerts"
# ### 任务 3 误报有几个？
#
# 用同样的指标监控 `workshop.material("quiet")`：`default` 是默认设置下的误报个数，`loose` 是把每日的误报率放宽到 0.20（`watch=Watch(fdr=0.2)`）时的个数。`{"default": …, "loose": …}`

# %% [markdown] tags=["en", "task"] name="task-false_alerts"
# ### Task 3: how many false alerts?
#
# Watch `workshop.material("quiet")` with the same KPIs: `default` is the number of false alerts as it is, `loose` with a daily false discovery rate of 0.20 (`watch=Watch(fdr=0.2)`). `{"default": …, "loose": …}`

# %% [markdown] tags=["zh", "hint-1"] name="false_alerts-hint-1"
# 安静的中心里没有已知问题，所有警报都算误报。

# %% [markdown] tags=["en", "hint-1"] name="false_alerts-hint-1"
# The quiet centre has no known problem: every alert counts.

# %% [markdown] tags=["zh", "hint-2"] name="false_alerts-hint-2"
# `watch_service` 调用两次，第二次多传一个 `watch=Watch(fdr=0.2)`；问题还用上面的 `questions`。

# %% [markdown] tags=["en", "hint-2"] name="false_alerts-hint-2"
# Call `watch_service` twice, the second time with `watch=Watch(fdr=0.2)`; the questions are those of above.

# %% [markdown] tags=["zh", "hint-3"] name="false_alerts-hint-3"
# 警报的个数就是结果的 `table` 有几行。

# %% [markdown] tags=["en", "hint-3"] name="false_alerts-hint-3"
# The number of alerts is the number of rows of the result's `table`.

# %% tags=["answer"] name="false_alerts" points=20
# BEGIN SOLUTION NO PROMPT
quiet = workshop.material("quiet")
strict, wide = (watch_service(quiet, questions, watch=one) for one in (None, Watch(fdr=0.2)))
# END SOLUTION
false_alerts = {"default": len(strict.table), "loose": len(wide.table)}  # SOLUTION

# %% tags=["check"] name="check-false_alerts"
workshop.check("false_alerts", false_alerts)

# %% [markdown] tags=["zh"] name="read-null"
# 校正只管**当天**：每天放过百分之几的误报，一个月就要乘三十。放宽一点点，值班的人很快就不看警报了；收紧一点，大问题也只晚一两天。给监控定标准，看的是“每月误报几个”和“晚几天”，不是“灵敏度”三个字。

# %% [markdown] tags=["en"] name="read-null"
# The correction holds for **one day**: let a few per cent through each day and a month has thirty of them. A little looser, and whoever is on duty soon stops looking; a little tighter, and a large problem is seen a day or two later. Set a watch by false alerts a month and days of delay, not by the word "sensitive".

# %% [markdown] tags=["zh", "instructor"] name="trainer-null"
# 回到白板上的估计。再问：三班倒的现场，每月误报几个还能让人每次都去看？（多数人说两三个。）

# %% [markdown] tags=["en", "instructor"] name="trainer-null"
# Back to the guesses on the board. Then: on a floor with three shifts, how many false alerts a month will still be looked at every time? (Most say two or three.)

# %% [markdown] tags=["zh"] name="ask-systems"
# ## 问题解决与主动服务
#
# 问题登记册把每张工单放上 OLA 的钟：到期的有多少办结、多少按时、多少超期未结。触发规则在客户投诉之前找上门：看它们覆盖了多少不满意的人，找到的人里有多少真的不满意。

# %% [markdown] tags=["en"] name="ask-systems"
# ## Problem solving and proactive service
#
# The register puts every ticket on its agreement's clock: of those due, how many are closed, how many in time, how many overdue and open. Trigger rules turn to customers before they complain: how many of the dissatisfied do they reach, and how many of those reached are dissatisfied?

# %% name="systems"
problems = problem_register(centre, as_of=as_of)
rules = [
    Trigger("long_wait", {"queue_wait_s": (">=", 60)}),
    Trigger("transferred", {"transfers": (">=", 1)}),
    Trigger("unsolved", {"resolved": 0}),
]
triggers = judge_triggers(centre, cs.Question.of(centre.study), rules)
views.sentences([problems.sentence(), triggers.sentence()])

# %% name="systems-tables"
triggers.table[["rule", "a_day", "n", "hits", "precision", "coverage", "lift", "new"]].round(3)

# %% [markdown] tags=["zh"] name="ask-pipeline"
# ## 体验改进：许了多少，兑现多少？

# %% [markdown] tags=["en"] name="ask-pipeline"
# ## Experience improvement: promised, and kept?

# %% name="pipeline"
pipeline = action_pipeline(centre, as_of=as_of)
views.sentences([pipeline.sentence()])

# %% name="figure-promises"
plot_promises(pipeline)

# %% [markdown] tags=["zh", "task"] name="task-pipeline_kept"
# ### 任务 4 已验证的措施兑现了多少？
#
# `verified`：已验证的措施有几项；`ratio`：它们实现的分占预测的比例（小数）；`weak`：其中只凭意见（D 级）的几项。`{"verified": …, "ratio": …, "weak": …}`

# %% [markdown] tags=["en", "task"] name="task-pipeline_kept"
# ### Task 4: how much of the promises was kept?
#
# `verified`: how many actions are verified; `ratio`: the points they brought as a part of those promised (a fraction); `weak`: how many of them rest on an opinion (grade D). `{"verified": …, "ratio": …, "weak": …}`

# %% [markdown] tags=["zh", "hint-1"] name="pipeline_kept-hint-1"
# 没有验证的措施既不算兑现，也不算落空。

# %% [markdown] tags=["en", "hint-1"] name="pipeline_kept-hint-1"
# An action that is not verified is neither kept nor broken.

# %% [markdown] tags=["zh", "hint-2"] name="pipeline_kept-hint-2"
# 分母只用已验证措施的预测，不是全部措施的预测。

# %% [markdown] tags=["en", "hint-2"] name="pipeline_kept-hint-2"
# The denominator is what the verified ones promised, not what all did.

# %% [markdown] tags=["zh", "hint-3"] name="pipeline_kept-hint-3"
# `pipeline.ratio`、`pipeline.weak`，已验证的在 `pipeline.stages`。

# %% [markdown] tags=["en", "hint-3"] name="pipeline_kept-hint-3"
# `pipeline.ratio`, `pipeline.weak`; the verified are in `pipeline.stages`.

# %% tags=["answer"] name="pipeline_kept" points=20
# BEGIN SOLUTION NO PROMPT
seen = pipeline.stages.set_index("stage")["n"]["verified"]
# END SOLUTION
pipeline_kept = {"verified": int(seen), "ratio": pipeline.ratio, "weak": pipeline.weak}  # SOLUTION

# %% tags=["check"] name="check-pipeline_kept"
workshop.check("pipeline_kept", pipeline_kept)

# %% [markdown] tags=["zh", "task"] name="task-next_step"
# ### 任务 5 先做什么？
#
# 会上有五种说法（代码见下表），哪一种站得住？写代码。

# %% [markdown] tags=["en", "task"] name="task-next_step"
# ### Task 5: what comes first?
#
# Five things are said in the meeting (codes below). Which one holds? Write its code.

# %% name="choices-next_step"
workshop.choices("next_step")

# %% [markdown] tags=["zh", "hint-1"] name="next_step-hint-1"
# 逐条对照：误报看任务 3，兑现看任务 4，回声看任务 2。

# %% [markdown] tags=["en", "hint-1"] name="next_step-hint-1"
# One by one: false alerts see task 3, promises task 4, echoes task 2.

# %% [markdown] tags=["zh", "hint-2"] name="next_step-hint-2"
# 同一天开的一串警报，多半是同一件事。

# %% [markdown] tags=["en", "hint-2"] name="next_step-hint-2"
# A string of alerts that open together is mostly one matter.

# %% [markdown] tags=["zh", "hint-3"] name="next_step-hint-3"
# 先把一件事派给一个责任人，再上一只 OLA 的钟，再写明怎样验证。

# %% [markdown] tags=["en", "hint-3"] name="next_step-hint-3"
# Give one matter to one owner, put it on a clock, and write down how it will be verified.

# %% tags=["answer"] name="next_step" points=25
next_step = "s3"  # SOLUTION

# %% tags=["check"] name="check-next_step"
workshop.check("next_step", next_step)

# %% [markdown] tags=["zh"] name="hand-in-words"
# ## 交卷
#
# 答案和检查结果写进 `result.json`，讲师的班级看板读它。

# %% [markdown] tags=["en"] name="hand-in-words"
# ## Hand in
#
# The answers and what the checks said go into `result.json`, which the trainer's board reads.

# %% name="hand-in"
workshop.hand_in(
    {
        "alert_cell": alert_cell,
        "delay": delay,
        "false_alerts": false_alerts,
        "pipeline_kept": pipeline_kept,
        "next_step": next_step,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 警报要校正“看了多少个单元”；校正是按天的，标准要按月定。
# - 一个问题会在许多单元上有影子：先看跌得最深的，不要把一串警报当成一串问题。
# - 监控好不好，用已知的问题量晚几天，用没变的中心量误报。
# - 到期才谈办结率：没到期的工单不算。
# - 触发规则同时报覆盖率和精确率；只有一个都好看。
# - 没验证的措施不算兑现；只凭意见的验证要单独数。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - Alerts must allow for how many cells are looked at; the correction is per day, the standard per month.
# - One problem has shadows in many cells: take the deepest first, and do not mistake a string of alerts for a string of problems.
# - Judge a watch by the delay on known problems, and by false alerts where nothing changed.
# - A closure rate counts what is due; tickets with time left do not count.
# - Trigger rules report coverage and precision together; either alone looks fine.
# - What is not verified is not kept; verifications by opinion are counted apart.
