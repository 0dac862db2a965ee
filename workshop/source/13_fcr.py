# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 一解率：两小时、一天、两天
# **课程 N13 · 一解率 2/24/48 小时**（远桥通信，虚构）
#
# - **要回答的问题**：四月底以后，同一件事打第二遍电话的客户多了。多了多少？今天就想知道，可今天的来电还没到48小时，怎么算才不骗自己？丢在哪些业务、谁的手里？
# - **学完能做到**：说清一个一解率是按什么口径数的；在来电还没满观察期时用 Kaplan–Meier 估计，认出“混合陷阱”；用丢失帕累托区分“丢得多”和“挽得回”；用两个维度找到出问题的那批来电。
# - **用时**：90 分钟（口径 20、最近三天 25、帕累托 20、定位与结论 25）。
# - **先修**：N02（对比分析）；N06（溯源四步法）更好。
# - **数据**：一家虚构运营商十二周的人工来电。每个小组的种子不同，数字也不同，答案要从自己的数据里找。
#
# 分工建议：一人操作，一人盯口径，一人扮演要“今晚就看到数”的主管，一人记录并汇报。

# %% [markdown] tags=["en"] name="title"
# # First-contact resolution: two hours, a day, two days
# **Lesson N13 · First-contact resolution in three windows** (Yuanqiao Telecom, an invented carrier)
#
# - **Question**: since the end of April more customers call twice about the same thing. How many more? We want to know today, but today's contacts are not 48 hours old: how to count without fooling ourselves? On which topics, and in whose hands, are they lost?
# - **Afterwards you can**: say by which caliber a resolution rate was counted; use Kaplan-Meier while contacts are too young, and know the mixed trap when you see it; tell "much is lost" from "much can be won" in a Pareto of losses; find the contacts that went wrong by two dimensions.
# - **Time**: 90 minutes (calibers 20, the last three days 25, Pareto 20, location and conclusion 25).
# - **Before this**: N02 (comparison); N06 (the four-stage flow) helps.
# - **Data**: twelve weeks of contacts of an invented carrier. Each team has its own seed and so its own numbers: the answers are in your data, not at the next table.
#
# Roles: one drives, one watches the caliber, one plays the manager who wants the number tonight, one takes notes and presents.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
# 先不开电脑，问一句：“昨天的48小时一解率是多少？”让各组用一分钟写下怎么算。多数组会写出朴素法（还没再来就算解决）或混合陷阱（满48小时的，加上已经失败的）。把两种写法留在白板上，任务2再回来看。`vary = True` 时合并的可能只是电话渠道。时间不够时，任务3由讲师演示。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
# Before any screen is open ask: "What was yesterday's 48-hour resolution?" Give each team a minute to write down how it would count. Most will write the naive way (not back yet is resolved) or the mixed trap (contacts of 48 hours, plus those that failed already). Leave both on the board until task 2. With `vary = True` only the phone may be concerned. Short of time, show task 3 yourself.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S04"  # 案例 / the invented centre
seed: int = 7  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
kpi: str = "fcr"  # 指标 / indicator
caliber: str = "48h"  # 口径 / way of counting
as_of: str = "2025-05-25"  # 数据截止日 / last day of the data
current: str = "2025-04-28/2025-05-25"  # 当期 / current period
baseline: str = "2025-03-03/2025-04-27"  # 基期 / baseline period
min_n: int = 30  # 最小样本量 / smallest cell
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N13"  # 结果目录 / where the result goes

# %% name="begin"
import pandas as pd

import ccsat as cs
from ccsat import workshop
from ccsat.figures.fcr import plot_estimates, plot_fcr, plot_losses
from ccsat.touchpoints.fcr import first_contact_resolution
from ccsat.touchpoints.fcr_ledgers import lost_resolutions, survey_agreement

