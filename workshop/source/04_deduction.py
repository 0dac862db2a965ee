# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 差的那两三个百分点，到底扣在谁的账上？
#
# **案例 N04 · 扣分贡献度与业务问题**（远桥通信，虚构）
#
# - **要回答的问题**：满意率一直够不到 95% 的目标。客户提得最多的是“服务态度”，于是有人要办态度培训班。这笔钱该不该花？
# - **学完能做到**：把每一份不满意的扣分分给客户勾选的原因，做成一本加得起来的账；说明换一种拆法结论变不变；把账分到责任方；算出一类业务占了差距的多少。
# - **用时**：85 分钟（手工账 15、原因账 30、责任账 15、单元 15、结论 10）。
# - **先修**：N01（三种数据类型与口径）、N02（对比分析）。
# - **数据**：一家虚构运营商的人工接触、评价和扣分原因，看最近四周。每个小组的种子不同，数字也不同，答案要从自己的数据里找。
#
# 分工建议：一人操作，一人专门对账（合计平不平），一人唱反调，一人记录并汇报。

# %% [markdown] tags=["en"] name="title"
# # The two or three points that are missing: whose account are they on?
#
# **Case N04 · Deduction contribution and business problems** (Yuanqiao Telecom, an invented carrier)
#
# - **Question**: satisfaction has never reached its target of 95 %. Customers name attitude most often, so somebody wants to train attitude. Is that
#   money well spent?
# - **Afterwards you can**: share out every lost point over the reasons that customers name, in a ledger that adds up; say whether the finding survives another
#   split; bring the loss to its owners; and work out what part of the gap one line of business holds.
# - **Time**: 85 minutes (by hand 15, ledger of reasons 30, owners 15, cell 15, conclusion 10).
# - **Before this**: N01 (data types and calibers) and N02 (comparison).
# - **Data**: contacts, ratings and reasons of an invented carrier, the last four weeks. Each team has its own seed and so its own numbers: the answers are in your
#   data, not at the next table.
#
# Roles: one drives, one watches the sums, one doubts everything, one takes notes and presents.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 开场把“提及次数”的柱状图贴在墙上，请每组写下他们会先办的一件事和预算。多数组会写态度培训。不评价，留着。`vary = True` 时各组的业务、规则和强度都不同，少数种子里“问题未解决”会排到扣分第一，拆法也不再稳健：检查按各组自己的数据判，结论那一题仍要找到那类业务。时间不够时，任务 4（拆法）可以由讲师演示，其余照做。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# Put the bar chart of mentions on the wall and have each team write down the first thing it would do, with a budget. Most write attitude training. Do not comment; keep
# it. With `vary = True` line, rule and strength differ, and in some seeds "unresolved" leads by points and no split is robust: the checks follow each team's own data, and the
# conclusion is still that one line. Short of time, show task 4 (splits) yourself and keep the rest.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S01"  # 案例 / the invented centre
seed: int = 7  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
kpi: str = "satisfaction_rate"  # 指标 / indicator
caliber: str = "five_level"  # 口径 / way of counting
as_of: str = "2025-05-25"  # 数据截止日 / last day of the data
current: str = "2025-04-28/2025-05-25"  # 当期 / current period
target: float = 0.95  # 目标 / target
min_n: int = 30  # 最小样本量 / smallest cell
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N04"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import ledgers, views, workshop

