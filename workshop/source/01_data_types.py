# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 这一列数字，能不能求平均？
#
# **课程 N01 · 三种数据类型与口径**（远桥通信，虚构）
#
# - **要回答的问题**：报表上到处是数字。哪些可以相加、平均，哪些只能数一数？同一个“满意率”，为什么两份报告不一样？
# - **学完能做到**：认出定类、定序、定距；为一个问题挑对方法；读懂一张口径卡，并找出报告里的口径错误。
# - **用时**：50 分钟（类型 20、方法 15、口径 15）。
# - **先修**：无。
# - **数据**：一家虚构运营商十二周的人工接触和评价。每个小组的种子不同，数字也不同。

# %% [markdown] tags=["en"] name="title"
# # May this column of numbers be averaged?
#
# **Lesson N01 · Three data types and the caliber card** (Yuanqiao Telecom, an invented carrier)
#
# - **Question**: reports are full of numbers. Which may be added and averaged, and which only counted? Why do two reports give two
#   satisfaction rates?
# - **Afterwards you can**: tell nominal, ordinal and interval data; choose a method that fits a question; read a caliber card, and
#   find mistakes of caliber in a report.
# - **Time**: 50 minutes (types 20, methods 15, calibers 15).
# - **Before this**: nothing.
# - **Data**: twelve weeks of contacts and ratings of an invented carrier. Each team has its own seed and so its own numbers.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 开场写三个数在白板上：地市 3、评分 3、等待 3 秒。问：哪一个翻一倍有意义？哪一个加一有意义？哪一个连大小都没有？三句话答完，这节课的骨架就有了。别急着讲方法名。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# Write three numbers on the board: region 3, rating 3, wait 3 seconds. Which may be doubled? To which may you add one? Which has not even a
# size? Three answers, and the frame of the lesson stands. Leave the names of methods for later.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S01"  # 案例 / the invented centre
seed: int = 7  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
kpi: str = "satisfaction_rate"  # 指标 / indicator
caliber: str = "five_level"  # 口径 / way of counting
current: str = "2025-04-28/2025-05-25"  # 当期 / current period
target: float = 0.95  # 目标 / target
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N01"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop

