# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 没开口的不满客户：有多少，找谁，修了有没有用？
#
# **案例 N20 · 潜在不满客户识别与主动修复**（远桥通信，虚构）
#
# - **要回答的问题**：八成客户没有参评。他们当中有多少人不满意？联系能力只够一成，先找谁？上个月的修复到底有没有用，对谁有用？
# - **学完能做到**：给没开口的客户估一个带区间的不满意率；做一份校准过的风险名单；用随机留出的一半算增量效果；说清为什么不能和未入选的比、不能和自己的过去比。
# - **用时**：90 分钟（估计 25、名单 25、增量 25、结论 15）。
# - **先修**：N02（对比分析）、N03（关系分析）。
# - **数据**：一家虚构运营商的两万位客户，各自经历了什么、少数人的回答，以及一次随机留出一半的修复。每个小组的种子不同，数字也不同。
#
# 分工建议：一人操作，一人盯着“这个数说的是哪些客户”，一人替“修复有害”和“修复大获成功”两派辩护，一人记录并汇报。

# %% [markdown] tags=["en"] name="title"
# # The dissatisfied who never said so: how many, whom to call, and did the repair help?
#
# **Case N20 · Latent dissatisfaction and proactive repair** (Yuanqiao Telecom, an invented carrier)
#
# - **Question**: eight customers in ten have not answered. How many of them are dissatisfied? There is capacity for a tenth: whom first? And did last month's repair help, and whom?
# - **Afterwards you can**: estimate the share of the silent who are dissatisfied, with an interval; make a list of calibrated risks; tell the uplift from a random half held out; and say why neither
#   those not chosen nor one's own past will do for a comparison.
# - **Time**: 90 minutes (estimate 25, list 25, uplift 25, conclusion 15).
# - **Before this**: N02 (comparison), N03 (relation).
# - **Data**: twenty thousand customers of an invented carrier, what each went through, the answers of a few, and a repair with a random half held out. Each team has its own seed and so its own numbers.
#
# Roles: one drives, one keeps asking of which customers a number speaks, one defends both "the repair does harm" and "the repair is a triumph", one takes notes and presents.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 先放两张会议幻灯片（下面的 `meeting`），请全班举手：修复有害，还是有效？两张都来自同一批客户，结论相反，而且都错。把两边的理由写在白板上，任务 4 做完再回来划掉。时间不够时任务 6（下一次要多少人）由讲师演示。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# Show the two slides of the meeting first (`meeting` below) and have the class vote: does the repair do harm, or good? Both come from the same customers, they contradict each other, and both are wrong. Write the grounds on the board and strike
# them out after task 4. Short of time, show task 6 (how many next time) yourself.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S09"  # 案例 / the invented centre
seed: int = 7  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
capacity: float = 0.10  # 联系能力（占未参评客户）/ share of the silent that can be contacted
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N20"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import proactive, workshop
from ccsat.figures.proactive import plot_calibration, plot_capture, plot_uplift
from ccsat.proactive import views