case = workshop.begin(
    "N13",
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

# %% name="read"
centre = cs.read_centre(case.data_dir)
question = cs.Question(kpi, caliber=caliber, current=current, baseline=baseline, min_n=min_n)
first, last = current.split("/")
resolved = first_contact_resolution(centre, first=first, last=last)
resolved

# %% name="windows"
plot_fcr(resolved)

# %% [markdown] tags=["zh"] name="read-windows"
# 三个时间窗，三个数。默认口径是：同一一级业务、任何渠道再来都算、只判首次来电、只算满观察期的来电。没被判的也要数清楚：下面是各种排除的次数。`by_rule` 是按规定一次办不完的（等工单），`later_of_issue` 是同一件事的后续来电。

# %% [markdown] tags=["en"] name="read-windows"
# Three windows, three numbers. By default a repeat is a contact on the same first-level business by any channel, first contacts only are judged, and only those older than the window. What was not judged is counted too: see below. `by_rule` cannot end in one contact (it waits on a ticket), `later_of_issue` are further contacts of an issue.

# %% name="left-out"
pd.Series(resolved.left_out, name="n").to_frame()

# %% [markdown] tags=["zh", "task"] name="task-calibers"
# ### 任务 1 四种口径
# 用 `first_contact_resolution(centre, windows="48h", first=first, last=last)` 算当期的四个值：`48h`；`24h`；`48h-customer`（`match="customer"`，客户为任何事再来都算）；`48h-gross`（`base="gross"`，分母加上一次办不完的）。`{"48h": 0.…, "24h": 0.…, "48h-customer": 0.…, "48h-gross": 0.…}`

# %% [markdown] tags=["en", "task"] name="task-calibers"
# ### Task 1: four calibers
# Use `first_contact_resolution(centre, windows="48h", first=first, last=last)` for four values of the current period: `48h`; `24h`; `48h-customer` (`match="customer"`: coming back about anything counts); `48h-gross` (`base="gross"`: contacts that one contact cannot settle are in). `{"48h": 0.…, "24h": 0.…, "48h-customer": 0.…, "48h-gross": 0.…}`

# %% [markdown] tags=["zh", "hint-1"] name="calibers-hint-1"
# 每个口径改的是同一句话里的一个词：多久、什么算同一件事、谁进分母。

# %% [markdown] tags=["en", "hint-1"] name="calibers-hint-1"
# Each caliber changes one word of the same sentence: how long, what is one issue, who is in the denominator.

# %% [markdown] tags=["zh", "hint-2"] name="calibers-hint-2"
# 值在 `.table["value"]`，一个时间窗一行；`windows=("48h", "24h")` 可以一次算两个。

# %% [markdown] tags=["en", "hint-2"] name="calibers-hint-2"
# The value is in `.table["value"]`, a row a window; `windows=("48h", "24h")` gives two at once.

# %% [markdown] tags=["zh", "hint-3"] name="calibers-hint-3"
# 后两个各调用一次：`match="customer"`，`base="gross"`，其余不动。

# %% [markdown] tags=["en", "hint-3"] name="calibers-hint-3"
# One call each for the last two: `match="customer"`, and `base="gross"`, the rest as it was.

# %% tags=["answer"] name="calibers" points=20
# BEGIN SOLUTION NO PROMPT
two = first_contact_resolution(centre, windows=("48h", "24h"), first=first, last=last).table["value"]
loose = first_contact_resolution(centre, windows="48h", match="customer", first=first, last=last).table["value"]
gross = first_contact_resolution(centre, windows="48h", base="gross", first=first, last=last).table["value"]
# END SOLUTION
calibers = {"48h": two[0], "24h": two[1], "48h-customer": loose[0], "48h-gross": gross[0]}  # SOLUTION

# %% tags=["check"] name="check-calibers"
workshop.check("calibers", calibers)

# %% [markdown] tags=["zh"] name="read-calibers"
# 四个数相差好几个点，没有一个是错的。`customer` 把新问题也算进来，偏低；`l1` 认不出换了说法的老问题，偏高；真值在两者之间，所以两个一起报。`net` 考核坐席，`gross` 考核公司。

# %% [markdown] tags=["en"] name="read-calibers"
# They are points apart and none is wrong. `customer` counts new issues too and is low; `l1` misses old issues under a new name and is high; the truth lies between, so report both. `net` judges the agents, `gross` the company.

# %% [markdown] tags=["zh"] name="ask-days"
# ## 今晚就要的数
# 现在假设今天是5月21日晚上。要看的是最近三天（19–21日）的48小时一解率，可是20、21日的来电都还没满48小时。`as_of` 之后的数据一律不用。

# %% [markdown] tags=["en"] name="ask-days"
# ## The number wanted tonight
# Suppose it is the evening of 21 May. Wanted is 48-hour resolution of the last three days (19 to 21), but contacts of the 20th and 21st are not 48 hours old. Nothing after `as_of` is used.

# %% name="tonight"
days = {"windows": "48h", "first": "2025-05-19", "last": "2025-05-21", "as_of": "2025-05-21"}
tonight = first_contact_resolution(centre, estimate="mature", **days)
tonight.table

# %% [markdown] tags=["zh", "task"] name="task-last-days"
# `mature` 是满48小时的，`repeated` 是其中又来了的；`immature` 是没满的，`early` 是其中已经又来了的。
#
# ### 任务 2 三种算法，今晚挂哪一个？
# `km` 和 `naive` 用 `estimate=` 直接算。`mixed` 是混合陷阱：“满48小时的，加上没满但已经失败的”；程序按名字拒绝它，请用上表的四个数自己算：分子是 `mature - repeated`，分母是 `mature + early`。再从下表选今晚看板上该挂哪一个。`{"mixed": 0.…, "km": 0.…, "naive": 0.…, "show": "…"}`

# %% [markdown] tags=["en", "task"] name="task-last-days"
# `mature` are 48 hours old, `repeated` of them came back; `immature` are younger, `early` of these are back already.
#
# ### Task 2: three ways, and which is shown tonight?
# `km` and `naive` come from `estimate=`. `mixed` is the trap: "contacts of 48 hours, plus younger ones that failed already"; the package refuses it by name, so work it out from the four counts above: `mature - repeated` over `mature + early`. Then choose from the table below what tonight's board shows. `{"mixed": 0.…, "km": 0.…, "naive": 0.…, "show": "…"}`

# %% name="choices-last-days"
workshop.choices("last_days")

# %% [markdown] tags=["zh", "hint-1"] name="days-hint-1"
# 没满48小时、还没再来的客户，今晚算什么？三种算法的差别就在这里。

# %% [markdown] tags=["en", "hint-1"] name="days-hint-1"
# A contact of yesterday whose customer is not back: what is it tonight? That is where the three differ.

# %% [markdown] tags=["zh", "hint-2"] name="days-hint-2"
# `first_contact_resolution(centre, estimate="km", **days).table["value"][0]`；混合用 `tonight.table.iloc[0]` 的四列。

# %% [markdown] tags=["en", "hint-2"] name="days-hint-2"
# `first_contact_resolution(centre, estimate="km", **days).table["value"][0]`; for mixed the four columns of `tonight.table.iloc[0]`.

# %% [markdown] tags=["zh", "hint-3"] name="days-hint-3"
# 要看到今天，又不能偏，就让没满观察期的来电“看了多久算多久”。

# %% [markdown] tags=["en", "hint-3"] name="days-hint-3"
# To see today without bias, let a young contact count for as long as it was watched.

# %% tags=["answer"] name="last_days" points=25
# BEGIN SOLUTION NO PROMPT
row = tonight.table.iloc[0]
mixed = (row["mature"] - row["repeated"]) / (row["mature"] + row["early"])
km, naive = (first_contact_resolution(centre, estimate=one, **days).table["value"][0] for one in ("km", "naive"))
# END SOLUTION
last_days = {"mixed": mixed, "km": km, "naive": naive, "show": "km"}  # SOLUTION

# %% tags=["check"] name="check-last-days"
workshop.check("last_days", last_days)

# %% [markdown] tags=["zh"] name="ask-truth"
# 几天以后，这三天的来电都满了48小时，真值就有了。把每三天一段、当晚的估计和后来的真值画在一起：

# %% [markdown] tags=["en"] name="ask-truth"
# Some days later all of these contacts are old enough, and the truth is known. Estimates of the evening against what became of them, for several spans of three days:

# %% name="evenings"
spans = [(f"2025-05-{day - 2:02d}", f"2025-05-{day:02d}") for day in (6, 11, 16, 21)]
evenings = [
    first_contact_resolution(centre, windows="48h", estimate=one, first=begin, last=end, as_of=end if one != "mature" else None).table.assign(period=end)
    for begin, end in spans
    for one in ("naive", "km", "mature")
]
shown = pd.concat(evenings, ignore_index=True).replace({"estimate": {"mature": "final"}})
plot_estimates(shown, "48h")

# %% [markdown] tags=["zh"] name="read-truth"
# 朴素法每一次都在真值之上，Kaplan–Meier 围着真值走。前提要说出来：这几天里，客户再来的快慢不随日期变化。

# %% [markdown] tags=["en"] name="read-truth"
# The naive estimate is above the truth every time, Kaplan-Meier moves around it. Its assumption must be said: within the span, the speed of coming back does not depend on the date.

# %% [markdown] tags=["zh", "instructor"] name="trainer-truth"
# 在这里停五分钟，回到白板：上课前各组写的算法是哪一种？请写了混合陷阱的一组解释，它为什么一定偏低。

# %% [markdown] tags=["en", "instructor"] name="trainer-truth"
# Stop here for five minutes and go back to the board: which way had each team written? Let one that wrote the mixed trap explain why it must be too low.

# %% [markdown] tags=["zh"] name="ask-losses"
# ## 丢在哪些业务？
# 每个业务丢掉的次数加起来就是全部，所以可以排帕累托。`best` 是同一业务里班组的上四分位，`avoidable` 是都做到这个水平能少丢的次数。

# %% [markdown] tags=["en"] name="ask-losses"
# ## On which topics?
# What each topic loses adds up to the whole, so it can be a Pareto. `best` is the upper quartile of the teams within a topic; `avoidable` is what would not be lost at that level.

# %% name="lost"
lost = lost_resolutions(centre, first=first, last=last)
plot_losses(lost)

# %% name="lost-table"
lost.table

# %% [markdown] tags=["zh", "task"] name="task-losses"
# ### 任务 3 丢得多的，和挽得回的
# `most` 是丢得最多的业务，`share` 是它占全部丢失的比例（小数），`avoidable` 是可避免次数最多的业务。`{"most": "…", "avoidable": "…", "share": 0.…}`

# %% [markdown] tags=["en", "task"] name="task-losses"
# ### Task 3: where most is lost, and where most can be won
# `most` is the topic that loses most, `share` its part of all that is lost (a fraction), `avoidable` the topic with most to avoid. `{"most": "…", "avoidable": "…", "share": 0.…}`

# %% name="choices-losses"
workshop.choices("losses")

# %% [markdown] tags=["zh", "hint-1"] name="losses-hint-1"
# 量大的业务，一解率再高也会丢得多。

# %% [markdown] tags=["en", "hint-1"] name="losses-hint-1"
# A topic of many contacts loses many, however good its rate.

# %% [markdown] tags=["zh", "hint-2"] name="losses-hint-2"
# `lost.table` 已按 `lost` 排好；`share` 就在表里。

# %% [markdown] tags=["en", "hint-2"] name="losses-hint-2"
# `lost.table` is sorted by `lost`; `share` is one of its columns.

# %% [markdown] tags=["zh", "hint-3"] name="losses-hint-3"
# `lost.table.sort_values("avoidable")["topic"].iloc[-1]`。

# %% [markdown] tags=["en", "hint-3"] name="losses-hint-3"
# `lost.table.sort_values("avoidable")["topic"].iloc[-1]`.

# %% tags=["answer"] name="losses" points=20
by_topic = lost.table.set_index("topic")  # SOLUTION NO PROMPT
losses = {"most": by_topic["lost"].idxmax(), "avoidable": by_topic["avoidable"].idxmax(), "share": by_topic["share"].iloc[0]}  # SOLUTION

# %% tags=["check"] name="check-losses"
workshop.check("losses", losses)

# %% [markdown] tags=["zh"] name="ask-agreement"
# 客户自己怎么说？把行为（有没有再来）和回答（解决了没有）放进一张四格表。κ 不高是常态：两者量的不是一件事。

# %% [markdown] tags=["en"] name="ask-agreement"
# And what do customers say? Behaviour (came back or not) and answer (solved or not) in a table of four. A modest kappa is normal: they measure different things.

# %% name="agreement"
survey_agreement(centre, first=first, last=last)

# %% [markdown] tags=["zh"] name="ask-cell"
# ## 在谁的手里？
# 复杂的业务都丢得多了。复杂业务的来电现在派给谁？把一解率按司龄和复杂度两个维度一起拆开，看基期和当期。

# %% [markdown] tags=["en"] name="ask-cell"
# ## In whose hands?
# Complex topics lose more now. Who takes complex contacts these days? Split the rate by tenure and complexity together, baseline against current.

# %% name="split"
split = cs.measure(centre, question, by=["tenure_band", "complexity"]).table
split.pivot_table(index=["tenure_band", "complexity"], columns="period", values=["value", "n"]).round(4)

# %% [markdown] tags=["zh", "task"] name="task-cell"
# ### 任务 4 哪一批来电变了？
# 司龄 90 天以内（`0-89`）的坐席，复杂来电（`complexity` 为 3）和简单来电（为 1）的48小时一解率，当期减基期各是多少？再从下表选：谁降了？`{"novice_complex": -0.…, "novice_simple": 0.…, "fell": "…"}`

# %% [markdown] tags=["en", "task"] name="task-cell"
# ### Task 4: which contacts changed?
# For agents of under 90 days (`0-89`): by how much did 48-hour resolution move (current less baseline) on complex contacts (`complexity` 3), and on simple ones (1)? And who fell, by the table below? `{"novice_complex": -0.…, "novice_simple": 0.…, "fell": "…"}`

# %% name="choices-cell"
workshop.choices("cell")

# %% [markdown] tags=["zh", "hint-1"] name="cell-hint-1"
# 只看 0-89 的三行，再和其他司龄比。

# %% [markdown] tags=["en", "hint-1"] name="cell-hint-1"
# Look at the three rows of 0-89, then at the other tenures.

# %% [markdown] tags=["zh", "hint-2"] name="cell-hint-2"
# 当期减基期，降是负数；小数，不是百分数。

# %% [markdown] tags=["en", "hint-2"] name="cell-hint-2"
# Current less baseline, a fall is negative; fractions, not percent.

# %% [markdown] tags=["zh", "hint-3"] name="cell-hint-3"
# `split.set_index(["tenure_band", "complexity", "period"])["value"]`，再取 `["0-89", "3", "current"]` 这样的值相减。

# %% [markdown] tags=["en", "hint-3"] name="cell-hint-3"
# `split.set_index(["tenure_band", "complexity", "period"])["value"]`, then subtract values such as `["0-89", "3", "current"]`.

# %% tags=["answer"] name="cell" points=20
# BEGIN SOLUTION NO PROMPT
rate = split.set_index(["tenure_band", "complexity", "period"])["value"]
change = {level: rate["0-89", level, "current"] - rate["0-89", level, "baseline"] for level in ("1", "3")}
# END SOLUTION
cell = {"novice_complex": change["3"], "novice_simple": change["1"], "fell": "novice_complex"}  # SOLUTION

# %% tags=["check"] name="check-cell"
workshop.check("cell", cell)

# %% [markdown] tags=["zh"] name="read-cell"
# 新人多数编在一个班组，所以按班组看，也是那个班组最低；按维度自动查找时，班组和司龄会互相争位。看同组老坐席动没动，就能分开。

# %% [markdown] tags=["en"] name="read-cell"
# Most newcomers are in one team, so by team that team is lowest too; a search by dimensions will have team and tenure compete. What tells them apart is whether the older agents of the team moved.

# %% [markdown] tags=["zh", "task"] name="task-conclusion"
# ### 任务 5 下结论，先做什么？
# 会上有五种说法（代码以 `m` 开头），措施库里有八项措施。哪种说法站得住？先做哪一项？`{"claim": "m…", "first": "…"}`

# %% [markdown] tags=["en", "task"] name="task-conclusion"
# ### Task 5: the conclusion, and what first
# Five things are said in the meeting (codes with `m`), and the library has eight actions. Which statement holds, and what comes first? `{"claim": "m…", "first": "…"}`

# %% name="choices-conclusion"
workshop.choices("conclusion")

# %% [markdown] tags=["zh", "hint-1"] name="conclusion-hint-1"
# 每一种说法都会让某一批来电变差。哪一种说法的那一批，正好是任务 4 的那一批？

# %% [markdown] tags=["en", "hint-1"] name="conclusion-hint-1"
# Each statement would make some contacts worse. For which are they those of task 4?

# %% [markdown] tags=["zh", "hint-2"] name="conclusion-hint-2"
# 时间对得上的变更不止一个：看变更的范围，`centre.changes`。

# %% [markdown] tags=["en", "hint-2"] name="conclusion-hint-2"
# More than one change fits the date: look at their scopes in `centre.changes`.

# %% [markdown] tags=["zh", "hint-3"] name="conclusion-hint-3"
# 措施要够得着原因：哪一项让新人明天起就不再接复杂业务？

# %% [markdown] tags=["en", "hint-3"] name="conclusion-hint-3"
# An action must reach the cause: which keeps complex work from newcomers as of tomorrow?

# %% tags=["answer"] name="conclusion" points=15
conclusion = {"claim": "m2", "first": "d1"}  # SOLUTION

# %% tags=["check"] name="check-conclusion"
workshop.check("conclusion", conclusion)

# %% [markdown] tags=["zh"] name="hand-in-words"
# ## 交卷
# 答案和检查结果写进 `result.json`，讲师的班级看板读它。

# %% [markdown] tags=["en"] name="hand-in-words"
# ## Hand in
# The answers and what the checks said go into `result.json`, which the trainer's board reads.

# %% name="hand-in"
workshop.hand_in(
    {
        "calibers": calibers,
        "last_days": last_days,
        "losses": losses,
        "cell": cell,
        "conclusion": conclusion,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
# - 一解率不带口径，就不是一个数：时间窗、什么算同一件事、哪些渠道、谁进分母。
# - 没满观察期的来电，既不是成功也不是失败；朴素法偏高，混合陷阱偏低，Kaplan–Meier 看了多久算多久。
# - 时间窗之间只能在同一批来电上比大小。
# - 丢得多的业务不一定挽得回；挽回看和好班组的差距。
# - 行为和回答是两把尺子，一起放，不要互相代替。
# - 一个维度看到的低，可能是另一个维度的影子：拆开再看。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
# - Without its caliber a resolution rate is no number: window, what is one issue, which channels, who is in the denominator.
# - A contact younger than the window is neither success nor failure; the naive way is too high, the mixed trap too low, Kaplan-Meier counts it for as long as it was watched.
# - Windows can be compared on one set of contacts only.
# - Where much is lost not much need be won; that depends on the distance to the better teams.
# - Behaviour and answers are two measures: show both, and let neither stand for the other.
# - What is low by one dimension may be the shadow of another: split it.
