# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 八项绩效，哪一项和满意率走得最近？二十三项考核，留几项就够？
#
# **案例 N22 · 八大绩效指标影响度与二十三项指标精简**（远桥通信，虚构）
#
# - **要回答的问题**：现场每天盯八项绩效，坐席每月背二十三项考核。哪几项和满意率一起动？谁能改变它们？二十三项里有多少是重复的，砍到几项还不丢东西？
# - **学完能做到**：用沙普利份额分“能解释的那部分”，并说清它有多不确定；分开坐席能改变的和排班才能改变的；用秩相关把指标归成族，找出够用的一小套，说出丢了什么。
# - **用时**：90 分钟（份额 30、可控 10、精简 35、结论 15）。
# - **先修**：N03（关系分析）；N23（服务水平与 Erlang）更好。
# - **数据**：一家虚构运营商十二周的话务、工时、接触、质检和评价。每个小组的种子不同，答案要从自己的数据里找。八项和二十三项的名单，原教材没有列出，这里用的是常见的一套，名单可以换成自己的。
#
# 分工建议：一人操作，一人替坐席说话（“这我改不了”），一人替现场经理说话，一人记录并汇报。

# %% [markdown] tags=["en"] name="title"
# # Eight KPIs: which goes with satisfaction most? Twenty-three indicators: how many are enough?
#
# **Case N22 · Influence of eight KPIs; pruning twenty-three** (Yuanqiao Telecom, an invented carrier)
#
# - **Question**: the floor watches eight KPIs a day, and each agent is scored by twenty-three. Which move together with satisfaction? Who can move them? How many of the twenty-three repeat each other, and to how few can they be cut without losing anything?
# - **Afterwards you can**: split what can be explained by Shapley shares, and say how unsure the split is; part what agents can move from what staffing must; put indicators into families by rank correlation, find a small set that will do, and say what it loses.
# - **Time**: 90 minutes (shares 30, control 10, pruning 35, conclusion 15).
# - **Before this**: N03 (relation); N23 (service level and Erlang) helps.
# - **Data**: twelve weeks of traffic, agents' time, contacts, quality reviews and ratings of an invented carrier. Each team has its own seed. The source names neither the eight nor the twenty-three: this is a common list, and any other can take its place.
#
# Roles: one drives, one speaks for the agents ("that is not mine to change"), one for the floor manager, one takes notes and presents.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 请各组写下本单位考核坐席的指标，数一数有几项；再各自圈出“我改变得了的”。多数组会圈到服务水平和占用率，留到任务 3。份额的名次每个小组不同，这正是要讲的：八十几天的数据分不出名次。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# Have each team write down the indicators its agents are scored by, count them, and circle what an agent can move. Most circle service level and occupancy: keep that for task 3. The order of shares differs from team to team, and that is the lesson: some
# eighty days do not tell the order.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S04"  # 案例 / the invented centre
seed: int = 107  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
as_of: str = "2025-05-25"  # 数据截止日 / last day of the data
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N22"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import figures, views, workforce, workshop
from ccsat.figures.workforce import plot