case = workshop.begin(
    "N20",
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
customers = proactive.read_customers(centre)
customers

# %% [markdown] tags=["zh"] name="read-customers"
# `customers` 一行一位客户：特征（账单突增、重复来电、等待、故障、机器人没听懂……）人人都有；回答只有少数人有；投诉、升级、离网发生在不满意**之后**，人人都有记录，只能当**锚点**，不能当特征。

# %% [markdown] tags=["en"] name="read-customers"
# `customers` has a row a customer: features (bill shock, repeat contacts, waiting, faults, failures of the bot …) are known of everybody; answers of a few only; complaints, escalations and leaving come **after** dissatisfaction and are known of
# everybody: they are **anchors**, never features.

# %% [markdown] tags=["zh", "task"] name="task-silence"
# ### 任务 1 没开口的客户，有多少不满意？
#
# 参评的客户不等于全体客户。用 `proactive.weigh_answers(customers)` 加权，写出三个数：`answered` 是参评客户的不满意率，`silent` 是没有参评客户的不满意率（估计），`odds_ratio` 是不满意者参评的优势是满意者的几倍。

# %% [markdown] tags=["en", "task"] name="task-silence"
# ### Task 1: how many of the silent are dissatisfied?
#
# Those who answered are not the customers. Weight them with `proactive.weigh_answers(customers)` and give three numbers: `answered`, the dissatisfied share of those who answered; `silent`, that of the silent (an estimate); `odds_ratio`, how many
# times as high the odds of answering are for the dissatisfied.

# %% [markdown] tags=["zh", "hint-1"] name="silence-hint-1"
# 谁更愿意参评：满意的，还是不满意的？

# %% [markdown] tags=["en", "hint-1"] name="silence-hint-1"
# Who is keener to answer, the satisfied or the dissatisfied?

# %% [markdown] tags=["zh", "hint-2"] name="silence-hint-2"
# 把加权的结果交给 `views.show_participation(...)`：哪一行是“采用”的？

# %% [markdown] tags=["en", "hint-2"] name="silence-hint-2"
# Give the weighted answer to `views.show_participation(...)`: which row is used?

# %% [markdown] tags=["zh", "hint-3"] name="silence-hint-3"
# 加权结果的 `.plain` 和 `.share`；优势比在它的 `.table` 里 `used` 为真的一行。

# %% [markdown] tags=["en", "hint-3"] name="silence-hint-3"
# The `.plain` and `.share` of the weighted answer, and the odds ratio in the row of its `.table` where `used` is true.

# %% tags=["answer"] name="silence" points=20
# BEGIN SOLUTION NO PROMPT
shares = proactive.weigh_answers(customers)
used = shares.table[shares.table["used"]].iloc[0]
# END SOLUTION
silence = {"answered": shares.plain, "silent": shares.share, "odds_ratio": float(used["odds_ratio"])}  # SOLUTION

# %% tags=["check"] name="check-silence"
workshop.check("silence", silence)

# %% name="assumptions"
views.show_participation(proactive.weigh_answers(customers))

# %% [markdown] tags=["zh"] name="read-silence"
# 一行一个假设。只按特征加权几乎不动：特征相同的两位客户，不满意的那位更愿意开口，特征看不见这一点。锚点看得见：没参评的客户离网、升级得比“按参评者推算”的少，说明他们没有那么不满意。**什么都不假设时，答案是 0 到 100%；每收窄一点，都是一个假设换来的，汇报时要把它说出来。**

# %% [markdown] tags=["en"] name="read-silence"
# A row an assumption. Weights by features hardly move anything: of two customers with the same features the dissatisfied one is keener to speak, and features do not see that. Anchors do: the silent leave and escalate less than the answers would
# have it, so they are less dissatisfied. **With no assumption at all the answer is 0 to 100 %; every narrowing is bought with one, and the report must say which.**

# %% [markdown] tags=["zh", "task"] name="task-score"
# ### 任务 2 做一份分数，再看它准不准
#
# `proactive.find_latent(customers, capacities=(capacity,))` 在一部分回答上学，在没学过的回答上检验。写出：`auc`（加权到没参评的客户），`predicted_raw` 和 `predicted`（没参评客户的平均风险，未校准与已校准）。

# %% [markdown] tags=["en", "task"] name="task-score"
# ### Task 2: a score, and how good it is
#
# `proactive.find_latent(customers, capacities=(capacity,))` learns from part of the answers and is judged on the others. Give `auc` (weighted to the silent), and `predicted_raw` and `predicted` (the mean risk of the silent, before and after
# calibration).

# %% [markdown] tags=["zh", "hint-1"] name="score-hint-1"
# 排得好和数得准是两回事：AUC 说次序，校准说人数。

# %% [markdown] tags=["en", "hint-1"] name="score-hint-1"
# Ranking well and counting well are two things: the AUC is about order, calibration about numbers.

# %% [markdown] tags=["zh", "hint-2"] name="score-hint-2"
# 三个数都在 结果的 `.table` 里，看 `key` 一栏。

# %% [markdown] tags=["en", "hint-2"] name="score-hint-2"
# All three are in the answer's `.table`; see the column `key`.

# %% [markdown] tags=["zh", "hint-3"] name="score-hint-3"
# `….figure("auc_silent").value`，另两个是 `predicted_silent_raw` 和 `predicted_silent`。

# %% [markdown] tags=["en", "hint-3"] name="score-hint-3"
# `….figure("auc_silent").value`; the other two are `predicted_silent_raw` and `predicted_silent`.

# %% tags=["answer"] name="score" points=15
# BEGIN SOLUTION NO PROMPT
latent = proactive.find_latent(customers, capacities=(capacity,))
names = {"auc": "auc_silent", "predicted_raw": "predicted_silent_raw", "predicted": "predicted_silent"}
# END SOLUTION
score = {name: latent.figure(key).value for name, key in names.items()}  # SOLUTION

# %% tags=["check"] name="check-score"
workshop.check("score", score)

# %% [markdown] tags=["zh"] name="ask-calibration"
# **落后的小组从这里接上**：`latent` 是做好的分数。下图横轴是预测风险，纵轴是加权后的实际不满意率，虚线是完全校准。

# %% [markdown] tags=["en"] name="ask-calibration"
# **A team that is behind joins here**: `latent` is the finished score. The figure has the predicted risk across and the weighted share of dissatisfied up; the dashed line is perfect calibration.

# %% tags=["checkpoint"] name="calibration"
latent = workshop.material("found")
plot_calibration(latent)

# %% [markdown] tags=["zh"] name="read-calibration"
# 未校准的一条整体落在虚线下方：次序对，人数多。拿它排班，每个高风险组都会派多人手。校准把整条线搬到没开口客户的水平，次序一个也没有变。区间很宽的那几格，是因为高风险的回答本来就少。

# %% [markdown] tags=["en"] name="read-calibration"
# The line without calibration lies below the dashes throughout: the order is right, the numbers too high. Staffed by it, every group at risk would get too many people. Calibration moves the line to the level of the silent and changes no one's
# place. Where intervals are wide, there are few answers at that risk.

# %% [markdown] tags=["zh", "task"] name="task-list"
# ### 任务 3 联系能力只够一成，找谁？
#
# 用 `proactive.capacity_list(latent, capacity=capacity)` 出名单。写出：`n`（名单人数），`expected`（名单上按风险估计有多少人不满意），`capture`（所有没开口的不满意客户里，名单找到了多大一部分）。

# %% [markdown] tags=["en", "task"] name="task-list"
# ### Task 3: capacity for a tenth: whom?
#
# Make the list with `proactive.capacity_list(latent, capacity=capacity)`. Give `n` (customers on it), `expected` (how many of them are dissatisfied, by their risks) and `capture` (what part of all silent dissatisfied customers it holds).

# %% [markdown] tags=["zh", "hint-1"] name="list-hint-1"
# 参评的客户还要猜吗？

# %% [markdown] tags=["en", "hint-1"] name="list-hint-1"
# Need we guess about those who answered?

# %% [markdown] tags=["zh", "hint-2"] name="list-hint-2"
# `expected` 是名单上每位客户风险之和，不是最高风险乘人数。

# %% [markdown] tags=["en", "hint-2"] name="list-hint-2"
# `expected` is the sum of the risks on the list, not the highest risk times their number.

# %% [markdown] tags=["zh", "hint-3"] name="list-hint-3"
# `latent.figure("capture", capacity).value`；不要和 precision（名单里有多少猜对了）弄混。

# %% [markdown] tags=["en", "hint-3"] name="list-hint-3"
# `latent.figure("capture", capacity).value`; not to be mixed up with precision (how many on the list were guessed right).

# %% tags=["answer"] name="list_10" points=15
outreach = proactive.capacity_list(latent, capacity=capacity)  # SOLUTION NO PROMPT
list_10 = {"n": len(outreach.table), "expected": outreach.expected, "capture": latent.figure("capture", capacity).value}  # SOLUTION

# %% tags=["check"] name="check-list"
workshop.check("list_10", list_10)

# %% name="capture"
plot_capture(latent, capacity)

# %% name="reasons"
listed = proactive.capacity_list(latent, capacity=capacity)
listed.published().head(5)

# %% [markdown] tags=["zh"] name="read-reasons"
# 每位客户带着上名单的原因，客服一看就知道先问什么。原因说的是模型依据什么，不是已经证实的起因；而且名单上有一半以上的人并没有不满意，开口要留余地。客户编号默认不显示：要交给外呼，才用 `write_list` 单独写出来。

# %% [markdown] tags=["en"] name="read-reasons"
# Each customer comes with the reasons for being on the list, so that an agent knows what to ask first. They say what the model goes by, not what was proven to be the cause; and over half of the list are not dissatisfied, so mind how you open.
# Ids are not shown: only `write_list` writes them, for those who make the calls.

# %% name="triggers"
rules = {"bill": "bill_shock = 1", "fault": "network_fault = 1", "again": "repeats >= 2", "bot": "bot_failures >= 2"}
views.show_triggers(proactive.judge_triggers(latent, rules))

# %% [markdown] tags=["zh"] name="read-triggers"
# 触发规则人人看得懂，事情一发生就能用；同样多的人，按分数找得更准。两样可以并用：规则抓刚发生的，分数排先后。

# %% [markdown] tags=["en"] name="read-triggers"
# Trigger rules are plain and work the moment something happens; for the same number of customers the score is right more often. Use both: rules for what has just happened, the score for the order.

# %% [markdown] tags=["zh"] name="ask-meeting"
# ## 上个月的修复有没有用？
#
# 会上有两张幻灯片。第一张：修复过的客户，流失比没入选的客户还多。第二张：修复以后，评分明显回升。

# %% [markdown] tags=["en"] name="ask-meeting"
# ## Did last month's repair help?
#
# The meeting has two slides. The first: repaired customers were lost more often than those not chosen. The second: after the repair, ratings rose clearly.

# %% name="meeting"
workshop.material("meeting")

# %% name="arms"
workshop.material("arms")

# %% [markdown] tags=["zh"] name="read-arms"
# 第二张表多了一组人：**入选以后随机留出、没有人联系的一半**。他们的评分也升了。挑最差的人，时间自己就会带来回升，这叫向均值回归。再回头看第一张：入选的是风险最高的，和没入选的比，比的是挑选。

# %% [markdown] tags=["en"] name="read-arms"
# The second table has one more group: **the random half that was chosen and then held out**. Nobody contacted them, and their ratings rose as well. Choose the worst, and time alone brings a rise: regression to the mean. Now look at the first slide
# again: the chosen were at highest risk, so a comparison with the others compares the choice.

# %% [markdown] tags=["zh", "task"] name="task-uplift"
# ### 任务 4 修复的增量效果
#
# `targeted` 一行一位入选客户，`arm` 是随机分的组。升级投诉（`outcome_escalated`）和离网（`outcome_churn`）有一样就算不良结果。算全部入选客户的增量效果和 95% 区间：留出组减修复组，`{"uplift": …, "lower": …, "upper": …}`。

# %% [markdown] tags=["en", "task"] name="task-uplift"
# ### Task 4: the uplift of the repair
#
# `targeted` has a row a chosen customer; `arm` was drawn at random. Either an escalation (`outcome_escalated`) or leaving (`outcome_churn`) is a bad outcome. Give the uplift among all who were chosen with its 95 % interval, held out less repaired:
# `{"uplift": …, "lower": …, "upper": …}`.

# %% name="targeted"
targeted = workshop.material("targeted")
targeted.groupby(["kind", "arm"]).size().unstack()

# %% [markdown] tags=["zh", "hint-1"] name="uplift-hint-1"
# 不修复会怎样，只有谁知道？

# %% [markdown] tags=["en", "hint-1"] name="uplift-hint-1"
# Who alone can tell what happens without a repair?

# %% [markdown] tags=["zh", "hint-2"] name="uplift-hint-2"
# `proactive.measure_uplift(targeted, outcome=[...], segments="kind", registered=True)`：分三类的客群是上线前登记的。

# %% [markdown] tags=["en", "hint-2"] name="uplift-hint-2"
# `proactive.measure_uplift(targeted, outcome=[...], segments="kind", registered=True)`: the three groups were written down beforehand.

# %% [markdown] tags=["zh", "hint-3"] name="uplift-hint-3"
# 取 `.table` 第一行（`segment` 为 all）的 uplift、lower、upper。

# %% [markdown] tags=["en", "hint-3"] name="uplift-hint-3"
# Take uplift, lower and upper of the first row of `.table` (segment all).

# %% tags=["answer"] name="uplift" points=20
# BEGIN SOLUTION NO PROMPT
bad = ["outcome_escalated", "outcome_churn"]
spared = proactive.measure_uplift(targeted, outcome=bad, segments="kind", registered=True, held_share=0.5)
whole = spared.table.iloc[0]
# END SOLUTION
uplift = {name: float(whole[name]) for name in ("uplift", "lower", "upper")}  # SOLUTION

# %% tags=["check"] name="check-uplift"
workshop.check("uplift", uplift)

# %% [markdown] tags=["zh"] name="ask-refused"
# `measure_uplift` 不肯做另外两种比较，请把 `against="hold"` 改成 `"not_targeted"` 或 `"before"`，读一读它为什么拒绝。下面按事先登记的三类客群看。

# %% [markdown] tags=["en"] name="ask-refused"
# `measure_uplift` refuses the other two comparisons: change `against="hold"` to `"not_targeted"` or `"before"` and read why. Below are the three groups that were written down beforehand.

# %% name="by-segment"
by_kind = proactive.measure_uplift(
    targeted,
    outcome=["outcome_escalated", "outcome_churn"],
    segments="kind",
    registered=True,
    against="hold",
    held_share=0.5,
)
plot_uplift(by_kind)

# %% name="segment-table"
views.show_uplift(by_kind)

# %% [markdown] tags=["zh", "task"] name="task-segments"
# ### 任务 5 下个月，对谁修复？
#
# 把证据够的写成列表（代码见下表）。三类一起看时要用联合区间：只盯着最好看的一类，总能碰上一个“显著”的。

# %% [markdown] tags=["en", "task"] name="task-segments"
# ### Task 5: whom to repair next month
#
# List the groups with enough evidence (codes below). Three looked at together take the joint interval: whoever looks at the best of several will always find one that is "significant".

# %% name="choices-segments"
workshop.choices("segments")

# %% [markdown] tags=["zh", "hint-1"] name="segments-hint-1"
# 哪一类的区间整个在零的右边？

# %% [markdown] tags=["en", "hint-1"] name="segments-hint-1"
# Whose interval lies wholly to the right of zero?

# %% [markdown] tags=["zh", "hint-2"] name="segments-hint-2"
# 人少的一类区间很宽：没有看出效果，不等于有效，也不等于无效。

# %% [markdown] tags=["en", "hint-2"] name="segments-hint-2"
# A small group has a wide interval: no effect seen is neither an effect nor none.

# %% [markdown] tags=["zh", "hint-3"] name="segments-hint-3"
# `by_kind.chosen()` 用的是校正后的 p 和联合区间。

# %% [markdown] tags=["en", "hint-3"] name="segments-hint-3"
# `by_kind.chosen()` goes by the adjusted p and the joint interval.

# %% tags=["answer"] name="segments" points=15
segments = by_kind.chosen()  # SOLUTION

# %% tags=["check"] name="check-segments"
workshop.check("segments", segments)

# %% [markdown] tags=["zh", "task"] name="task-next"
# ### 任务 6 下一次要多少人？
#
# 只有网络故障的一类（`network_message`）人太少。按这一类留出组的不良率，要有八成把握看出降低 3 个百分点，每组要多少位客户？写一个整数。

# %% [markdown] tags=["en", "task"] name="task-next"
# ### Task 6: how many next time?
#
# The group with a network fault alone (`network_message`) is too small. By the bad outcomes among those held out in it, how many customers an arm would it take to see a fall of 3 points with 80 % power? Write a whole number.

# %% [markdown] tags=["zh", "hint-1"] name="next-hint-1"
# 现有的人数能看出多大的差别？看表里“能看出的最小增量效果”。

# %% [markdown] tags=["en", "hint-1"] name="next-hint-1"
# How large a difference could the present numbers show? See the least uplift shown in the table.

# %% [markdown] tags=["zh", "hint-2"] name="next-hint-2"
# `proactive.plan_holdout(比例, 0.03)`，比例取这一类的 `rate_hold`。

# %% [markdown] tags=["en", "hint-2"] name="next-hint-2"
# `proactive.plan_holdout(rate, 0.03)`, with the group's `rate_hold`.

# %% [markdown] tags=["zh", "hint-3"] name="next-hint-3"
# `.table["n_arm"]` 是每一组的人数，`n_total` 是两组合计。

# %% [markdown] tags=["en", "hint-3"] name="next-hint-3"
# `.table["n_arm"]` is one arm, `n_total` both.

# %% tags=["answer"] name="next_holdout" points=5
held = by_kind.table.set_index("segment").loc["network_message", "rate_hold"]  # SOLUTION NO PROMPT
next_holdout = int(proactive.plan_holdout(float(held), 0.03).table["n_arm"].iloc[0])  # SOLUTION

# %% tags=["check"] name="check-next"
workshop.check("next_holdout", next_holdout)

# %% [markdown] tags=["zh"] name="ask-next-month"
# 名单出来以后，先随机留出一半再联系，种子写进登记表；下个月用之前先查漂移：客户变没变，校准还准不准。

# %% [markdown] tags=["en"] name="ask-next-month"
# Once the list is out, hold out a random half before anybody is contacted, and write the seed into the register. Before next month's use check for drift: have the customers changed, and does the calibration still hold?

# %% name="holdout"
proactive.assign_holdout(listed.table, seed=20)

# %% [markdown] tags=["zh", "task"] name="task-conclusion"
# ### 任务 7 下结论
#
# 会上有五种说法。哪一种站得住？写一个代码。

# %% [markdown] tags=["en", "task"] name="task-conclusion"
# ### Task 7: the conclusion
#
# Five things are said in the meeting. Which holds? Write one code.

# %% name="choices-conclusion"
workshop.choices("conclusion")

# %% [markdown] tags=["zh", "hint-1"] name="conclusion-hint-1"
# 逐条对照：它拿谁和谁比？

# %% [markdown] tags=["en", "hint-1"] name="conclusion-hint-1"
# One by one: whom does it compare with whom?

# %% [markdown] tags=["zh", "hint-2"] name="conclusion-hint-2"
# 说有害的看第一张幻灯片，说回升的看 `arms`，说不用加权的看任务 1 和 2。

# %% [markdown] tags=["en", "hint-2"] name="conclusion-hint-2"
# For harm see the first slide, for the rise see `arms`, for no weights see tasks 1 and 2.

# %% [markdown] tags=["zh", "hint-3"] name="conclusion-hint-3"
# 风险高和修得好是两回事：看任务 5 的图。

# %% [markdown] tags=["en", "hint-3"] name="conclusion-hint-3"
# At high risk and mended by a repair are two things: see the figure of task 5.

# %% tags=["answer"] name="conclusion" points=10
conclusion = "m2"  # SOLUTION

# %% tags=["check"] name="check-conclusion"
workshop.check("conclusion", conclusion)

# %% [markdown] tags=["zh", "instructor"] name="trainer-conclusion"
# 回到白板，把开课时的两派理由划掉。再问：如果老板说“留出的一半客户太可惜，全部修复”，怎么回答？（下一次就再也不知道值不值；而且有一类正在被打扰。可以折中：证据够的一类只留一成。）真相：账单突增且不满意的客户，修复少流失约 20 点；其他约 3 点；只有网络故障的为零。

# %% [markdown] tags=["en", "instructor"] name="trainer-conclusion"
# Go back to the board and strike out both camps. Then ask: what if the boss says that holding out half is a waste, repair them all? (Then nobody will ever know again whether it pays, and one group is being annoyed. A compromise: hold out a tenth
# where the evidence is in.) The truth: for customers with a bill shock who are dissatisfied a repair spares about 20 points, for others about 3, for a network fault alone none.

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
        "silence": silence,
        "score": score,
        "list_10": list_10,
        "uplift": uplift,
        "segments": segments,
        "next_holdout": next_holdout,
        "conclusion": conclusion,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 参评的人不是全体客户：不满意的人更愿意开口，只按特征加权补不回来，要用人人都有的锚点。
# - 每收窄一点区间都靠一个假设：把假设写在数字旁边。
# - 排得好不等于数得准：AUC 管次序，校准管人数。
# - 后来才发生的事不能当特征，AUC 会好看，上线就失灵。
# - 预测说先问谁，不说修了有没有用。
# - 修复过的不能和未入选的比，也不能和自己的过去比：挑最差的人，时间自己会带来回升。
# - 客群事先登记，多个客群用联合区间；没看出效果时，先算要多少人。
# - 先随机留出，再联系；种子写下来。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - Those who answer are not the customers: the dissatisfied are keener to speak, and weights by features do not mend that; it takes anchors known of everybody.
# - Every narrowing of an interval rests on an assumption: write it beside the number.
# - Ranking well is not counting well: the AUC is about order, calibration about numbers.
# - What comes later is no feature: the AUC looks good, and the model fails in use.
# - A prediction says whom to ask first, not whether a repair helps.
# - Compare the repaired neither with those not chosen nor with their own past: choose the worst, and time alone brings a rise.
# - Write segments down beforehand, and take joint intervals for several; where no effect is seen, first compute how many it takes.
# - Hold out at random before contacting anybody, and write the seed down.