case = workshop.begin(
    "N01",
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
surveys = centre.surveys
views.show_intake(centre)

# %% [markdown] tags=["zh"] name="ask-types"
# ## 三种数据：能做什么，决定它是哪一种
#
# - **定类**：只分得出同不同。渠道、地市、业务。可以数个数、看份额。
# - **定序**：还排得出高低，但说不出差多少。五级评分、客户等级。可以看中位数、看某一级以上的份额、比谁更高。
# - **定距**：差多少说得清。秒数、金额、次数。这时才可以加减和平均。
#
# 写成数字不等于是定距：“3 号地市”加上“2 号地市”不是“5 号地市”。下面三格问的是同一句话“这一列长什么样”，系统按列的类型给出三种不同的回答。

# %% [markdown] tags=["en"] name="ask-types"
# ## Three kinds of data: what may be done with it decides which it is
#
# - **Nominal**: the same or not. Channel, region, business line. Count, and look at shares.
# - **Ordinal**: also higher or lower, but not by how much. Five rating levels, customer tiers. Medians, shares above a level, who is higher.
# - **Interval**: also by how much. Seconds, money, counts. Only now may you add and average.
#
# Digits do not make a column interval: region 3 and region 2 are not region 5. The next three cells ask the same of a column, what does it look
# like, and get three different answers, by the column's type.

# %% name="look-nominal"
by_line = cs.compare(surveys, "biz_l1", level="basic", roles=cs.Roles(cluster="agent_id"))
cs.plot(by_line)

# %% name="look-ordinal"
by_level = cs.compare(surveys, "rating", level="basic", top_from=4, roles=cs.Roles(cluster="agent_id"))
by_level

# %% name="look-interval"
by_second = cs.compare(surveys, "talk_s", level="basic", roles=cs.Roles(cluster="agent_id"))
by_second

# %% [markdown] tags=["zh"] name="read-types"
# 业务给的是份额，评分给的是各级的份额，通话时长才给均值。看最后一张表：均值和中位数一样吗？时长有一条长尾巴，少数很长的通话把均值拉高了。定距数据可以求均值，不等于均值总是最好的代表。

# %% [markdown] tags=["en"] name="read-types"
# Business lines got shares, ratings got the share of each level, and only talk time got a mean. In the last table, are mean and median the same?
# Talk time has a long tail: a few very long calls pull the mean up. Interval data allow a mean; that does not make it the best summary.

# %% [markdown] tags=["zh", "task"] name="task-scale"
# ### 任务 1 给 24 列分类
#
# 下表每列写出所在的表、含义和几个取值。逐列判断：`"nominal"`（定类）、`"ordinal"`（定序）还是 `"interval"`（定距），写进 `scale_of`。答对 22 列即通过。是/否列算定类。

# %% [markdown] tags=["en", "task"] name="task-scale"
# ### Task 1: sort 24 columns
#
# The table shows where each column is, what it means and some values. Decide for each: `"nominal"`, `"ordinal"` or `"interval"`, and write it into
# `scale_of`. 22 right ones will do. Yes/no columns are nominal.

# %% name="columns"
workshop.material("columns")

# %% [markdown] tags=["zh", "hint-1"] name="scale-hint-1"
# 两问就够：把取值换一套编号，意思变不变？相邻两个取值，差的是不是一样多？

# %% [markdown] tags=["en", "hint-1"] name="scale-hint-1"
# Two questions will do: number the values anew, does the meaning change? Are neighbouring values equally far apart?

# %% [markdown] tags=["zh", "hint-2"] name="scale-hint-2"
# “档”“级”“段”多半是定序，哪怕写成数字。数出来的次数、量出来的秒数和天数是定距。

# %% [markdown] tags=["en", "hint-2"] name="scale-hint-2"
# Bands, levels and tiers are mostly ordinal, even when written as digits. What was counted or measured is interval.

# %% [markdown] tags=["zh", "hint-3"] name="scale-hint-3"
# 数据目录里有一份 `dictionary.csv`，`scale` 一栏的 N、O、I、R 分别是定类、定序、定距、定比（这里并入定距），B 是是/否。

# %% [markdown] tags=["en", "hint-3"] name="scale-hint-3"
# `dictionary.csv` in the data folder has a column `scale`: N, O, I and R are nominal, ordinal, interval and ratio (counted as interval here), B is
# yes/no.

# %% tags=["answer"] name="scale_of" points=40
""" # BEGIN PROMPT
scale_of = {
    "channel": ...,
    "biz_l1": ...,
    "complexity": ...,
    "queue_wait_s": ...,
    "talk_s": ...,
    "transfers": ...,
    "end_reason": ...,
    "resolved_tag": ...,
    "team": ...,
    "tenure_days": ...,
    "tenure_band": ...,
    "skill_level": ...,
    "region": ...,
    "plan_id": ...,
    "segment": ...,
    "tenure_months": ...,
    "age_band": ...,
    "mode": ...,
    "rating": ...,
    "attitude_rating": ...,
    "solved_answer": ...,
    "reason_code": ...,
    "score": ...,
    "amount": ...,
}
"""; # END PROMPT
# BEGIN SOLUTION NO PROMPT
names = "channel biz_l1 end_reason resolved_tag team region plan_id mode solved_answer reason_code".split()
orders = "complexity tenure_band skill_level segment age_band rating attitude_rating".split()
numbers = "queue_wait_s talk_s transfers tenure_days tenure_months score amount".split()
scale_of = dict.fromkeys(names, "nominal") | dict.fromkeys(orders, "ordinal") | dict.fromkeys(numbers, "interval")
# END SOLUTION

# %% tags=["check"] name="check-scale"
workshop.check("scale_of", scale_of)

# %% [markdown] tags=["zh"] name="ask-guard"
# ## 用错类型，系统怎么说？
#
# 有人想用均值检验比较两个职场的五级评分。方法要求定距，评分是定序，系统不算，并告诉您可以换什么。

# %% [markdown] tags=["en"] name="ask-guard"
# ## What happens when the type is wrong?
#
# Somebody wants to compare the five-level ratings of two sites by a test of means. The test needs interval data, the rating is ordinal; it is
# refused, with what to use instead.

# %% name="refused"
try:
    cs.compare(surveys, "rating", by="site", method="welch_t")
except cs.CcsatError as refused:
    print(refused)

# %% [markdown] tags=["zh"] name="ask-cast"
# 很多公司确实把五级换算成 100/75/50/25/0 再求平均。可以，但要**写明**：`cs.Cast` 把换算说出来，答案里就会带上这一条。下面第一格按次序比，第二格写明换算再比均值。

# %% [markdown] tags=["en"] name="ask-cast"
# Many companies do turn the levels into 100/75/50/25/0 and average. You may, if you **say so**: `cs.Cast` states the values, and the answer carries the
# note. The first cell compares by order, the second states the cast and compares means.

# %% name="by-order"
cs.compare(surveys, "rating", by="site", roles=cs.Roles(cluster="agent_id"))

# %% name="by-cast"
as_score = cs.compare(surveys, cs.Cast("rating", values=cs.LINEAR_5), by="site", roles=cs.Roles(cluster="agent_id"))
views.sentences([as_score.sentence(), *as_score.notes()])

# %% [markdown] tags=["zh"] name="read-cast"
# 两个答案的单位不同：前一个是“南职场的一个评价高于北职场一个评价的概率”，0.5 就是不分高低；后一个是得分差几分。两种说法有时方向都不一致。给经理看之前先定用哪一种，别看了结果再挑。

# %% [markdown] tags=["en"] name="read-cast"
# The two answers have different units: the first is the probability that a rating of the one site is higher than one of the other, with 0.5 for
# neither; the second is a difference of scores. They may even point opposite ways. Decide which one the manager gets before you see them.

# %% [markdown] tags=["zh"] name="ask-choose"
# ## 不知道方法叫什么？问系统
#
# `cs.choose` 按列的类型和组数列出合适的方法，每行写着它要求什么。`want="relate"` 问的是关系。

# %% [markdown] tags=["en"] name="ask-choose"
# ## You do not know the method's name? Ask
#
# `cs.choose` lists the methods that fit the columns' types and the number of groups, with what each assumes. `want="relate"` asks about relations.

# %% name="choose"
cs.choose(surveys, "rating", "channel")[["key", "name", "level"]].head(8)

# %% [markdown] tags=["zh", "task"] name="task-allowed"
# ### 任务 2 八个问题，各用什么方法？
#
# 下面第一张表是八个问题，第二张是可以写的方法。每个问题选一个最合适的：既不要求数据没有的东西，也不浪费数据有的东西。问题本身没有意义时写 `"none"`。写成 `{"q1": "…", …}`。

# %% [markdown] tags=["en", "task"] name="task-allowed"
# ### Task 2: eight questions, which method?
#
# The first table has eight questions, the second the methods you may name. Choose the fitting one for each: it asks for nothing the data lack and
# wastes nothing they have. Where the question itself has no meaning write `"none"`. Form: `{"q1": "…", …}`.

# %% name="questions"
workshop.material("questions")

# %% name="choices-allowed"
workshop.choices("allowed")

# %% [markdown] tags=["zh", "hint-1"] name="allowed-hint-1"
# 每题先写三样：结果列是什么类型，问的是对比还是关系，分成几组。

# %% [markdown] tags=["en", "hint-1"] name="allowed-hint-1"
# Write three things for each: the type of the outcome, compare or relate, and how many groups.

# %% [markdown] tags=["zh", "hint-2"] name="allowed-hint-2"
# 两组和多组用的方法不同；只看次序的方法适合评分；名字没有平均数。

# %% [markdown] tags=["en", "hint-2"] name="allowed-hint-2"
# Two groups and several take different methods; ratings want one that uses the order only; names have no mean.

# %% [markdown] tags=["zh", "hint-3"] name="allowed-hint-3"
# 问系统：`cs.choose(surveys, "talk_s", "site")`，再换成别的列；关系用 `want="relate"`。

# %% [markdown] tags=["en", "hint-3"] name="allowed-hint-3"
# Ask: `cs.choose(surveys, "talk_s", "site")`, then other columns; relations with `want="relate"`.

# %% tags=["answer"] name="allowed" points=30
# BEGIN SOLUTION NO PROMPT
comparing = {"q1": "two_proportions", "q2": "none", "q3": "mann_whitney", "q4": "kruskal_wallis", "q5": "welch_t"}
relating = {"q6": "kendall_tau", "q7": "pearson", "q8": "nominal_association"}
# END SOLUTION
allowed = comparing | relating  # SOLUTION

# %% tags=["check"] name="check-allowed"
workshop.check("allowed", allowed)

# %% [markdown] tags=["zh"] name="ask-caliber"
# ## 口径卡：同一个名字，两种算法
#
# “满意率”不是一个数，是一个数加上它的算法：谁算分子，谁算分母，哪个时间，哪个渠道。一个口径有四样东西要一起报：**值、区间、样本量、口径**。

# %% [markdown] tags=["en"] name="ask-caliber"
# ## The caliber card: one name, two ways to count
#
# A satisfaction rate is a number and its way of counting: who is in the numerator, who in the denominator, which days, which channel. Four things
# travel together: **value, interval, count, caliber**.

# %% name="rate"
question = cs.Question(kpi, caliber=caliber, current=current, target=target)
cs.measure(centre, question)

# %% name="score"
cs.measure(centre, cs.Question("satisfaction_score", caliber="linear", current=current, target=95.0))

# %% [markdown] tags=["zh"] name="read-caliber"
# 两张卡用的是同一批评价。比率问“有多少人满意”，得分问“平均满意到什么程度”。不同口径的数不能放在一起比大小，更不能拿一个的目标去考核另一个。

# %% [markdown] tags=["en"] name="read-caliber"
# Both cards use the same ratings. The rate asks how many are satisfied, the score how satisfied on average. Numbers of different calibers cannot be
# compared, and one's target is not the other's.

# %% [markdown] tags=["zh", "task"] name="task-mistakes"
# ### 任务 3 找出报告里的两处口径错误
#
# 下面是一份月报，每行写了数字和算法（都取自您的数据）。有两行的口径错了，其余的没有错。写成 `{"行的代码": "错误的代码"}`。

# %% [markdown] tags=["en", "task"] name="task-mistakes"
# ### Task 3: find two mistakes of caliber
#
# A monthly report; each line has its number and how it was counted, from your own data. Two lines are counted wrongly, the others are not. Write
# `{"code of the line": "code of the mistake"}`.

# %% name="report"
workshop.material("report")

# %% name="choices-mistakes"
workshop.choices("mistakes")

# %% [markdown] tags=["zh", "hint-1"] name="mistakes-hint-1"
# 逐行问两句：分母里是谁？平均是对谁求的？

# %% [markdown] tags=["en", "hint-1"] name="mistakes-hint-1"
# Ask two things of each line: who is in the denominator, and over whom is the mean taken?

# %% [markdown] tags=["zh", "hint-2"] name="mistakes-hint-2"
# 没有评价的客户，报告把他们算成了什么？接得多和接得少的坐席，在平均里一样重吗？

# %% [markdown] tags=["en", "hint-2"] name="mistakes-hint-2"
# What did the report make of customers who gave no rating? Do agents with many and with few calls weigh the same in a mean?

# %% [markdown] tags=["zh", "hint-3"] name="mistakes-hint-3"
# 把每行的算法和上面的口径卡对一遍。写明了的换算不算错；“一般”既不是满意也不是差评。

# %% [markdown] tags=["en", "hint-3"] name="mistakes-hint-3"
# Hold each line against the card above. A cast that is stated is no mistake; level 3 is neither satisfied nor bad.

# %% tags=["answer"] name="mistakes" points=30
mistakes = {"l1": "unrated_as_satisfied", "l6": "mean_of_means"}  # SOLUTION

# %% tags=["check"] name="check-mistakes"
workshop.check("mistakes", mistakes)

# %% [markdown] tags=["zh", "instructor"] name="trainer-mistakes"
# 多数组先怀疑“差评率”，因为它和满意率加起来不是一。让他们自己说出“一般”去了哪里。平均排队时长那一行，数字和按通次算的几乎一样：口径错了，数未必难看，这正是它危险的地方。问：什么时候两种算法会差很多？（接得少的坐席恰好都在忙时。）

# %% [markdown] tags=["en", "instructor"] name="trainer-mistakes"
# Most teams suspect the bad-review rate first, as it does not add up to one with the satisfaction rate. Let them say where level 3 went. The line on waits is
# almost the same number as by calls: a wrong caliber need not look wrong, and that is the danger. When would the two part? (When agents with few calls
# work the busy hours.)

# %% [markdown] tags=["zh"] name="manager"
# ## 经理可以说什么，不可以说什么
#
# - 可以说：“按五级、4–5 级为满意、未评价不计，当期满意率是这么多，区间是这么宽，来自这么多评价。”
# - 不可以说：“未评价的都是满意的。”那是在报参评率。
# - 不可以说：“我们的得分比他们的满意率高。”口径不同，没有高低。

# %% [markdown] tags=["en"] name="manager"
# ## What a manager may say, and may not
#
# - May: "On five levels, 4 and 5 satisfied, unrated left out, the rate of this period is this, its interval this wide, from so many ratings."
# - May not: "Whoever gave no rating was satisfied." That reports participation.
# - May not: "Our score is higher than their rate." Different calibers have no higher or lower.

# %% [markdown] tags=["zh"] name="hand-in-words"
# ## 交卷
#
# 答案和检查结果写进 `result.json`，讲师的班级看板读它。

# %% [markdown] tags=["en"] name="hand-in-words"
# ## Hand in
#
# The answers and what the checks said go into `result.json`, which the trainer's board reads.

# %% name="hand-in"
workshop.hand_in({"scale_of": scale_of, "allowed": allowed, "mistakes": mistakes}, out_dir=out_dir)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 类型由“能做什么”决定，不由写法决定：编号不是数字，等级不是分数。
# - 方法要的不能多于数据有的；数据有的也别白白丢掉。
# - 把等级当分数要写明换算，写明了就不是错。
# - 值、区间、样本量、口径，一起报。
# - 看报告先看分母：里面是谁，少了谁。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - What may be done with it decides the type, not how it is written: numbers of regions are names, levels are not scores.
# - A method must not ask for more than the data have; nor should it throw away what they have.
# - Levels may become scores where the values are stated.
# - Value, interval, count, caliber: together.
# - Of a report read the denominator first: who is in it, who is missing.