case = workshop.begin(
    "N22",
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
views.show_intake(centre)

# %% [markdown] tags=["zh"] name="ask-days"
# ## 八项绩效，一天一行
#
# `days` 一行是一天：满意率（`satisfaction`，`n` 是评价数）和八项绩效。先看一眼，再看两两走势：满意率和平均处理时长。

# %% [markdown] tags=["en"] name="ask-days"
# ## Eight KPIs, a row a day
#
# `days` has a row a day: the satisfaction rate (`satisfaction`; `n` is the number of ratings) and the eight. Look at the table, then at one pair: satisfaction and handling time.

# %% name="days"
days = workshop.material("days")
days.round(3).head()

# %% name="days-figure"
figures.plot_points(days.set_index("day")[["aht", "satisfaction"]], "aht", "satisfaction")

# %% [markdown] tags=["zh", "task"] name="task-shares"
# ### 任务 1 八项的份额
#
# 八项互相重叠：处理时长一长，等待就长，占用率也高。把八项一起放进模型，按所有先后次序轮流进入，取平均，得到每项的份额（沙普利/LMG），合计为 1。答成字典：指标 → 份额。

# %% [markdown] tags=["en", "task"] name="task-shares"
# ### Task 1: the eight shares
#
# The eight overlap: longer handling means longer waits and higher occupancy. Put all into one model, in every order of entry, and take the mean: each one's share (Shapley, LMG); they add up to 1. Answer with a dictionary, KPI → share.

# %% name="choices-shares"
workshop.choices("shares")

# %% [markdown] tags=["zh", "hint-1"] name="shares-hint-1"
# 单独的相关系数会把重叠的部分算好几遍，合计不等于 1。

# %% [markdown] tags=["en", "hint-1"] name="shares-hint-1"
# Single correlations count what overlaps several times, and do not add up to 1.

# %% [markdown] tags=["zh", "hint-2"] name="shares-hint-2"
# `workforce.rank_days(days)`，表里有 `driver` 和 `share`。

# %% [markdown] tags=["en", "hint-2"] name="shares-hint-2"
# `workforce.rank_days(days)`; its table has `driver` and `share`.

# %% [markdown] tags=["zh", "hint-3"] name="shares-hint-3"
# `dict(zip(found.table["driver"], found.table["share"]))`，不要用 `gain`。

# %% [markdown] tags=["en", "hint-3"] name="shares-hint-3"
# `dict(zip(found.table["driver"], found.table["share"]))`, not `gain`.

# %% tags=["answer"] name="shares" points=20
found = workforce.rank_days(days, draws=200)  # SOLUTION NO PROMPT
shares = dict(zip(found.table["driver"], found.table["share"]))  # SOLUTION

# %% tags=["check"] name="check-shares"
workshop.check("shares", shares)

# %% name="shares-figure"
influence = workforce.rank_days(days, draws=200)
cs.plot(influence)

# %% [markdown] tags=["zh", "task"] name="task-certain"
# ### 任务 2 有多大把握？
#
# 两个数：八项合起来解释了满意率日间波动的多少（`explained`，小数）？份额第一的那项，和第二的分得开吗（`first_told_apart`，True 或 False）？

# %% [markdown] tags=["en", "task"] name="task-certain"
# ### Task 2: how sure is that?
#
# Two things: how much of the days' ups and downs do the eight explain together (`explained`, a fraction)? And is the first KPI told apart from the second (`first_told_apart`, True or False)?

# %% [markdown] tags=["zh", "hint-1"] name="certain-hint-1"
# 份额合计总是 1，哪怕什么也没解释。

# %% [markdown] tags=["en", "hint-1"] name="certain-hint-1"
# Shares add up to 1 even when nothing is explained.

# %% [markdown] tags=["zh", "hint-2"] name="certain-hint-2"
# `influence.statistic` 里有 `explained` 和 `p_value`（第一对第二，已校正）。

# %% [markdown] tags=["en", "hint-2"] name="certain-hint-2"
# `influence.statistic` has `explained` and `p_value` (the first against the second, adjusted).

# %% [markdown] tags=["zh", "hint-3"] name="certain-hint-3"
# `p_value` 小于 0.05 才叫分得开。

# %% [markdown] tags=["en", "hint-3"] name="certain-hint-3"
# They are told apart where `p_value` is below 0.05.

# %% tags=["answer"] name="certain" points=15
certain = {"explained": influence.statistic["explained"], "first_told_apart": bool(influence.statistic["p_value"] < 0.05)}  # SOLUTION

# %% tags=["check"] name="check-certain"
workshop.check("certain", certain)

# %% name="shares-notes"
views.sentences([influence.sentence(), *influence.notes()])

# %% [markdown] tags=["zh", "task"] name="task-control"
# ### 任务 3 谁能改变它？
#
# 八项里，哪些坐席在通话里能改变（`agent`），哪些要靠排班和预测（`staffing`）？`{"service_level": "…", "abandon_rate": "…", …}`，八项都要写。

# %% [markdown] tags=["en", "task"] name="task-control"
# ### Task 3: who can move it?
#
# Which of the eight can an agent move within the contact (`agent`), and which only staffing and forecasting (`staffing`)? `{"service_level": "…", "abandon_rate": "…", …}`, all eight.

# %% name="choices-control"
workshop.choices("control")

# %% [markdown] tags=["zh", "hint-1"] name="control-hint-1"
# 问一句：坐席今天更用心，这个数今天就会变吗？

# %% [markdown] tags=["en", "hint-1"] name="control-hint-1"
# Ask: if an agent tries harder today, does this number move today?

# %% [markdown] tags=["zh", "hint-2"] name="control-hint-2"
# 客户排队的时候，坐席还没接到他：和排队有关的四项归排班。

# %% [markdown] tags=["en", "hint-2"] name="control-hint-2"
# While customers queue no agent has them yet: what has to do with the queue is staffing's.

# %% [markdown] tags=["zh", "hint-3"] name="control-hint-3"
# `influence.table` 里有一栏 `control`。

# %% [markdown] tags=["en", "hint-3"] name="control-hint-3"
# `influence.table` has a column `control`.

# %% tags=["answer"] name="control" points=10
control = dict(zip(influence.table["driver"], influence.table["control"]))  # SOLUTION

# %% tags=["check"] name="check-control"
workshop.check("control", control)

# %% [markdown] tags=["zh"] name="ask-agents"
# ## 二十三项考核，一人一行
#
# `agents` 一行是一名坐席的四周：二十三项指标和他的满意率。二十三项里有总量和它的各部分（处理时长 = 通话 + 保持 + 事后处理），也有换个说法的同一件事。精简分三步：先剔除能由别的指标算出来的；再用秩相关把名次相像的归成一族；最后一项一项地挑，直到保住全部解释量的 95%。

# %% [markdown] tags=["en"] name="ask-agents"
# ## Twenty-three indicators, a row an agent
#
# `agents` has a row an agent and four weeks: the twenty-three and the satisfaction rate. Some are totals and their parts (handling = talk + hold + after-call work), some say the same in other words. Pruning has three steps: set aside what others add up to;
# put those that rank agents alike into families; then choose one by one until 95 % of what all explain is kept.

# %% name="agents"
agents = workshop.material("agents")
agents.round(3).head()

# %% [markdown] tags=["zh", "task"] name="task-enough"
# ### 任务 4 留几项就够？
#
# 找一小套指标，至少保住全部二十三项对满意率解释量的 95%，越少越好。答成代码的列表。自己挑也可以：`workforce.part_kept(agents, [...])` 说您的一套保住了多少。

# %% [markdown] tags=["en", "task"] name="task-enough"
# ### Task 4: how few are enough?
#
# Find a small set that keeps at least 95 % of what all twenty-three explain of satisfaction, the smaller the better, as a list of codes. You may choose by hand: `workforce.part_kept(agents, [...])` says how much yours keeps.

# %% name="choices-enough"
workshop.choices("enough")

# %% [markdown] tags=["zh", "hint-1"] name="enough-hint-1"
# 两项名次几乎一样的，留一项就够；总量和各部分，不必都留。

# %% [markdown] tags=["en", "hint-1"] name="enough-hint-1"
# Of two that rank agents alike one is enough; a total and all its parts need not both stay.

# %% [markdown] tags=["zh", "hint-2"] name="enough-hint-2"
# `workforce.prune_assessment(agents, keep=0.95)` 会挑：先长后剪。

# %% [markdown] tags=["en", "hint-2"] name="enough-hint-2"
# `workforce.prune_assessment(agents, keep=0.95)` chooses: it grows the set and then trims it.

# %% [markdown] tags=["zh", "hint-3"] name="enough-hint-3"
# 它的 `.kept` 就是留下的；转成列表：`list(small.kept)`。

# %% [markdown] tags=["en", "hint-3"] name="enough-hint-3"
# Its `.kept` are those that stay; as a list: `list(small.kept)`.

# %% tags=["answer"] name="enough" points=25
small = workforce.prune_assessment(agents, keep=0.95)  # SOLUTION NO PROMPT
enough = list(small.kept)  # SOLUTION

# %% tags=["check"] name="check-enough"
workshop.check("enough", enough)

# %% name="pruned"
pruned = workforce.prune_assessment(agents, keep=0.95)
views.sentences([pruned.sentence(), *workforce.notes(pruned)])

# %% name="pruned-figure"
plot(pruned)

# %% [markdown] tags=["zh", "task"] name="task-twins"
# ### 任务 5 最像的一对
#
# 剔除“能算出来的”以后，哪两项给坐席排的名次最像？秩相关是多少？`{"pair": ["…", "…"], "rho": 0.…}`

# %% [markdown] tags=["en", "task"] name="task-twins"
# ### Task 5: the most alike pair
#
# Once what follows from others is set aside, which two rank agents most alike, and what is their rank correlation? `{"pair": ["…", "…"], "rho": 0.…}`

# %% [markdown] tags=["zh", "hint-1"] name="twins-hint-1"
# 在图上找颜色最深的一格（对角线不算）。

# %% [markdown] tags=["en", "hint-1"] name="twins-hint-1"
# Look for the darkest square of the figure off the diagonal.

# %% [markdown] tags=["zh", "hint-2"] name="twins-hint-2"
# 系数在 `pruned.answer.extra["correlations"]` 里，正负都算，看绝对值。

# %% [markdown] tags=["en", "hint-2"] name="twins-hint-2"
# The coefficients are in `pruned.answer.extra["correlations"]`; take absolute values, either sign counts.

# %% [markdown] tags=["zh", "hint-3"] name="twins-hint-3"
# 取绝对值，去掉对角线的 1，再 `.stack().idxmax()`，得到的就是那一对。

# %% [markdown] tags=["en", "hint-3"] name="twins-hint-3"
# Take absolute values, drop the ones of the diagonal, then `.stack().idxmax()` is the pair.

# %% tags=["answer"] name="twins" points=15
# BEGIN SOLUTION NO PROMPT
r = pruned.answer.extra["correlations"]
closest = [(abs(r.loc[a, b]), a, b) for k, a in enumerate(r.index) for b in r.index[k + 1 :]]
_, one, other = max(closest)
# END SOLUTION
twins = {"pair": [one, other], "rho": float(r.loc[one, other])}  # SOLUTION

# %% tags=["check"] name="check-twins"
workshop.check("twins", twins)

# %% [markdown] tags=["zh", "instructor"] name="trainer-twins"
# 讨论：入选的一套里常有看起来与满意无关的（比如登录率、培训占比）。它们入选，是因为和新员工有关，还是碰巧？请各组到别的组那里对一对：两组都入选的才可信。再问：质检的致命差错准确率几乎不解释满意率，为什么仍然要考？

# %% [markdown] tags=["en", "instructor"] name="trainer-twins"
# Discuss: the chosen set often holds something that seems to have nothing to do with satisfaction (login rate, share of training). Is it there because of newcomers, or by luck? Compare with another team: trust what both chose. And ask why critical-error
# accuracy is scored at all if it explains next to nothing of satisfaction.

# %% [markdown] tags=["zh", "task"] name="task-conclusion"
# ### 任务 6 结论
#
# 会上有四种说法。哪一种站得住？答代码。

# %% [markdown] tags=["en", "task"] name="task-conclusion"
# ### Task 6: the conclusion
#
# Four things are said in the meeting. Which one holds? Answer with its code.

# %% name="choices-conclusion"
workshop.choices("conclusion")

# %% [markdown] tags=["zh", "hint-1"] name="conclusion-hint-1"
# 份额说的是一起动，不是改了就动。

# %% [markdown] tags=["en", "hint-1"] name="conclusion-hint-1"
# A share says what moves together, not what a change would do.

# %% [markdown] tags=["zh", "hint-2"] name="conclusion-hint-2"
# 说给坐席打分的，看任务 3；说停止统计的，想想质检。

# %% [markdown] tags=["en", "hint-2"] name="conclusion-hint-2"
# For scoring agents see task 3; for counting no more think of quality reviews.

# %% [markdown] tags=["zh", "hint-3"] name="conclusion-hint-3"
# 找那句既说了“一起动”，又说了“分不开”的。

# %% [markdown] tags=["en", "hint-3"] name="conclusion-hint-3"
# Find the one that says both "move together" and "cannot be told".

# %% tags=["answer"] name="conclusion" points=15
conclusion = "q1"  # SOLUTION

# %% tags=["check"] name="check-conclusion"
workshop.check("conclusion", conclusion)

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
        "shares": shares,
        "certain": certain,
        "control": control,
        "enough": enough,
        "twins": twins,
        "conclusion": conclusion,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 份额合计为 1，说的是“能解释的那部分”怎么分；先报解释量，再报份额。
# - 名次要有区间：分不开的两项，就说分不开。
# - 日与日之间一起动，不等于通电话与通电话之间一起动，更不等于因果。
# - 考核之前先问谁能改变：排队的事归排班，通话里的事归坐席。
# - 总量和各部分、名次相像的指标，考一项就够；丢了什么要说出来。
# - 不解释满意率的指标，可能为成本、合规、预警而留。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - Shares add up to 1 and split what can be explained: report what is explained first, then the shares.
# - An order needs intervals: say so where two cannot be told apart.
# - Days that move together are not calls that move together, and neither is a cause.
# - Before scoring ask who can move it: the queue is staffing's, the call is the agent's.
# - Of a total and its parts, or of indicators that rank alike, one is enough; say what is lost.
# - What explains no satisfaction may stay for cost, compliance or alarm.
