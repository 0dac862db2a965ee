# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 收费争议为什么拉低了满意率，该由谁来改？
#
# **案例 N07 · 收费问题溯源与解决方案**（远桥通信，虚构）
#
# - **要回答的问题**：四月底以来满意率下降了。是真的吗？降在哪里？为什么？预算有限，先做什么？
# - **学完能做到**：走完“数据问题、定位、深度溯源、解决方案”四步；分清表象和根因；给证据定等级；挑选并验证措施。
# - **用时**：90 分钟（数据 10、定位 25、溯源 30、方案 25）。
# - **先修**：扣分贡献度（N04）、溯源四步法（N06），没学过也能跟上。
# - **数据**：一家虚构运营商十二周的人工接触、评价、扣分原因、账单、变更台账。每个小组的种子不同，数字也不同，答案要从自己的数据里找。
#
# 分工建议：一人操作，一人看口径和样本量，一人专门唱反调，一人记录并汇报。

# %% [markdown] tags=["en"] name="title"
# # Why do fee disputes pull satisfaction down, and who can change it?
#
# **Case N07 · A charging problem, traced and solved** (Yuanqiao Telecom, an invented carrier)
#
# - **Question**: satisfaction has fallen since the end of April. Is it real? Where? Why? And with a small budget, what first?
# - **Afterwards you can**: go through the four stages (data, location, deep trace, solution), tell a symptom from a root
#   cause, grade evidence, choose actions and verify them.
# - **Time**: 90 minutes (data 10, location 25, trace 30, solution 25).
# - **Before this**: the deduction ledger (N04) and the four stages (N06) help; you can follow without them.
# - **Data**: twelve weeks of contacts, ratings, reasons, bills and changes of an invented carrier. Each team has its own seed
#   and so its own numbers: the answers are in your data, not at the next table.
#
# Roles: one drives, one watches definitions and sample sizes, one doubts everything, one takes notes and presents.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 给每组一个不同的 `seed`；`vary = True` 时各组的单元、地区和干扰项也不同，抄不了，但参考解答只对应默认设置。开场只念问题，不提收费；让各组先猜，把猜测写在白板上，最后回来对照。多数组会猜“坐席解释不清”。时间不够时，第 3 步的“证据等级”可以改成全班讨论，其余照做。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# Give each team its own `seed`; with `vary = True` cell, regions and decoys differ too and cannot be copied (the model solution is for
# the default setting). Read out the question only and do not mention fees; let teams guess, keep the guesses on the
# board and come back to them at the end. Most will guess that agents explain badly. Short of time, turn the grading of evidence
# in stage 3 into a discussion and keep the rest.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S03"  # 案例 / the invented centre
seed: int = 7  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
kpi: str = "satisfaction_rate"  # 指标 / indicator
caliber: str = "five_level"  # 口径 / way of counting
as_of: str = "2025-05-25"  # 数据截止日 / last day of the data
current: str = "2025-04-28/2025-05-25"  # 当期 / current period
baseline: str = "2025-03-03/2025-04-27"  # 基期 / baseline period
target: float = 0.95  # 目标，有基期时不用 / target; not used beside a baseline
min_n: int = 30  # 最小样本量 / smallest cell
budget: float = 10.0  # 预算 / budget
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N07"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop

case = workshop.begin(
    "N07",
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

# %% [markdown] tags=["zh"] name="ask-intake"
# ## 先看数据：读进来多少，搁置了多少？
#
# 任何结论之前，先弄清楚分母。下表说明每张表读了多少行、因为什么搁置了多少行。

# %% [markdown] tags=["en"] name="ask-intake"
# ## First the data: how much was read, how much set aside?
#
# Before any finding, know the denominator. The account shows what was read of each table, and what was set aside and why.

# %% name="read"
centre = cs.read_centre(case.data_dir)
views.show_intake(centre)

# %% name="question"
question = cs.Question(
    kpi, caliber=caliber, current=current, baseline=baseline, target=target, min_n=min_n, as_of=as_of
)
cs.measure(centre, question)

# %% [markdown] tags=["zh"] name="read-measure"
# 看当期和基期两行：值、区间、样本量、口径要放在一起读。两个区间离得远不远？只看两个点值的差，会把一周的运气当成趋势。

# %% [markdown] tags=["en"] name="read-measure"
# Read both periods: value, interval, count and definition together. How far apart are the intervals? The difference of two bare
# values easily takes a week's luck for a trend.

# %% [markdown] tags=["zh"] name="ask-check"
# ## 第 1 步 数据问题：这次下降是真的吗？
#
# 满意率下降，可能是服务变了，也可能只是问法变了（换了调查方式、有人挑着邀评、系统默认好评），或者只是来电结构变了。先排除后两种，再谈原因。

# %% [markdown] tags=["en"] name="ask-check"
# ## Stage 1, data problem: is the fall real?
#
# The service may have changed. Or the survey did: another mode, agents who pick whom to invite, ratings filled in by default. Or
# only the mix of contacts. Rule these out before asking why.

# %% name="checked"
checked = cs.check_data(centre, question)
views.show_check(checked)

# %% [markdown] tags=["zh", "task"] name="task-verdict"
# ### 任务 1 下结论
#
# 根据变化的区间、调查方式有没有变、表现与结构各占多少，从下表选一个代码，写进 `verdict`。

# %% [markdown] tags=["en", "task"] name="task-verdict"
# ### Task 1: the verdict
#
# From the interval of the change, from whether the survey moved, and from the split into performance and mix, choose one code of the table and write it
# into `verdict`.

# %% name="choices-verdict"
workshop.choices("verdict")

# %% [markdown] tags=["zh", "hint-1"] name="verdict-hint-1"
# 先看变化的区间有没有跨过 0，再看调查方式和参评率在变化前后是不是一样。

# %% [markdown] tags=["en", "hint-1"] name="verdict-hint-1"
# Does the interval of the change hold zero? Did mode and participation stay as they were?

# %% [markdown] tags=["zh", "hint-2"] name="verdict-hint-2"
# 看上面几句话：调查方式和参评率变了没有？变化里“表现”占多少、“结构”占多少，结构的区间含不含 0？

# %% [markdown] tags=["en", "hint-2"] name="verdict-hint-2"
# Read the sentences above: did mode or participation move? How much of the change is performance, how much mix, and does the interval of the mix
# hold zero?

# %% [markdown] tags=["zh", "hint-3"] name="verdict-hint-3"
# 第一句话就是系统的结论，`checked.verdict` 是它的代码。请说出它依据哪两条，再抄下来。

# %% [markdown] tags=["en", "hint-3"] name="verdict-hint-3"
# The first sentence is the system's verdict and `checked.verdict` its code. Say which two sentences it rests on before you copy it.

# %% tags=["answer"] name="verdict" points=10
verdict = "real"  # SOLUTION

# %% tags=["check"] name="check-verdict"
workshop.check("verdict", verdict)

# %% [markdown] tags=["zh"] name="ask-ledger"
# ## 第 2 步 定位：降在哪里？
#
# 先听客户怎么说。扣分账把每一个不满意评价丢掉的分摊到客户选的原因上，各行相加等于总扣分，没有说原因的单独成一行。

# %% [markdown] tags=["en"] name="ask-ledger"
# ## Stage 2, localisation: where is the fall?
#
# Customers first. The deduction ledger shares out what each dissatisfied rating loses over the reasons named; the rows add up to
# the whole loss, and what nobody explained is a row of its own.

# %% name="ledger"
ledger = cs.deduct_by_reason(centre, question)
views.show_reasons(ledger)

# %% name="ledger-chart"
cs.plot(ledger)

# %% [markdown] tags=["zh"] name="read-ledger"
# 哪个原因的扣分最多？哪个原因比基期涨得最多？这两个常常不是同一个。原因是客户的感受，不是根因；它只告诉我们往哪里看。

# %% [markdown] tags=["en"] name="read-ledger"
# Which reason carries most points? Which one grew most since the baseline? Often they differ. A reason is what customers feel, not
# the root cause: it tells us where to look.

# %% name="by-line"
by_line = cs.split_change(centre, question, by="biz_l1")
views.show_split(by_line)

# %% name="by-region"
cs.measure(centre, question, by="region")

# %% [markdown] tags=["zh"] name="read-cells"
# 第一张表把变化拆到每类业务：“表现”是它自己变好变差，“结构”是它占的份额变了，两者相加是点数，各行相加等于总变化。第二张表是各地区的满意率。最低的一行不等于变差的一行：要和同一地区的基期比。

# %% [markdown] tags=["en"] name="read-cells"
# The first table splits the change by business line: *performance* is the line itself getting better or worse, *mix* its share moving; together they
# are its points, and the rows add up to the whole change. The second shows each region's rate. The lowest row is not the row that
# fell: compare each region with its own baseline.

# %% [markdown] tags=["zh", "task"] name="task-cell"
# ### 任务 2 圈定单元
#
# 哪一类接触承担了大部分下降？写成 `{维度: 取值}`，用最少的条件。圈大了会冤枉没变差的接触，圈小了会漏掉同样变差的接触。

# %% [markdown] tags=["en", "task"] name="task-cell"
# ### Task 2: the cell
#
# Which contacts hold most of the fall? Write `{dimension: level}` with as few conditions as will do. Too wide blames contacts that
# did not fall, too narrow leaves out some that did.

# %% [markdown] tags=["zh", "hint-1"] name="cell-hint-1"
# 从一级业务里降得最多的那一行往下分。可用的维度在 `centre.dims` 里。

# %% [markdown] tags=["en", "hint-1"] name="cell-hint-1"
# Go down from the first-level business line that fell most. `centre.dims` names the dimensions there are.

# %% [markdown] tags=["zh", "hint-2"] name="cell-hint-2"
# `cs.locate_gap(centre, question)` 会搜索所有维度的组合，按贡献点数排序，并控制误报。

# %% [markdown] tags=["en", "hint-2"] name="cell-hint-2"
# `cs.locate_gap(centre, question)` searches the combinations of all dimensions, ranks them by points and controls false alarms.

# %% [markdown] tags=["zh", "hint-3"] name="cell-hint-3"
# 看第二级业务 `biz_l2`：把 `split_change` 里 `by=` 后面的维度换成它，找点数最负的一行。

# %% [markdown] tags=["en", "hint-3"] name="cell-hint-3"
# Look at the second level, `biz_l2`: put it after `by=` of `split_change` and find the row with the most negative points.

# %% tags=["answer"] name="cell" points=20
cell = {"biz_l2": "vas_charge"}  # SOLUTION

# %% tags=["check"] name="check-cell"
workshop.check("cell", cell)

# %% [markdown] tags=["zh"] name="ask-locate"
# 现在让系统搜一遍，和您的答案比较。每行有贡献点数、区间、占总变化的份额，以及重抽样时仍排在前面的比例（稳定度）。

# %% [markdown] tags=["en"] name="ask-locate"
# Now let the search run and compare. Each row has its points with interval, its share of the whole change, and how often it stays on
# top when the data are drawn again (stability).

# %% name="located"
located = cs.locate_gap(centre, question)
located

# %% name="by-fine-line"
views.show_split(cs.split_change(centre, question, by="biz_l2"), most=30)

# %% [markdown] tags=["zh", "task"] name="task-decoy"
# ### 任务 3 识破似是而非的说法
#
# 会上有人抛出了下面几种说法（代码以 `m` 开头），大家手里也有几条事实（以 `r` 开头）。有一种说法站得住脚，其余的各被一条事实推翻。把站不住脚的说法和推翻它的事实配成对，写成 `{"m…": "r…"}`。

# %% [markdown] tags=["en", "task"] name="task-decoy"
# ### Task 3: claims that only sound right
#
# In the meeting people claim what is listed below (codes with `m`), and there are findings on the table (codes with `r`). One claim
# holds; each of the others is refuted by one finding. Pair every wrong claim with its finding: `{"m…": "r…"}`.

# %% name="choices-decoy"
workshop.choices("decoy")

# %% [markdown] tags=["zh", "hint-1"] name="decoy-hint-1"
# 对每种说法先问：如果它是真的，数据里应当看到什么？再去上面的表里找。

# %% [markdown] tags=["en", "hint-1"] name="decoy-hint-1"
# For each claim ask what the data would show if it were true. Then look at the tables above.

# %% [markdown] tags=["zh", "hint-2"] name="decoy-hint-2"
# 说地区的看地区的基期，说别的变更的看那个变更的范围，说坐席的看同一批坐席的其他业务。

# %% [markdown] tags=["en", "hint-2"] name="decoy-hint-2"
# For a region look at its baseline, for another change at its scope, for the agents at the same agents' other contacts.

# %% [markdown] tags=["zh", "hint-3"] name="decoy-hint-3"
# 有一种说法谈的不是原因，而是拿什么来证明措施有效：推翻它的事实讲的是样本量。

# %% [markdown] tags=["en", "hint-3"] name="decoy-hint-3"
# One claim is not about the cause but about proving an action: the finding against it speaks of sample size.

# %% tags=["answer"] name="decoy" points=10
decoy = {"m1": "r4", "m3": "r2", "m4": "r1", "m5": "r3"}  # SOLUTION

# %% tags=["check"] name="check-decoy"
workshop.check("decoy", decoy)

# %% [markdown] tags=["zh", "instructor"] name="trainer-decoy"
# 这里是全课最有价值的争论。让唱反调的同学为“坐席解释不清”辩护五分钟，再请另一组拿事实反驳。要点：一种说法听起来合理，和数据里看得到它该留下的痕迹，是两回事。

# %% [markdown] tags=["en", "instructor"] name="trainer-decoy"
# The most valuable argument of the session. Let the doubter defend the agents' explanation for five minutes, then have another team answer
# with findings. The point: a claim may sound right without having left the traces it should have left.

# %% [markdown] tags=["zh"] name="ask-explain"
# ## 第 3 步 深度溯源：为什么？
#
# 系统从三处找假设：变更台账（时间和范围对得上吗）、客户选的原因、过程指标。对不上的列在 `why.ruled_out` 里。

# %% [markdown] tags=["en"] name="ask-explain"
# ## Stage 3, deep trace: why?
#
# Hypotheses come from three places: the register of changes (do date and scope fit?), the reasons customers named, and the measures of
# the process. What does not fit stands in `why.ruled_out`.

# %% name="why"
why = cs.explain_cells(centre, question, located)
why

# %% name="changes"
workshop.register_table(centre.changes)

# %% [markdown] tags=["zh"] name="read-why"
# 留意每个原因的措辞：“确认”“很可能”“疑似”由证据等级决定。有没受影响的对照、事前走势又一致，系统才写“确认”；它不会因为时间吻合就说“导致”。

# %% [markdown] tags=["en"] name="read-why"
# Mind the wording of each cause: *confirmed*, *probable* and *suspected* follow from its grade. *Confirmed* takes a control that was not touched and moved alike
# before; a matching date alone never becomes *caused*.

# %% [markdown] tags=["zh", "task"] name="task-chain"
# ### 任务 4 搭原因链
#
# 从客户的感受开始，一环一环问“为什么”，直到有人可以改变的决定。从下表挑出需要的环节，按从表象到根因的次序写成列表。有几环是多余的。

# %% [markdown] tags=["en", "task"] name="task-chain"
# ### Task 4: the chain of causes
#
# Start from what customers feel and ask why, link by link, until you reach a decision somebody can change. Pick the links you need and
# list them from symptom to root. Some links are not needed.

# %% name="choices-chain"
workshop.choices("depth_chain")

# %% [markdown] tags=["zh", "hint-1"] name="chain-hint-1"
# 每一环都要能回答上一环的“为什么”。读一遍：“因为……，所以……”，不通顺就换。

# %% [markdown] tags=["en", "hint-1"] name="chain-hint-1"
# Each link answers the why of the one before. Read it aloud: "this, because of that". Where it does not flow, change it.

# %% [markdown] tags=["zh", "hint-2"] name="chain-hint-2"
# 一个环节如果是真的，会在某个时间、某个范围留下痕迹。到变更台账和任务 3 的事实里找。

# %% [markdown] tags=["en", "hint-2"] name="chain-hint-2"
# A link that is true leaves a trace at some time and in some scope. Look for it in the register of changes and the findings of task 3.

# %% [markdown] tags=["zh", "hint-3"] name="chain-hint-3"
# 一共五环：一句感受、两句客户的经历、一个停掉的东西、一个没有经过评审的决定。

# %% [markdown] tags=["en", "hint-3"] name="chain-hint-3"
# Five links: one feeling, two things that happened to the customer, one thing switched off, one decision nobody reviewed.

# %% tags=["answer"] name="depth_chain" points=20
depth_chain = ["k7", "k4", "k1", "k3", "k6"]  # SOLUTION

# %% tags=["check"] name="check-chain"
workshop.check("depth_chain", depth_chain)

# %% [markdown] tags=["zh", "task"] name="task-evidence"
# ### 任务 5 给证据定等级
#
# 小组收集到下面几条观察。挑出要写进溯源分析表的，按设计给每条定等级，写成 `{"代码": "等级"}`：
#
# - **A** 随机分组或随机留出对照；
# - **B** 有没受影响的对照，事前走势一致，比较两边的变化（双重差分）；
# - **C** 控制了其他因素之后仍有关联，并且时间对得上；
# - **D** 只有一个迹象、个别案例或看法。
#
# 要在表里写“确认”，至少要有一条 B。

# %% [markdown] tags=["en", "task"] name="task-evidence"
# ### Task 5: grade the evidence
#
# The team has gathered the observations below. Choose those that belong into the trace-analysis table and grade each by its design, as
# `{"code": "grade"}`:
#
# - **A** a random split or a random holdout;
# - **B** a control that was not touched and moved alike before; the changes on both sides are compared (difference-in-differences);
# - **C** an association that stays when other factors are held equal, with a matching date;
# - **D** a single sign, a single case, an opinion.
#
# The word *confirmed* needs at least one B.

# %% name="choices-evidence"
workshop.choices("evidence")

# %% [markdown] tags=["zh", "hint-1"] name="evidence-hint-1"
# 对每条观察问两句：和谁比？还有什么也在变？

# %% [markdown] tags=["en", "hint-1"] name="evidence-hint-1"
# Ask two things of each: compared with whom, and what else changed?

# %% [markdown] tags=["zh", "hint-2"] name="evidence-hint-2"
# 谁没有受到变更影响？台账里变更的范围和生效日会告诉您，有没有哪个地区晚了几周。

# %% [markdown] tags=["en", "hint-2"] name="evidence-hint-2"
# Who was not touched? Scope and date in the register tell whether some region came weeks later.

# %% [markdown] tags=["zh", "hint-3"] name="evidence-hint-3"
# 下一格按地区看该单元：晚停提醒的地区当对照，就是 B 的设计；其余最多到 C。

# %% [markdown] tags=["en", "hint-3"] name="evidence-hint-3"
# The region that lost the reminder later serves as a control: that is the design of grade B. Nothing else here goes beyond C.

# %% tags=["answer"] name="evidence" points=15
evidence = {"region_control": "B", "reminder_dose": "C", "event_timing": "D"}  # SOLUTION

# %% tags=["check"] name="check-evidence"
workshop.check("evidence", evidence)

# %% [markdown] tags=["zh"] name="ask-plan"
# ## 第 4 步 解决方案：先做什么？
#
# 下面是措施库：责任方、费用、周期、成功的把握 `p`，以及成功时能消除多少原因 `phi`。责任方改不了的原因，花多少钱也没有用。

# %% [markdown] tags=["en"] name="ask-plan"
# ## Stage 4, solution: what first?
#
# The library of actions: owner, cost, lead time, chance of success `p`, and the part of a cause that success removes, `phi`. Where the
# owner cannot change the cause, no money helps.

# %% name="library"
workshop.register_table(centre.library)

# %% [markdown] tags=["zh", "task"] name="task-actions"
# ### 任务 6 组合措施
#
# 在预算之内选一组措施，把编号写成列表。几项措施治同一个原因时，后一项只能治剩下的部分。

# %% [markdown] tags=["en", "task"] name="task-actions"
# ### Task 6: choose the actions
#
# Choose a set within the budget and list the ids. Where several actions treat one cause, each treats only what the others left.

# %% [markdown] tags=["zh", "hint-1"] name="actions-hint-1"
# 先划掉 `phi` 里没有您的根因的措施，再看剩下的费用。

# %% [markdown] tags=["en", "hint-1"] name="actions-hint-1"
# Cross out the actions whose `phi` does not name your root cause; then add up the costs.

# %% [markdown] tags=["zh", "hint-2"] name="actions-hint-2"
# 比较每项措施的 `p × phi ÷ 费用`。治本的放在前面，安抚的放在后面。

# %% [markdown] tags=["en", "hint-2"] name="actions-hint-2"
# Compare `p × phi ÷ cost`. What treats the cause comes before what soothes.

# %% [markdown] tags=["zh", "hint-3"] name="actions-hint-3"
# 恢复提醒、开通时确认、到期退费三项加起来还有余钱：够不够再加一项？

# %% [markdown] tags=["en", "hint-3"] name="actions-hint-3"
# The reminder, the confirmation and the refund leave some money: is it enough for one more?

# %% tags=["answer"] name="action_set" points=15
action_set = ["b1", "b2", "b3", "b5"]  # SOLUTION

# %% tags=["check"] name="check-actions"
workshop.check("action_set", action_set)

# %% [markdown] tags=["zh"] name="ask-best"
# 再看系统给出的相对最优组合。“相对”是指：就这份措施库、这笔预算和这些估计而言。次优组合和稳定度说明它有多可靠。

# %% [markdown] tags=["en"] name="ask-best"
# Compare with the relatively optimal set. *Relatively*: for this library, this budget and these estimates. The runner-up and the stability
# tell how firm it is.

# %% name="plan"
plan = cs.plan_actions(why, budget=budget)
plan

# %% [markdown] tags=["zh", "task"] name="task-power"
# ### 任务 7 用什么来验证？
#
# 第十一周起，有两个地区恢复了到期提醒（见 `centre.actions`）。有人主张看这两个地区里该单元的满意率有没有回升。数一数恢复之后那里有多少个评价，再从下表选出样本太少的指标和应当改用的指标：`{"ratings": 评价数, "too_thin": "代码", "use": "代码"}`。

# %% [markdown] tags=["en", "task"] name="task-power"
# ### Task 7: verify on what?
#
# From week eleven two regions have the reminder back (see `centre.actions`). Somebody wants to see whether the cell's satisfaction rises
# there. Count the ratings there since then, and choose the outcome that is too thin and the one to use instead:
# `{"ratings": count, "too_thin": "code", "use": "code"}`.

# %% name="actions-taken"
workshop.register_table(centre.actions)

# %% name="since-restored"
restored = cs.Question(kpi, caliber=caliber, current="2025-05-12/2025-05-25", baseline="2025-04-28/2025-05-11", min_n=min_n)
since = cs.measure(centre, restored, by=["biz_l1", "biz_l2", "region"])
since.table.query("biz_l1 == 'billing_dispute' and period == 'current'")[["biz_l2", "region", "n"]]

# %% name="choices-power"
workshop.choices("power")

# %% [markdown] tags=["zh", "hint-1"] name="power-hint-1"
# 上表只有恢复之后的收费争议。只数您圈定的单元、恢复了提醒的两个地区。

# %% [markdown] tags=["en", "hint-1"] name="power-hint-1"
# The table holds the billing disputes since the reminder is back. Count your cell only, in the two regions that have it.

# %% [markdown] tags=["zh", "hint-2"] name="power-hint-2"
# 提醒直接改变的是“会不会来争议”。这个量按到期客户算，而不是按评价算。

# %% [markdown] tags=["en", "hint-2"] name="power-hint-2"
# What the reminder changes directly is whether a customer disputes at all. That is counted per trial that ends, not per rating.

# %% [markdown] tags=["zh", "hint-3"] name="power-hint-3"
# 上表里您的单元、这两个地区有两行，把它们的 `n` 相加。

# %% [markdown] tags=["en", "hint-3"] name="power-hint-3"
# Two rows of the table are your cell in these regions: add their `n`.

# %% tags=["answer"] name="power" points=10
counted = since.table.query("period == 'current' and biz_l2 == 'vas_charge' and region in ['R1', 'R2']")  # SOLUTION NO PROMPT
power = {"ratings": counted["n"].sum(), "too_thin": "cell_satisfaction", "use": "dispute_contacts"}  # SOLUTION

# %% tags=["check"] name="check-power"
workshop.check("power", power)

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
        "verdict": verdict,
        "cell": cell,
        "decoy": decoy,
        "depth_chain": depth_chain,
        "evidence": evidence,
        "action_set": action_set,
        "power": power,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 先问是不是真的，再问在哪里，然后才问为什么。
# - 扣分最多的原因、涨得最多的原因和根因，可以是三样东西。
# - 最低的一行不等于变差的一行：和它自己的基期比。
# - 原因链要追到有人可以改变的决定；停在坐席身上的链，多半停早了。
# - 时间吻合只是 D；有对照、事前一致，才说“确认”。
# - 方案是相对最优：换一笔预算、换一个期限，答案可能不同。
# - 验证要选样本够用的指标，并且在动手之前就选好。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - Ask first whether it is real, then where, and only then why.
# - The largest reason, the reason that grew most and the root cause can be three different things.
# - The lowest row is not the row that fell: compare each with its own baseline.
# - A chain ends at a decision somebody can change; one that ends at the agents has mostly stopped too early.
# - A matching date alone is D; *confirmed* needs a control that moved alike before.
# - The solution is relatively optimal: another budget or horizon may give another answer.
# - Verify on an outcome with enough data, and choose it before you act.

# %% [markdown] tags=["zh", "instructor"] name="trainer-after"
# ## 点评要点
#
# 三处最容易丢分：把单元圈成整个收费争议；原因链停在“没有提醒”，没有追到那次变更怎么绕过了评审；把“处理地区满意率回升”当作效果。回到白板上的猜测：哪一步推翻了它？

# %% [markdown] tags=["en", "instructor"] name="trainer-after"
# ## Debriefing
#
# Most points are lost in three places: the cell is drawn around all billing disputes; the chain stops at the missing reminder and does
# not ask how the change got past review; a rise of satisfaction in the treated regions is taken for the effect. Back to the guesses on
# the board: which stage refuted them?
