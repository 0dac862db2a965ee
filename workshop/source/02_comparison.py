# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 这两组真的不一样吗？
#
# **课程 N02 · 对比分析**（远桥通信，虚构）
#
# - **要回答的问题**：两个渠道、两个职场、两个班组、这两周和上两周，数字总是不同。哪些差别是真的，哪些只是运气？
# - **学完能做到**：在方法阶梯的九个“对比”格里找对位置；报差值、区间和结论；照顾到坐席这类聚类；从一堆周变化里认出真的那一个。
# - **用时**：75 分钟（阶梯 25、四个对比 35、周变化 15）。
# - **先修**：N01（三种数据类型与口径）。
# - **数据**：一家虚构运营商十二周的人工接触和评价。每个小组的种子不同，数字也不同。

# %% [markdown] tags=["en"] name="title"
# # Are these two groups really different?
#
# **Lesson N02 · Comparison** (Yuanqiao Telecom, an invented carrier)
#
# - **Question**: two channels, two sites, two teams, these weeks and those before: the numbers always differ. Which differences are real, and which are
#   luck?
# - **Afterwards you can**: find your place among the nine comparison cells of the method ladder; report difference, interval and verdict; allow for
#   clusters such as agents; and tell the one real change among many weekly ones.
# - **Time**: 75 minutes (ladder 25, four comparisons 35, weekly changes 15).
# - **Before this**: N01 (data types and calibers).
# - **Data**: twelve weeks of contacts and ratings of an invented carrier. Each team has its own seed and so its own numbers.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 课前让全班每人掷二十次硬币，把正面最多和最少的两位请上台，问：“谁的手法更好？”笑过之后，这节课要讲的两件事——随机波动、挑出来的极端——就都有了。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# Have everybody toss a coin twenty times and call up those with most and fewest heads: who has the better hand? After the laugh, both themes of the
# lesson are on the table: chance, and extremes that were picked because they are extreme.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S03"  # 案例 / the invented centre
seed: int = 7  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N02"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
import pandas as pd
from ccsat import views, workshop