case = workshop.begin(
    "N04",
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
question = cs.Question(kpi, caliber=caliber, current=current, target=target, min_n=min_n, as_of=as_of)
views.show_check(cs.check_data(centre, question))

# %% [markdown] tags=["zh"] name="read-measure"
# 先确认差距是真的：目标落在区间之外，才值得往下算。这个案例没有“之前”，差距一直都在，所以要问的不是“什么变了”，而是“缺的那几点缺在哪里”。

# %% [markdown] tags=["en"] name="read-measure"
# First make sure that the gap is real: it is worth accounting for only where the target lies outside the interval. There is no before in this case, the gap has always
# been there. The question is not what changed but where the missing points are.

# %% [markdown] tags=["zh"] name="ask-ten"
# ## 先用手算十份问卷
#
# **扣分**就是一份评价离满分还差多少。为了看清楚，这十份用百分制：5 分不扣，4 分扣 25，1 分扣 100。客户可以勾几个原因，也可以一个都不勾。先别动电脑：第 5 份扣了 50 分，勾了三个原因，您打算怎么记？第 6 份扣了 75 分，什么都没说，又怎么记？

# %% [markdown] tags=["en"] name="ask-ten"
# ## Ten surveys by hand first
#
# A **deduction** is what a rating lacks to full marks. To see it clearly these ten are out of 100: a 5 loses nothing, a 4 loses 25, a 1 loses 100. A customer may name several
# reasons or none. Before you touch the keyboard: survey 5 loses 50 and names three reasons, how would you book it? And survey 6, which loses 75 and says nothing?

# %% name="ten-shown"
workshop.material("ten_shown")

# %% name="ten-split"
ten = ledgers.split_points(workshop.material("ten_surveys"), workshop.material("ten_reasons"), unit="score")
ten.table[["reason", "mentions", "primary", "equal", "rank", "roc", "leave_one_out"]].round(3)

# %% name="ten-sums"
ten.table[["primary", "equal", "rank", "roc", "leave_one_out"]].sum().round(3)

# %% [markdown] tags=["zh"] name="read-ten"
# 中间四栏是四种拆法：`primary` 全记给第一个原因，`equal` 平均分，`rank` 和 `roc` 按先后递减。怎么拆，合计都是 45 分：平均一份丢 45 分，账是平的。
#
# 最后一栏 `leave_one_out` 是市面上常见的“影响值”：全体得分减去“没提到它的问卷”的得分。它加起来不等于 45，而且说“服务态度”（R02）在帮忙：因为勾态度的人评分反而不低。**加不回总数、正负号又靠不住的东西，不能拿来分责任。** 这就是要做账的理由。
#
# `unstated` 是没说原因的扣分。它是账的一部分，不丢，也不摊给别人。

# %% [markdown] tags=["en"] name="read-ten"
# The four columns in the middle are four splits: `primary` books all on the first reason, `equal` parts it evenly, `rank` and `roc` let it decline with the order. However you
# split, the total is 45: a survey loses 45 on average, and the ledger closes.
#
# The last column, `leave_one_out`, is the usual "impact": the score of all less the score of the surveys that do not name it. It does not add up to 45, and it says that attitude (R02)
# *helps*, because those who name attitude do not rate low. **What neither adds up nor keeps its sign is no basis for responsibility.** That is why we keep a ledger.
#
# `unstated` is the loss nobody explained. It belongs to the account: not dropped, not spread over others.

# %% [markdown] tags=["zh", "instructor"] name="trainer-ten"
# 让两组在白板上各按一种拆法做第 3、5、8 份，再比合计。一定有人问“哪种拆法对？”答：均分法有一个说得出的理由——如果客户要所有问题都解决了才满意，那么每个原因的贡献正好是均分（沙普利值）。更要紧的是下一问：**换一种拆法，结论变不变？** 那是任务 4。

# %% [markdown] tags=["en", "instructor"] name="trainer-ten"
# Have two teams work surveys 3, 5 and 8 on the board, each by another split, and compare the totals. Somebody will ask which split is right. Equal parts have a reason: if a customer is
# satisfied only once all the problems are solved, each one's contribution is exactly an equal part (the Shapley value). More important is the next question: **does the finding
# survive another split?** That is task 4.

# %% [markdown] tags=["zh"] name="ask-ledger"
# ## 真账：最近四周的全部评价
#
# 现在用满意率的口径：4–5 分满意，不扣；1–3 分不满意，扣 1。`losses` 一行一个评价，`deduction` 是扣分；`named` 一行一个勾选的原因。`losses` 的平均扣分，就是 1 减满意率。

# %% [markdown] tags=["en"] name="ask-ledger"
# ## The real ledger: all ratings of the last four weeks
#
# Now by the caliber of the satisfaction rate: 4 and 5 are satisfied and lose nothing, 1 to 3 lose 1. `losses` has a row a rating with its `deduction`, `named` a row a reason that was named. The mean
# deduction is 1 less the satisfaction rate.

# %% name="losses"
losses = workshop.material("losses")
named = workshop.material("named")
losses[["rating", "deduction", "biz_l1", "biz_l2", "team", "region"]].head(3)

# %% name="named"
named.groupby("rank").size().rename("mentions").to_frame().T

# %% name="mean-loss"
print(f"{losses['deduction'].mean():.4f}")

# %% [markdown] tags=["zh", "task"] name="task-points"
# ### 任务 1 按均分法记账
#
# 把每份不满意评价的扣分平均分给它勾的原因，没勾的记到 `unstated`，都除以**全部**评价数。写成 `{"R01": …, …, "unstated": …}`，小数。各行相加要等于上面的平均扣分，差一点都不行。

# %% [markdown] tags=["en", "task"] name="task-points"
# ### Task 1: the ledger under equal parts
#
# Share out the loss of each dissatisfied rating evenly over the reasons it names, book the rest under `unstated`, and divide by **all** ratings. Write
# `{"R01": …, …, "unstated": …}` as fractions. The rows must add up to the mean deduction above, to the last digit.

# %% [markdown] tags=["zh", "hint-1"] name="points-hint-1"
# 分三步：每份问卷勾了几个原因；每个原因分到几分之几；按原因加总。没有勾原因的问卷在哪张表里找不到？

# %% [markdown] tags=["en", "hint-1"] name="points-hint-1"
# Three steps: how many reasons does each survey name, what part does each reason get, and the sum by reason. In which table are the surveys without a reason missing?

# %% [markdown] tags=["zh", "hint-2"] name="points-hint-2"
# `named.merge(losses, on="row_key")` 把扣分接到每个原因旁边；`groupby("row_key")["reason"].transform("size")` 数出同一份问卷勾了几个。

# %% [markdown] tags=["en", "hint-2"] name="points-hint-2"
# `named.merge(losses, on="row_key")` puts the loss beside each reason; `groupby("row_key")["reason"].transform("size")` counts how many the same survey names.

# %% [markdown] tags=["zh", "hint-3"] name="points-hint-3"
# 没说原因的：`losses` 里 `row_key` 不在 `named` 里的那些（`isin` 取反），把它们的扣分加起来，同样除以 `len(losses)`。

# %% [markdown] tags=["en", "hint-3"] name="points-hint-3"
# Unstated: the rows of `losses` whose `row_key` is not in `named` (the reverse of `isin`); add up their loss and divide by `len(losses)` too.

# %% tags=["answer"] name="points" points=20
# BEGIN SOLUTION NO PROMPT
told = named.merge(losses, on="row_key")
told["part"] = told["deduction"] / told.groupby("row_key")["reason"].transform("size")
silent = losses[~losses["row_key"].isin(named["row_key"])]["deduction"].sum()
# END SOLUTION
points = (told.groupby("reason")["part"].sum() / len(losses)).to_dict() | {"unstated": silent / len(losses)}  # SOLUTION

# %% tags=["check"] name="check-points"
workshop.check("points", points)

# %% [markdown] tags=["zh"] name="join-here"
# **落后的小组从这里接上**：系统做的是同一本账，多了区间（按客户重抽样）、占比和责任归属。做完任务 1 的小组，请和自己的结果核对。

# %% [markdown] tags=["en"] name="join-here"
# **A team that is behind joins here**: the same ledger, made by the system, with intervals (customers drawn again), shares and owners. If you did task 1, compare.

# %% tags=["checkpoint"] name="ledger"
ledger = cs.deduct_by_reason(centre, question)
views.show_reasons(ledger)

# %% name="ledger-plot"
cs.plot(ledger)

# %% [markdown] tags=["zh", "task"] name="task-mention"
# ### 任务 2 客户提得最多的是哪一个？
#
# 看“提及”一栏，写原因代码（代码和原因的对照见下表）。

# %% [markdown] tags=["en", "task"] name="task-mention"
# ### Task 2: which reason is named most?
#
# Read the column of mentions and write the reason's code (the table below has the codes).

# %% name="choices-mention"
workshop.choices("top_by_mention")

# %% [markdown] tags=["zh", "hint-1"] name="mention-hint-1"
# “未说明”不是客户勾的原因。

# %% [markdown] tags=["en", "hint-1"] name="mention-hint-1"
# Unstated is no reason that anybody named.

# %% [markdown] tags=["zh", "hint-2"] name="mention-hint-2"
# 上面的表是按扣分排的。另按“提及”从多到少排一遍：`ledger.table.sort_values("mentions", ascending=False)`。

# %% [markdown] tags=["en", "hint-2"] name="mention-hint-2"
# The table above is sorted by points. Sort it by mentions: `ledger.table.sort_values("mentions", ascending=False)`.

# %% [markdown] tags=["zh", "hint-3"] name="mention-hint-3"
# 看排序以后第一行的 `reason`。

# %% [markdown] tags=["en", "hint-3"] name="mention-hint-3"
# Read `reason` of the first row after sorting.

# %% tags=["answer"] name="top_by_mention" points=5
top_by_mention = "R02"  # SOLUTION

# %% tags=["check"] name="check-mention"
workshop.check("top_by_mention", top_by_mention)

# %% [markdown] tags=["zh", "task"] name="task-leader"
# ### 任务 3 扣分最多的是哪一个？
#
# 看“扣分”一栏，在说得出的原因里找第一名，写代码。

# %% [markdown] tags=["en", "task"] name="task-leader"
# ### Task 3: which reason costs most?
#
# Read the column of points, find the first among the reasons that were named, and write its code.

# %% [markdown] tags=["zh", "hint-1"] name="leader-hint-1"
# 表已经按点数排好。第一名和第二名的区间分得开吗？

# %% [markdown] tags=["en", "hint-1"] name="leader-hint-1"
# The table is sorted by points. Are the intervals of the first two apart?

# %% [markdown] tags=["zh", "hint-2"] name="leader-hint-2"
# “未说明”留在账上，但不参加排名。

# %% [markdown] tags=["en", "hint-2"] name="leader-hint-2"
# Unstated stays in the ledger and is not ranked.

# %% [markdown] tags=["zh", "hint-3"] name="leader-hint-3"
# `ledger.table` 里去掉 `unstated` 以后的第一行，看 `reason`。

# %% [markdown] tags=["en", "hint-3"] name="leader-hint-3"
# The first row of `ledger.table` without `unstated`: read `reason`.

# %% tags=["answer"] name="top_by_points" points=10
top_by_points = "R04"  # SOLUTION

# %% tags=["check"] name="check-leader"
workshop.check("top_by_points", top_by_points)

# %% [markdown] tags=["zh"] name="ask-severity"
# 为什么两张榜不一样？换成百分制得分看得更清楚：点数 = 频次 × 严重度。**频次**是分到的提及数占全部评价的比例，**严重度**是每次提及平均扣多少分。

# %% [markdown] tags=["en"] name="ask-severity"
# Why do the two lists differ? The score out of 100 shows it better: points = frequency × severity. **Frequency** is the mentions allotted, per rating; **severity** is what one mention costs on
# average.

# %% name="severity"
scored = cs.deduct_by_reason(centre, cs.Question("satisfaction_score", current=current, as_of=as_of))
scored.table[["label", "mentions", "frequency", "severity", "points"]].round(3).head(6)

# %% name="who-names"
marks = named.merge(losses, on="row_key")
marks.groupby("reason")["rating"].value_counts(normalize=True).unstack().round(2).loc[["R01", "R02", "R04"]]

# %% [markdown] tags=["zh"] name="read-severity"
# 上表每行是勾了这个原因的客户给了几分。提到“服务态度”的，大多打的是 4 分：本来就满意，顺手勾一个。提到“业务规则”的，不满意的多得多，打 1 分的也不少。**提及次数回答“客户想到什么”，扣分回答“什么让客户不满意”。**
#
# 百分制里 4 分也算扣了 25，所以各行点数和满意率口径的不同；先后次序要两个口径都看。

# %% [markdown] tags=["en"] name="read-severity"
# Each row says how those who name a reason rated. Most who name attitude gave a 4: satisfied, and one box ticked on the way out. Of those who name the rule far more are dissatisfied, and many gave a 1. **Mentions tell what customers think of; points tell
# what makes them dissatisfied.**
#
# Out of 100 a 4 also loses 25, so these points differ from those of the rate. Read the order under both.

# %% [markdown] tags=["zh", "task"] name="task-robust"
# ### 任务 4 换一种拆法，第一名还是它吗？
#
# 用 `ledgers.split_points(losses, named)` 做五种拆法：`primary`、`equal`、`rank`、`roc`、`model`（按回归系数分）。写下每种拆法里扣分最多的原因（不算 `unstated`），再写 `robust`：五个全都一样写 `True`，否则写 `False`。

# %% [markdown] tags=["en", "task"] name="task-robust"
# ### Task 4: does the leader survive another split?
#
# `ledgers.split_points(losses, named)` makes five splits: `primary`, `equal`, `rank`, `roc` and `model` (by regression). Write the reason that costs most under each (not `unstated`), and
# `robust`: `True` where all five are the same, else `False`.

# %% [markdown] tags=["zh", "hint-1"] name="robust-hint-1"
# 和上面十份问卷是同一个函数，`.table` 里一栏一种拆法。

# %% [markdown] tags=["en", "hint-1"] name="robust-hint-1"
# It is the function of the ten surveys; its `.table` has a column a split.

# %% [markdown] tags=["zh", "hint-2"] name="robust-hint-2"
# 把 `reason` 设成索引、去掉 `unstated`，再对每一栏用 `idxmax()`。

# %% [markdown] tags=["en", "hint-2"] name="robust-hint-2"
# Make `reason` the index, drop `unstated`, and take `idxmax()` of each column.

# %% [markdown] tags=["zh", "hint-3"] name="robust-hint-3"
# 五个首位的 `nunique()` 是 1，才是稳健。

# %% [markdown] tags=["en", "hint-3"] name="robust-hint-3"
# It is robust only if `nunique()` of the five leaders is 1.

# %% tags=["answer"] name="split_robust" points=15
# BEGIN SOLUTION NO PROMPT
columns = ["primary", "equal", "rank", "roc", "model"]
leads = ledgers.split_points(losses, named).table.set_index("reason").drop(index="unstated")[columns].idxmax()
# END SOLUTION
split_robust = leads.to_dict() | {"robust": leads.nunique() == 1}  # SOLUTION

# %% tags=["check"] name="check-robust"
workshop.check("split_robust", split_robust)

# %% [markdown] tags=["zh", "instructor"] name="trainer-robust"
# 追问：如果换一种拆法第一名就变了，报告该怎么写？（把两种都写上，说明取决于拆法，再去找别的证据；不要挑自己喜欢的那一种。）设了 `vary = True` 的组可能真会碰到，请他们上来讲。

# %% [markdown] tags=["en", "instructor"] name="trainer-robust"
# Ask on: if another split had another leader, what should the report say? (Both, that it depends on the split, and then look for other evidence; not the one you like.) With `vary = True` a team may really meet this: let it
# present.

# %% [markdown] tags=["zh"] name="ask-owners"
# ## 责任账：谁改得了？
#
# 每个原因归一个责任方，见下表。`mixed` 是“待定”：比如“问题未解决”，要溯源以后才知道为什么没解决。

# %% [markdown] tags=["en"] name="ask-owners"
# ## The owners' account: who can change it?
#
# Each reason has an owner, see the table. `mixed` is not settled yet: why something stayed unresolved is known only after the trace.

# %% name="owners"
workshop.material("owners")

# %% [markdown] tags=["zh", "task"] name="task-owners"
# ### 任务 5 把账分到责任方
#
# 写成 `{"agent": …, …, "mixed": …, "unstated": …}`，小数，合计不变。`unstated` 仍然自成一行：没人说过原因，就没有责任方。

# %% [markdown] tags=["en", "task"] name="task-owners"
# ### Task 5: bring the loss to its owners
#
# Write `{"agent": …, …, "mixed": …, "unstated": …}` as fractions; the total stays. `unstated` is still a row of its own: without a reason there is no owner.

# %% [markdown] tags=["zh", "hint-1"] name="owners-hint-1"
# 同一责任方的几个原因要加在一起：坐席有两个，客服流程也有两个。

# %% [markdown] tags=["en", "hint-1"] name="owners-hint-1"
# Several reasons may have one owner: agents have two, the centre's process has two.

# %% [markdown] tags=["zh", "hint-2"] name="owners-hint-2"
# 从检查点的 `ledger.table` 出发：它有 `reason`、`owner` 和 `points` 三列。

# %% [markdown] tags=["en", "hint-2"] name="owners-hint-2"
# Start from `ledger.table` of the checkpoint: it has `reason`, `owner` and `points`.

# %% [markdown] tags=["zh", "hint-3"] name="owners-hint-3"
# 按 `owner` 分组，把 `points` 加起来，再 `.to_dict()`。

# %% [markdown] tags=["en", "hint-3"] name="owners-hint-3"
# Group by `owner`, sum `points`, then `.to_dict()`.

# %% tags=["answer"] name="owner_points" points=15
owner_points = ledger.table.groupby("owner")["points"].sum().to_dict()  # SOLUTION

# %% tags=["check"] name="check-owners"
workshop.check("owner_points", owner_points)

# %% tags=["checkpoint"] name="owner-ledger"
views.show_reasons(cs.deduct_by_owner(centre, question))

# %% [markdown] tags=["zh"] name="read-owners"
# 看坐席那一行：就算态度和业务能力两样全都做到完美，满意率最多能回来多少？离补上差距还有多远？

# %% [markdown] tags=["en"] name="read-owners"
# Look at the agents' row: if attitude and skill were perfect, how much of the rate would come back at most, and how far is that from the gap?

# %% [markdown] tags=["zh"] name="ask-cell"
# ## 差距缺在哪一类接触里？
#
# 换一个方向拆：按业务、按地区看。每行的点数是“这类接触比目标低多少 × 它占多少评价”，各行相加等于总差距；高于目标的业务点数为正。

# %% [markdown] tags=["en"] name="ask-cell"
# ## Which contacts hold the gap?
#
# Split in another direction: by line of business and by region. A row's points are its distance to the target times its share of the ratings; the rows add up to the whole gap, and lines above the target count for it.

# %% name="by-line"
views.show_split(cs.split_change(centre, question, by="biz_l1"))

# %% name="by-region"
views.show_split(cs.split_change(centre, question, by="region"))

# %% [markdown] tags=["zh", "task"] name="task-gap"
# ### 任务 6 哪个单元，占差距的多少？
#
# 找出承担差距最多的那一类接触，用最少的条件写成 `{维度: 取值}`，再算它的点数占总差距的份额：`{"cell": {…}, "share": 0.…}`。份额精确到 0.01。

# %% [markdown] tags=["en", "task"] name="task-gap"
# ### Task 6: which cell, and what part of the gap?
#
# Find the contacts that hold most of the gap, as `{dimension: level}` with as few conditions as will do, and the part of the whole gap that their points are:
# `{"cell": {…}, "share": 0.…}`, to 0.01.

# %% [markdown] tags=["zh", "hint-1"] name="gap-hint-1"
# 从点数最负的一级业务往下分一层；`centre.dims` 里有可用的维度。

# %% [markdown] tags=["en", "hint-1"] name="gap-hint-1"
# Go one level down from the first-level line with the most negative points; `centre.dims` names the dimensions.

# %% [markdown] tags=["zh", "hint-2"] name="gap-hint-2"
# 把 `split_change` 里 `by=` 后面换成第二级业务。份额 = 这一行的点数 ÷ 合计。

# %% [markdown] tags=["en", "hint-2"] name="gap-hint-2"
# Put the second level of business after `by=` of `split_change`. The share is the row's points divided by the total.

# %% [markdown] tags=["zh", "hint-3"] name="gap-hint-3"
# 答案对象的 `.table` 按 `biz_l2` 一行一类，有 `points`；`.total` 是总差距。分母是总差距，不是全部扣分。

# %% [markdown] tags=["en", "hint-3"] name="gap-hint-3"
# Its `.table` has a row a `biz_l2` with `points`, its `.total` is the whole gap. Divide by the gap, not by everything lost.

# %% tags=["answer"] name="gap_share_of_cell" points=20
# BEGIN SOLUTION NO PROMPT
lines = cs.split_change(centre, question, by="biz_l2")
worst = lines.table.set_index("biz_l2")["points"]
# END SOLUTION
gap_share_of_cell = {"cell": {"biz_l2": worst.idxmin()}, "share": worst.min() / lines.total}  # SOLUTION

# %% tags=["check"] name="check-gap"
workshop.check("gap_share_of_cell", gap_share_of_cell)

# %% [markdown] tags=["zh"] name="ask-located"
# **落后的小组从这里接上**：让系统搜遍所有维度的组合，再看它怎么解释第一个单元。

# %% [markdown] tags=["en"] name="ask-located"
# **A team that is behind joins here**: let the search go through all combinations of dimensions, and see how it explains the first cell.

# %% tags=["checkpoint"] name="located"
located = cs.locate_gap(centre, question)
cs.plot(located)

# %% name="why"
why = cs.explain_cells(centre, question, located)
why.table[["cell_rank", "id", "owner", "gap_type", "grade", "wording"]].head(2)

# %% name="cell-reasons"
first_cell = located.cells["where"].iloc[0]
views.show_reasons(cs.deduct_by_reason(centre, question, where=first_cell))

# %% [markdown] tags=["zh"] name="read-cell"
# 上表只看这个单元：客户点名的是什么？再按班组看同一个单元：如果是个别坐席的问题，应当有的班组低、有的班组正常。（一个班组只有几十个评价，班组之间上下十几个百分点只是运气；要看的是每个班组这一类比自己的其他接触低多少。）

# %% [markdown] tags=["en"] name="read-cell"
# The table is of this cell alone: what do its customers name? Now the same cell by team: if single agents were the problem, some teams would be low and some normal. (A team has some
# dozens of ratings here, so ten points between teams are luck; see how far each team lies below its own other contacts.)

# %% name="by-team"
workshop.material("by_team")

# %% [markdown] tags=["zh", "task"] name="task-conclusion"
# ### 任务 7 下结论
#
# 会上有五种说法（代码以 `m` 开头）。哪一种是这几本账支持的？该由谁来改？写成 `{"claim": "m…", "owner": "…"}`。

# %% [markdown] tags=["en", "task"] name="task-conclusion"
# ### Task 7: the conclusion
#
# Five things are said in the meeting (codes with `m`). Which one do these accounts bear out, and who can change it? Write `{"claim": "m…", "owner": "…"}`.

# %% name="choices-conclusion"
workshop.choices("conclusion")

# %% [markdown] tags=["zh", "hint-1"] name="conclusion-hint-1"
# 对每种说法先问：如果它是真的，原因账、责任账、单元账里应当看到什么？

# %% [markdown] tags=["en", "hint-1"] name="conclusion-hint-1"
# For each statement ask what the ledgers of reasons, owners and cells would show if it were true.

# %% [markdown] tags=["zh", "hint-2"] name="conclusion-hint-2"
# 说态度的看任务 3，说坐席的看按班组的表，说投诉和地区的看点数而不是满意率。

# %% [markdown] tags=["en", "hint-2"] name="conclusion-hint-2"
# For attitude see task 3, for agents the table by team, for complaints and regions the points and not the rate.

# %% [markdown] tags=["zh", "hint-3"] name="conclusion-hint-3"
# 责任方看单元里点名最多的那个原因归谁；`why` 的第一行也写着。

# %% [markdown] tags=["en", "hint-3"] name="conclusion-hint-3"
# The owner is that of the reason which leads inside the cell; the first row of `why` says it too.

# %% tags=["answer"] name="conclusion" points=15
conclusion = {"claim": "m2", "owner": "business_rule"}  # SOLUTION

# %% tags=["check"] name="check-conclusion"
workshop.check("conclusion", conclusion)

# %% [markdown] tags=["zh", "instructor"] name="trainer-conclusion"
# 回到墙上的柱状图：态度培训如果完全成功，能补回差距的几分之几？（用 `ledgers.what_if(losses, named, reason="R02")` 给出低、中、高三个数。）再问：客服中心改不了这条规则，能做什么？（把账送到产品部门，争取坐席限额减免权，办理时说清楚。）注意系统给这条结论的等级是 C：规则一直都在，没有“之前”可比；要到 B，得先在一部分客户里放宽规则，再比较。

# %% [markdown] tags=["en", "instructor"] name="trainer-conclusion"
# Back to the chart on the wall: if attitude training succeeded completely, what part of the gap would it win? (`ledgers.what_if(losses, named, reason="R02")` gives a low, a central and a high figure.) Then: the centre cannot
# change the rule, so what can it do? (Take the account to the product department, ask for a capped waiver authority, state the rule at the sale.) Note that the system grades this finding C: the rule has always
# been there and there is no before. Grade B takes easing the rule for some customers and comparing.

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
        "points": points,
        "top_by_mention": top_by_mention,
        "top_by_points": top_by_points,
        "split_robust": split_robust,
        "owner_points": owner_points,
        "gap_share_of_cell": gap_share_of_cell,
        "conclusion": conclusion,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 账要平：各行相加等于总扣分，差一点都要找到去处。“未说明”自成一行。
# - 提得最多和扣得最多是两张榜：点数 = 频次 × 严重度。
# - “影响值”加不回总数，正负号也靠不住，不能用来分责任。
# - 换一种拆法结论就变的，不叫结论。
# - 满意率低不等于差距大：要乘上量，并且和目标比。
# - 待定就记待定：没溯源就派责任，谁也不会认账。
# - 规则的问题，培训坐席治不了。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - A ledger closes: the rows add up to the whole loss, and unstated is a row of its own.
# - Named most and costing most are two lists: points = frequency × severity.
# - The "impact" neither adds up nor keeps its sign: no basis for responsibility.
# - What changes with the split is not a finding.
# - A low rate is not a large gap: multiply by the volume, and measure from the target.
# - What is not settled stays unsettled: nobody accepts a loss that was assigned by guess.
# - Training agents does not cure a rule.