case = workshop.begin(
    "N02",
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
surveys = centre.surveys.assign(satisfied=lambda table: table["rating"] >= 4)
by_agent = cs.Roles(cluster="agent_id")
views.show_intake(centre)

# %% [markdown] tags=["zh"] name="ask-ladder"
# ## 九个格子：类型 × 级别
#
# 对比只有一个问题：**组和组差多少，这个差是不是运气？** 结果列的类型决定横着走哪一行，想问多细决定竖着走哪一级。初级看样子，中级做检验，高级处理难处（小样本、多组、多因素）。
#
# | | 初级 | 中级 | 高级 |
# |---|---|---|---|
# | 定类 | 份额、交叉表 | 两组份额之差、卡方 | 收缩比率、逻辑回归 |
# | 定序 | 中位数、高分段 | 曼-惠特尼、克鲁斯卡尔-沃利斯 | 有序 logit |
# | 定距 | 均值、离散、控制图 | 韦尔奇 t、突变点 | 收缩均值、中断时间序列、双重差分 |
#
# `satisfied` 按五级口径做成：4–5 级为满意。`by_agent` 说明同一位坐席的评价不独立，后面会看到为什么要写它。

# %% [markdown] tags=["en"] name="ask-ladder"
# ## Nine cells: type by level
#
# Comparing asks one thing: **how far apart are the groups, and might it be luck?** The type of the outcome chooses the row, how closely you look the
# level: basic shows, intermediate tests, advanced deals with what is hard (small samples, many groups, several factors).
#
# | | basic | intermediate | advanced |
# |---|---|---|---|
# | nominal | shares, cross-table | difference of two shares, chi-square | shrunken rates, logistic regression |
# | ordinal | medians, top box | Mann-Whitney, Kruskal-Wallis | ordered logit |
# | interval | mean, spread, control chart | Welch's t, change point | shrunken means, interrupted series, difference-in-differences |
#
# `satisfied` follows the five-level caliber: 4 and 5 are satisfied. `by_agent` says that ratings of one agent are not independent; you will see why.

# %% [markdown] tags=["zh"] name="ask-nominal"
# ### 定类：各地市的满意比例，各班组的排名
#
# 先看样子：每个地市一个点，一段区间。再看高级的一格：十二个班组按满意率排名，名次靠得住吗？收缩比率把评价少的班组往总体拉，`apart` 一栏只认超出随机波动的班组。

# %% [markdown] tags=["en"] name="ask-nominal"
# ### Nominal: the share satisfied by region, the ranking of teams
#
# First look: a point and an interval for each region. Then the advanced cell: twelve teams ranked by their rate, is the ranking to be relied on? Shrunken
# rates pull teams with few ratings towards the whole; `apart` names only those beyond chance.

# %% name="nominal-basic"
cs.plot(cs.compare(surveys, "satisfied", by="region", level="basic", roles=by_agent))

# %% name="nominal-intermediate"
cs.compare(surveys, "satisfied", by="region", method="chi_square", roles=by_agent)

# %% name="nominal-advanced"
cs.compare(surveys, "satisfied", by="team", level="advanced", roles=by_agent)

# %% [markdown] tags=["zh"] name="read-nominal"
# 总有一个地市垫底，也总有一个班组第一。检验问的是：如果大家其实一样，会不会也排出这样的次序？经理可以表扬和追问的，是超出随机波动的那几个；其余的名次，下个月就会换。

# %% [markdown] tags=["en"] name="read-nominal"
# Some region is always last and some team always first. The test asks whether such an order would also come about if all were alike. A manager may
# praise or question those beyond chance; the other places will change hands next month.

# %% [markdown] tags=["zh"] name="ask-ordinal"
# ### 定序：五级评分，按客户等级看
#
# 图里每组一条，切点在 0，右边是满意的两级，左边是不满意的两级。切点 `top_from=4` 来自口径，是**事先**定的。中级和高级不用切点，用整个次序。

# %% [markdown] tags=["en"] name="ask-ordinal"
# ### Ordinal: five rating levels, by customer tier
#
# One bar a group, cut at 0: the two satisfied levels to the right, the others to the left. The cut `top_from=4` is the caliber's, fixed **beforehand**. The
# higher levels need no cut, they use the whole order.

# %% name="ordinal-basic"
cs.plot(cs.compare(surveys, "rating", by="segment", level="basic", top_from=4, roles=by_agent))

# %% name="ordinal-intermediate"
cs.compare(surveys, "rating", by="segment", roles=by_agent)

# %% name="ordinal-advanced"
cs.compare(surveys, "rating", by="segment", level="advanced", roles=by_agent)

# %% [markdown] tags=["zh"] name="read-ordinal"
# 客户等级本身有次序，所以中级选的是趋势检验：评分是不是随等级一路升或一路降。“评价更高的概率”以 0.5 为不分高低，“优势比”以 1 为不分高低：先弄清哪个值表示没有差别，再看区间含不含它。

# %% [markdown] tags=["en"] name="read-ordinal"
# Customer tiers have an order themselves, so the intermediate cell is a test of trend: do ratings rise or fall along the tiers? For a probability of a higher
# answer 0.5 means no difference, for an odds ratio it is 1: know that value first, then see whether the interval holds it.

# %% [markdown] tags=["zh"] name="ask-interval"
# ### 定距：通话时长，按业务和按天看
#
# 初级看每类业务的均值、中位数和离散；中级用韦尔奇检验（不要求各组离散相同）；高级的一格换一个问题：从第九周第一天起，每天的满意比例是不是跳了一下？

# %% [markdown] tags=["en"] name="ask-interval"
# ### Interval: talk time by business line, and a day-by-day series
#
# Basic: mean, median and spread of each line. Intermediate: Welch's test, which does not need equal spreads. The advanced cell asks something else: from the
# first day of week nine, did the daily share of satisfied customers jump?

# %% name="interval-basic"
talk = cs.compare(surveys, "talk_s", by="biz_l1", level="basic", roles=by_agent)
talk.table[["group", "n", "mean", "lower", "upper", "median", "sd"]]

# %% name="interval-intermediate"
cs.plot(cs.compare(surveys, "talk_s", by="biz_l1", roles=by_agent))

# %% name="interval-advanced"
disputes = surveys[surveys["biz_l1"] == "billing_dispute"].assign(day=lambda table: table["at"].dt.normalize(), share=lambda table: table["satisfied"] * 1.0)
cs.compare(disputes, "share", by="day", method="interrupted_series", at="2025-04-28", season=7)

# %% [markdown] tags=["zh"] name="read-interval"
# 业务之间时长差得远，因为业务本来就难易不同：这种差别不是谁的绩效。最后一张表里，`level_change` 是那一天起水平跳了多少，`trend_change` 是趋势转了多少；区间不含 0 的才算数。跳在哪一天是事先说好的，才能这样检验；看着图挑日子，要用突变点方法。

# %% [markdown] tags=["en"] name="read-interval"
# Lines differ widely in talk time because they differ in difficulty: that is nobody's performance. In the last table `level_change` is the jump from that day,
# `trend_change` the turn of the trend; what counts is an interval without 0. The day was named beforehand. Picking it from the chart would call for the
# change-point method.

# %% [markdown] tags=["zh", "task"] name="task-channel"
# ### 任务 1 电话和在线，满意的比例差多少？
#
# 用 `surveys` 的 `satisfied` 和 `channel`，聚类列是坐席。四项答案：`test` 写方法的键，`difference` 和 `interval` 写这个方法的效应值和 95% 区间（小数，三位即可），`verdict` 写 `"different"`（区间不含“没有差别”的值）或 `"not_shown"`。

# %% [markdown] tags=["en", "task"] name="task-channel"
# ### Task 1: how far apart are phone and online in the share satisfied?
#
# Use `satisfied` and `channel` of `surveys`, with the agent as cluster. Four parts: `test` is the method's key, `difference` and `interval` are its effect
# and 95 % interval (fractions, three decimals will do), `verdict` is `"different"` (the interval leaves out the value of no difference) or `"not_shown"`.

# %% [markdown] tags=["zh", "hint-1"] name="channel-hint-1"
# 满意或不满意，两个取值；电话或在线，两组。阶梯上是哪一格？

# %% [markdown] tags=["en", "hint-1"] name="channel-hint-1"
# Satisfied or not: two values. Phone or online: two groups. Which cell of the ladder?

# %% [markdown] tags=["zh", "hint-2"] name="channel-hint-2"
# `answer.method` 是方法的键，`answer.effect` 是效应值和它的上下限。

# %% [markdown] tags=["en", "hint-2"] name="channel-hint-2"
# `answer.method` is the method's key, `answer.effect` the effect with its limits.

# %% [markdown] tags=["zh", "hint-3"] name="channel-hint-3"
# 份额之差以 0 为没有差别。区间含不含 0？

# %% [markdown] tags=["en", "hint-3"] name="channel-hint-3"
# For a difference of shares no difference is 0. Does the interval hold it?

# %% tags=["answer"] name="channel_gap" points=20
# BEGIN SOLUTION NO PROMPT
channels = cs.compare(surveys, "satisfied", by="channel", roles=by_agent).effect
first = {"test": "two_proportions", "difference": channels.value, "interval": [channels.lower, channels.upper]}
# END SOLUTION
channel_gap = first | {"verdict": "different"}  # SOLUTION

# %% tags=["check"] name="check-channel"
workshop.check("channel_gap", channel_gap)

# %% [markdown] tags=["zh"] name="read-channel"
# 差别是不是真的，和差别意味着什么，是两个问题。看看系统附带的几句话：两个渠道的评价是用同一种方式收来的吗？

# %% [markdown] tags=["en"] name="read-channel"
# Whether a difference is real and what it means are two questions. Read the sentences that come with the answer: were both channels' ratings collected in the
# same way?

# %% name="channel-notes"
views.sentences(cs.compare(surveys, "satisfied", by="channel", roles=by_agent).notes())

# %% [markdown] tags=["zh"] name="manager-channel"
# 经理可以说：“两个渠道报上来的满意率不同。”不可以说：“在线服务做得差。”问法不同，先得把问法的影响分开；样本这么大，很小的差别也会“显著”，还要问一句值不值得管。

# %% [markdown] tags=["en"] name="manager-channel"
# A manager may say: "The channels report different rates." Not: "Online serves worse." They were asked differently, and that comes first; and in a sample this large a
# small difference is significant too, so ask whether it matters.

# %% [markdown] tags=["zh", "task"] name="task-service"
# ### 任务 2 三种服务类型，五级评分有没有高低？
#
# 用 `rating` 和 `service_type`，聚类列是坐席。评分是五级，分三组。四项答案同上，写进 `service_gap`。

# %% [markdown] tags=["en", "task"] name="task-service"
# ### Task 2: do the three service types differ in their ratings?
#
# Use `rating` and `service_type`, the agent as cluster: five levels, three groups. The same four parts, in `service_gap`.

# %% [markdown] tags=["zh", "hint-1"] name="service-hint-1"
# 结果列有次序没有间距，组有三个。均值检验不行，切成满意/不满意也不行。

# %% [markdown] tags=["en", "hint-1"] name="service-hint-1"
# The outcome has an order and no distances, and there are three groups. No test of means, and no cutting into satisfied or not.

# %% [markdown] tags=["zh", "hint-2"] name="service-hint-2"
# `cs.choose(surveys, "rating", "service_type")` 列出合适的方法；中级的任何一个都行，数字要取自同一个方法。

# %% [markdown] tags=["en", "hint-2"] name="service-hint-2"
# `cs.choose(surveys, "rating", "service_type")` lists what fits; any intermediate one will do, with its own numbers.

# %% [markdown] tags=["zh", "hint-3"] name="service-hint-3"
# 多组总检验的效应是 ε²（组间占了多少离散），0 为没有差别。

# %% [markdown] tags=["en", "hint-3"] name="service-hint-3"
# The effect of the test over all groups is epsilon squared, the groups' part of the spread; 0 is no difference.

# %% tags=["answer"] name="service_gap" points=20
# BEGIN SOLUTION NO PROMPT
services = cs.compare(surveys, "rating", by="service_type", roles=by_agent).effect
second = {"test": "kruskal_wallis", "difference": services.value, "interval": [services.lower, services.upper]}
# END SOLUTION
service_gap = second | {"verdict": "different"}  # SOLUTION

# %% tags=["check"] name="check-service"
workshop.check("service_gap", service_gap)

# %% [markdown] tags=["zh"] name="read-service"
# 总检验只说“不全一样”。是谁和谁不一样，要两两比，并且为比了几次付代价（`p_adjusted`）。

# %% [markdown] tags=["en"] name="read-service"
# The overall test says only that not all are alike. Who differs from whom takes pairs, and a price for having looked at several (`p_adjusted`).

# %% name="service-pairs"
cs.compare(surveys, "rating", by="service_type", method="dunn_test", roles=by_agent)

# %% [markdown] tags=["zh", "task"] name="task-site"
# ### 任务 3 南、北职场，五级评分有没有高低？
#
# 会上有人说：“我试了几种切法，按‘4–5 级’切、按‘只算 5 级’切、按‘1 级’切，有一种是显著的。”别学他。用 `rating` 和 `site`，聚类列是坐席，四项答案写进 `site_gap`。

# %% [markdown] tags=["en", "task"] name="task-site"
# ### Task 3: do the two sites differ in their ratings?
#
# Somebody in the meeting says: "I tried several cuts, 4 and 5, 5 alone, 1 alone, and one of them is significant." Do not follow. Use `rating` and `site`, the agent as
# cluster, and put the four parts into `site_gap`.

# %% [markdown] tags=["zh", "hint-1"] name="site-hint-1"
# 五级、两组。要一个用整个次序的方法，不需要切点。

# %% [markdown] tags=["en", "hint-1"] name="site-hint-1"
# Five levels, two groups. You want a method that uses the whole order and needs no cut.

# %% [markdown] tags=["zh", "hint-2"] name="site-hint-2"
# 写 `roles=by_agent` 了吗？不写，区间会窄一截。

# %% [markdown] tags=["en", "hint-2"] name="site-hint-2"
# Did you pass `roles=by_agent`? Without it the interval is too narrow.

# %% [markdown] tags=["zh", "hint-3"] name="site-hint-3"
# “评价更高的概率”以 0.5 为没有差别，克利夫 δ 以 0 为没有差别。

# %% [markdown] tags=["en", "hint-3"] name="site-hint-3"
# For the probability of a higher answer no difference is 0.5, for Cliff's delta it is 0.

# %% tags=["answer"] name="site_gap" points=20
# BEGIN SOLUTION NO PROMPT
sites = cs.compare(surveys, "rating", by="site", roles=by_agent).effect
third = {"test": "mann_whitney", "difference": sites.value, "interval": [sites.lower, sites.upper]}
# END SOLUTION
site_gap = third | {"verdict": "not_shown"}  # SOLUTION

# %% tags=["check"] name="check-site"
workshop.check("site_gap", site_gap)

# %% [markdown] tags=["zh", "instructor"] name="trainer-site"
# 追问：“没有显出差别”和“两边一样”有什么不同？让一组读出答案附带的那句“没有发现差异不等于相同”，再问：要差到多少，这个样本才看得出来？管理上在乎的差别比它大还是小？

# %% [markdown] tags=["en", "instructor"] name="trainer-site"
# Ask on: what is the difference between "no difference shown" and "the same"? Have a team read the sentence that nothing found does not mean the same; then: how large
# would a difference have to be for this sample to show it, and is what you care about larger or smaller?

# %% [markdown] tags=["zh", "task"] name="task-talk"
# ### 任务 4 两个班组，通话时长差几秒？
#
# 下面的 `teams` 是从您的数据里取的两个班组的全部接触。比较 `talk_s`，聚类列是 `agent_id`。四项答案写进 `talk_gap`，差值用秒。先猜：几千通电话，够不够？

# %% [markdown] tags=["en", "task"] name="task-talk"
# ### Task 4: by how many seconds do two teams differ in talk time?
#
# `teams` holds all contacts of two teams from your data. Compare `talk_s`, with `agent_id` as cluster; the four parts go into `talk_gap`, the difference in seconds.
# Guess first: are thousands of calls enough?

# %% name="teams"
teams = workshop.material("two_teams")
teams.groupby("team").agg(calls=("talk_s", "size"), agents=("agent_id", "nunique"))

# %% [markdown] tags=["zh", "hint-1"] name="talk-hint-1"
# 秒数是定距，两组。方法不要求两边离散相同的那一个。

# %% [markdown] tags=["en", "hint-1"] name="talk-hint-1"
# Seconds are interval, two groups. Take the one that does not need equal spreads.

# %% [markdown] tags=["zh", "hint-2"] name="talk-hint-2"
# 每位坐席有自己的语速。独立的不是每通电话，而是每位坐席：`roles=cs.Roles(cluster="agent_id")`。

# %% [markdown] tags=["en", "hint-2"] name="talk-hint-2"
# Each agent has a pace of their own. What is independent is not the call but the agent: `roles=cs.Roles(cluster="agent_id")`.

# %% [markdown] tags=["zh", "hint-3"] name="talk-hint-3"
# 结论看写明聚类之后的区间，而不是看有多少通电话。

# %% [markdown] tags=["en", "hint-3"] name="talk-hint-3"
# The verdict follows the interval with clusters, not the number of calls.

# %% tags=["answer"] name="talk_gap" points=20
# BEGIN SOLUTION NO PROMPT
paces = cs.compare(teams, "talk_s", by="team", roles=by_agent).effect
fourth = {"test": "welch_t", "difference": paces.value, "interval": [paces.lower, paces.upper]}
# END SOLUTION
talk_gap = fourth | {"verdict": "not_shown"}  # SOLUTION

# %% tags=["check"] name="check-talk"
workshop.check("talk_gap", talk_gap)

# %% [markdown] tags=["zh"] name="read-talk"
# 把每通电话都当成独立的，再算一遍，看看会得出什么结论：

# %% [markdown] tags=["en"] name="read-talk"
# Take every call for independent and compute again: what would you have concluded?

# %% name="talk-alone"
cs.compare(teams, "talk_s", by="team", roles=cs.Roles(cluster=False))

# %% [markdown] tags=["zh"] name="manager-talk"
# 同样的电话，区间窄了一截，结论可能就变了。班组之间的差别，是二十来位坐席之间的差别：几位说得慢的坐席碰巧分在一组，就会这样。经理不可以据此说“这个班组效率低”，可以说“看看组里哪几位坐席明显慢，为什么”。

# %% [markdown] tags=["en"] name="manager-talk"
# The same calls, a narrower interval, and perhaps another verdict. A difference between teams is one between some twenty agents each: a few slow talkers in one team will
# do. A manager may not call the team inefficient; they may ask which agents are clearly slower, and why.

# %% [markdown] tags=["zh", "task"] name="task-change"
# ### 任务 5 五个周变化，哪一个是真的？
#
# 周报列出了五处“明显变化”：后两周比前两周。其中只有一处真的出了事。逐个检验，并照顾到一共看了五个，把它的代码写进 `real_change`。`changes` 里是这五处的逐条评价。

# %% [markdown] tags=["en", "task"] name="task-change"
# ### Task 5: five weekly changes, which one is real?
#
# The weekly report lists five conspicuous changes, two weeks against the two before. In one of them something really happened. Test each, allow for having looked at five,
# and write its code into `real_change`. `changes` holds the single ratings behind them.

# %% name="changes-shown"
workshop.material("changes_shown")

# %% name="changes"
changes = workshop.material("changes")
changes.groupby("change")["satisfied"].agg(["size", "mean"])

# %% [markdown] tags=["zh", "hint-1"] name="change-hint-1"
# 变动大小和评价数要一起看：评价少，起落就大。

# %% [markdown] tags=["en", "hint-1"] name="change-hint-1"
# Read each move with its count: few ratings swing widely.

# %% [markdown] tags=["zh", "hint-2"] name="change-hint-2"
# 一个代码一次：`cs.compare(changes[changes["change"] == "w1"], "satisfied", by="period", roles=by_agent)`，记下 `p_value`。

# %% [markdown] tags=["en", "hint-2"] name="change-hint-2"
# One code at a time: `cs.compare(changes[changes["change"] == "w1"], "satisfied", by="period", roles=by_agent)`, and note its `p_value`.

# %% [markdown] tags=["zh", "hint-3"] name="change-hint-3"
# 把五个 p 值做成一列，用 `method="adjusted_p_values"` 校正；看 `holm` 一栏谁还小于 0.05。

# %% [markdown] tags=["en", "hint-3"] name="change-hint-3"
# Put the five p-values into a column and adjust them with `method="adjusted_p_values"`: who is below 0.05 in `holm`?

# %% tags=["answer"] name="real_change" points=20
# BEGIN SOLUTION NO PROMPT
tests = {code: cs.compare(rows, "satisfied", by="period", roles=by_agent) for code, rows in changes.groupby("change")}
listed = pd.DataFrame({"change": list(tests), "p_value": [test.p_value for test in tests.values()]})
adjusted = cs.compare(listed, "p_value", method="adjusted_p_values").table
# END SOLUTION
real_change = adjusted.set_index("change")["holm"].idxmin()  # SOLUTION

# %% tags=["check"] name="check-change"
workshop.check("real_change", real_change)

# %% [markdown] tags=["zh", "instructor"] name="trainer-change"
# 让各组报出自己那五处里“看上去最吓人”的一处，多半不是真的那一处。问：如果周报不是列五处，而是系统从两百个单元里自动挑五处，校正该按几次算？（按两百次。）这正是问题定位那一步要替大家做的事。

# %% [markdown] tags=["en", "instructor"] name="trainer-change"
# Have each team name the most alarming of its five; mostly it is not the real one. Ask: if the five were picked by a system out of two hundred cells, how many tests should the
# correction count? (Two hundred.) That is what localisation does for you.

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
        "channel_gap": channel_gap,
        "service_gap": service_gap,
        "site_gap": site_gap,
        "talk_gap": talk_gap,
        "real_change": real_change,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 先问类型，再数组数，方法就定了；想看多细，再选级别。
# - 报四样：方法、差值、区间、结论。没有区间的差值不算答案。
# - 先知道哪个值表示“没有差别”：份额之差是 0，概率是 0.5，优势比是 1。
# - 没有显出差别，不等于一样；显著，不等于要紧。
# - 独立的是坐席，不是电话：聚类不写，区间太窄。
# - 切点事先定；看了几次就要为几次付代价。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - The type, then the number of groups, and the method is settled; the level is how closely you look.
# - Report four things: method, difference, interval, verdict. A difference without its interval is no answer.
# - Know which value means no difference: 0 for shares, 0.5 for a probability, 1 for an odds ratio.
# - No difference shown is not the same; significant is not important.
# - Agents are independent, calls are not: leave the cluster out and the interval is too narrow.
# - Fix the cut beforehand, and pay for every look.
