# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 一张表，能不能让责任部门没有话说？
#
# **案例 N06 · 溯源四步法与溯源分析表**（远桥通信，虚构）
#
# - **要回答的问题**：四月底以来满意率下降了。请把四步走完，填出溯源分析表的一行，交到责任部门手上：出了什么事、凭什么这么说、谁来改、什么时候怎么验收。
# - **学完能做到**：按“数据问题、定位、深度溯源、解决方案”的次序办事，知道每一步在什么情况下该停；从感受追到机制，再追到决定；读懂并填完溯源分析表的 33 栏，各行相加等于总变化。
# - **用时**：85 分钟（数据 10、定位 20、溯源 25、方案 10、填表 20）。
# - **先修**：N04（扣分贡献度）。
# - **数据**：一家虚构运营商十二周的人工接触、评价、工单、变更台账。每个小组的种子不同，数字也不同，答案要从自己的数据里找。
#
# 分工建议：一人操作，一人看口径和样本量，一人扮演责任部门（专门挑毛病），一人填表。

# %% [markdown] tags=["en"] name="title"
# # One row of a table: can it leave the department nothing to argue about?
#
# **Case N06 · The four-stage flow and the trace-analysis table** (Yuanqiao Telecom, an invented carrier)
#
# - **Question**: satisfaction has fallen since the end of April. Go through the four stages and fill in one row of the trace-analysis table for the department in charge: what happened, on what evidence, who
#   changes it, and when and how that will be verified.
# - **Afterwards you can**: work in the order data, location, deep trace, solution, and know when a stage says stop; follow a feeling to its mechanism and on to a decision; read and complete the 33 columns of the
#   table, whose rows add up to the whole change.
# - **Time**: 85 minutes (data 10, location 20, trace 25, solution 10, table 20).
# - **Before this**: N04 (the deduction ledger).
# - **Data**: twelve weeks of contacts, ratings, tickets and changes of an invented carrier. Each team has its own seed and so its own numbers: the answers are in your data, not at the next table.
#
# Roles: one drives, one watches definitions and sample sizes, one plays the department and finds fault, one fills in the table.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 每组留一位同学扮演责任部门，任务只有一个：找理由不认账。最后一题交表时由他签字，签不下去就退回。`vary = True` 时，新流程只在部分地区试行，单元要多一个条件，生效日也不同；个别种子里，系统圈的单元会比真相宽一些或窄一些，检查以真相为准，请各组用地区的表核对。时间不够时，任务 5 可以口头做，任务 6 必须做完：这张表就是本课的产出。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# In each team one person plays the department in charge, with one job: find reasons not to accept it. In the last task they sign the row or send it back. With `vary = True` the new process runs in some regions only, so the cell needs
# another condition and the day differs; in some seeds the search draws the cell a little wider or narrower than the truth, by which the check judges: have teams
# compare with the table by region. Short of time, do task 5 aloud; task 6 must be finished: the row is what this lesson produces.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S05"  # 案例 / the invented centre
seed: int = 7  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
kpi: str = "satisfaction_rate"  # 指标 / indicator
caliber: str = "five_level"  # 口径 / way of counting
as_of: str = "2025-05-25"  # 数据截止日 / last day of the data
current: str = "2025-04-28/2025-05-25"  # 当期 / current period
baseline: str = "2025-03-03/2025-04-27"  # 基期 / baseline period
min_n: int = 30  # 最小样本量 / smallest cell
budget: float = 10.0  # 预算 / budget
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N06"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop

case = workshop.begin(
    "N06",
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

# %% [markdown] tags=["zh"] name="flow"
# ## 四步法：每一步问什么，什么时候停
#
# | 步骤 | 问什么 | 用什么 | 什么时候停 | 填表里的哪些栏 |
# |---|---|---|---|---|
# | 1 数据问题 | 变化是真的吗？ | `cs.check_data` | 数据造成的、样本不足，停；没有变化，也停 | 数据问题结论、数据证据 |
# | 2 定位 | 变在哪里？ | `cs.locate_gap` | 哪里都一样地变，直接查全局的原因 | 定位单元、贡献、区间、差距占比 |
# | 3 深度溯源 | 为什么？谁定的？ | `cs.explain_cells` | 追到有人可以改变的决定 | 原因链、根因、误差类型、证据等级、责任部门 |
# | 4 解决方案 | 先做什么？怎么验收？ | `cs.plan_actions` | 责任方改不了的，不列 | 措施、预期提升、完成时限、验证方法 |
#
# 次序不能颠倒。数据没查清就去溯源，追到的可能是一场问卷的故障；没定位就谈原因，谁都能说出一个像样的。

# %% [markdown] tags=["en"] name="flow"
# ## The four stages: what each asks, and when it stops
#
# | stage | asks | by | stops when | columns of the table |
# |---|---|---|---|---|
# | 1 data problem | is the change real? | `cs.check_data` | made by the data, or too little of them; or nothing changed | data verdict, data evidence |
# | 2 localisation | where is it? | `cs.locate_gap` | all moved alike: look for a cause of everything | cell, points, interval, share of the gap |
# | 3 deep trace | why, and who decided? | `cs.explain_cells` | a decision that somebody can change | chain, root cause, gap type, grade, owner |
# | 4 solution | what first, how verified? | `cs.plan_actions` | the owner cannot change it: leave it out | action, expected points, due, verification |
#
# The order is not for choice. Trace before the data are checked, and you may trace the failure of a survey; speak of causes before the place is known, and anybody can name one that sounds good.

# %% name="read"
centre = cs.read_centre(case.data_dir)
question = cs.Question(kpi, caliber=caliber, current=current, baseline=baseline, min_n=min_n, as_of=as_of)
views.show_intake(centre)

# %% [markdown] tags=["zh"] name="ask-check"
# ## 第 1 步 数据问题
#
# 三条腿一起看：问法变了没有（渠道、模板、参评率），没有变的范围里是不是也在变，业务结构变了多少。

# %% [markdown] tags=["en"] name="ask-check"
# ## Stage 1, data problem
#
# Three legs together: did the survey change (mode, template, participation), did the part that it did not touch change as well, and how much is mix?

# %% name="checked"
checked = cs.check_data(centre, question)
views.show_check(checked)

# %% [markdown] tags=["zh", "task"] name="task-verdict"
# ### 任务 1 下结论
#
# 从下表选一个代码，写进 `verdict`。说出您依据的是哪一句。

# %% [markdown] tags=["en", "task"] name="task-verdict"
# ### Task 1: the verdict
#
# Choose a code of the table for `verdict`, and say which of the sentences it rests on.

# %% name="choices-verdict"
workshop.choices("verdict")

# %% [markdown] tags=["zh", "hint-1"] name="verdict-hint-1"
# 变化的区间含不含 0？

# %% [markdown] tags=["en", "hint-1"] name="verdict-hint-1"
# Does the interval of the change hold zero?

# %% [markdown] tags=["zh", "hint-2"] name="verdict-hint-2"
# 调查方式有没有变化的迹象？“表现”和“结构”哪个大，结构的区间含不含 0？

# %% [markdown] tags=["en", "hint-2"] name="verdict-hint-2"
# Is there a sign that the survey changed? Which is larger, performance or mix, and does the interval of the mix hold zero?

# %% [markdown] tags=["zh", "hint-3"] name="verdict-hint-3"
# 第一句话就是系统的结论；先用自己的话说出理由，再写代码。

# %% [markdown] tags=["en", "hint-3"] name="verdict-hint-3"
# The first sentence is the system's verdict; give your own reason first, then the code.

# %% tags=["answer"] name="verdict" points=10
verdict = "real"  # SOLUTION

# %% tags=["check"] name="check-verdict"
workshop.check("verdict", verdict)

# %% [markdown] tags=["zh"] name="ask-locate"
# ## 第 2 步 定位
#
# 把变化拆到一级业务和地区。最低的一行不等于变差的一行：要和它自己的基期比，再乘上量。

# %% [markdown] tags=["en"] name="ask-locate"
# ## Stage 2, localisation
#
# Split the change by first-level business and by region. The lowest row is not the row that fell: compare each with its own baseline, and multiply by its volume.

# %% name="by-line"
views.show_split(cs.split_change(centre, question, by="biz_l1"))

# %% name="by-region"
views.show_split(cs.split_change(centre, question, by="region"))

# %% [markdown] tags=["zh", "task"] name="task-cell"
# ### 任务 2 圈定单元
#
# 哪一类接触承担了大部分下降？写成 `{维度: 取值}`，用最少的条件；取值有几个时写成列表。

# %% [markdown] tags=["en", "task"] name="task-cell"
# ### Task 2: the cell
#
# Which contacts hold most of the fall? Write `{dimension: level}` with as few conditions as will do; several levels make a list.

# %% [markdown] tags=["zh", "hint-1"] name="cell-hint-1"
# 从降得最多的一级业务往下分一层；再看这一层里各地区是不是都在降。

# %% [markdown] tags=["en", "hint-1"] name="cell-hint-1"
# Go one level down from the line that fell most; then see whether all regions of it fell.

# %% [markdown] tags=["zh", "hint-2"] name="cell-hint-2"
# 把 `by=` 后面换成第二级业务 `biz_l2`；地区用 `cs.measure(centre, question, by=["biz_l2", "region"])` 看。

# %% [markdown] tags=["en", "hint-2"] name="cell-hint-2"
# Put the second level, `biz_l2`, after `by=`; for the regions use `cs.measure(centre, question, by=["biz_l2", "region"])`.

# %% [markdown] tags=["zh", "hint-3"] name="cell-hint-3"
# 和宽带故障有关、又要派人的那一类。

# %% [markdown] tags=["en", "hint-3"] name="cell-hint-3"
# It belongs to broadband faults, and somebody has to be sent out.

# %% tags=["answer"] name="cell" points=20
cell = {"biz_l2": "offline_onsite"}  # SOLUTION

# %% tags=["check"] name="check-cell"
workshop.check("cell", cell)

# %% [markdown] tags=["zh"] name="ask-located"
# **落后的小组从这里接上**：系统搜遍所有维度的组合。图上从基期走到当期：每个单元一级台阶，最后一级是余项。

# %% [markdown] tags=["en"] name="ask-located"
# **A team that is behind joins here**: the search goes through all combinations. The chart walks from the baseline to now: a step for each cell, and the remainder last.

# %% tags=["checkpoint"] name="located"
located = cs.locate_gap(centre, question)
cs.plot(located)

# %% [markdown] tags=["zh"] name="ask-why"
# ## 第 3 步 深度溯源
#
# 先看客户怎么说，再看过程里多了什么，最后看谁在那个时间、那个范围里做了决定。三张表：这类来电的扣分原因；维修各环节用时；修复用时和满意率。

# %% [markdown] tags=["en"] name="ask-why"
# ## Stage 3, deep trace
#
# What do customers say, what was added to the process, and who decided something at that time in that scope? Three tables: the reasons for lost points among these calls; the hours by step of the repair; satisfaction by the hours it took.

# %% name="reasons"
first_cell = located.cells["where"].iloc[0]
views.show_reasons(cs.deduct_by_reason(centre, question, where=first_cell))

# %% name="steps"
workshop.material("steps")

# %% name="dose"
workshop.material("dose")

# %% name="unmoved"
workshop.material("unmoved")

# %% [markdown] tags=["zh"] name="read-why"
# 修得越久越不满意，**前后两期都是这样**；变的不是客户的脾气，而是落在长用时那几档里的人多了。这叫剂量关系。坐席那张表说明另一件事：看上去最像原因的，先看它动了没有。

# %% [markdown] tags=["en"] name="read-why"
# The longer the repair, the lower the satisfaction, **in both periods**: customers did not become harder to please, more of them ended up in the long bands. That is a dose. The table on agents shows something else: of what looks most like the cause, ask first
# whether it moved.

# %% name="changes"
workshop.register_table(centre.changes)

# %% [markdown] tags=["zh", "task"] name="task-cause"
# ### 任务 3 是哪个决定造成的？
#
# 从下表选一个代码，写进 `cause_id`。表里有台账上的每项变更，也有会上的几种说法。要追到有人可以改变的决定。

# %% [markdown] tags=["en", "task"] name="task-cause"
# ### Task 3: which decision is behind it?
#
# Choose a code of the table for `cause_id`. It has every change of the register and some things people say. Go down to a decision that somebody can change.

# %% name="choices-cause"
workshop.choices("cause_id")

# %% [markdown] tags=["zh", "hint-1"] name="cause-hint-1"
# 一环一环问“为什么”：客户嫌什么？为什么会那样？多出来的时间在哪一环？那一环从哪天起有的？

# %% [markdown] tags=["en", "hint-1"] name="cause-hint-1"
# Ask why, link by link: what do customers mind, why is it so, in which step is the added time, and since when does that step exist?

# %% [markdown] tags=["zh", "hint-2"] name="cause-hint-2"
# 逐项核对台账：生效日离断点近不近？范围和任务 2 的单元重合多少？两样都要对得上。

# %% [markdown] tags=["en", "hint-2"] name="cause-hint-2"
# Go through the register: is the date near the break, and how far does the scope overlap with the cell of task 2? Both must fit.

# %% [markdown] tags=["zh", "hint-3"] name="cause-hint-3"
# 环节用时那张表里，有一个环节基期没有、当期才有。台账上哪一项说的是它？

# %% [markdown] tags=["en", "hint-3"] name="cause-hint-3"
# In the table of steps there is one that did not exist before. Which change speaks of it?

# %% tags=["answer"] name="cause_id" points=20
cause_id = "change:CH-402"  # SOLUTION

# %% tags=["check"] name="check-cause"
workshop.check("cause_id", cause_id)

# %% [markdown] tags=["zh", "instructor"] name="trainer-cause"
# 让扮演责任部门的同学质疑：“也许只是那个月故障多。”请小组找出能回答他的那一条证据（没加审批的业务和地区没有跌；双重差分；各周走势事前一致）。再问：为什么客户说“慢”、坐席说“审批”、系统说“工单用时变长”，三句话说的是同一件事？

# %% [markdown] tags=["en", "instructor"] name="trainer-cause"
# Let whoever plays the department object: "perhaps there were simply more faults that month." The team has to find the evidence that answers (lines without the approval did not fall; the difference in differences; both moved alike before). Then ask why
# customers say slow, agents say approval and the system says longer tickets, and how these three are one thing.

# %% [markdown] tags=["zh"] name="ask-trace"
# **落后的小组从这里接上**：`cs.run_trace` 把四步一次走完。先看它列出的原因，再看第一个原因的链和逐条证据，最后看排除了哪些变更、为什么。

# %% [markdown] tags=["en"] name="ask-trace"
# **A team that is behind joins here**: `cs.run_trace` goes through all four stages. See the causes first, then the chain and the evidence of the leading one, and last which changes were ruled out, and why.

# %% tags=["checkpoint"] name="trace"
trace = cs.run_trace(centre, question, budget=budget)
views.show_causes(trace)

# %% name="first-cause"
views.show_first_cause(trace)

# %% name="ruled-out"
views.show_ruled_out(trace)

# %% [markdown] tags=["zh"] name="read-trace"
# 等级 B 写“确认”，因为有对照：台账所列范围以外的接触没有一起跌，事前走势也一致。只有时间吻合的，最多是 D。被排除的每一项都写了理由：汇报时，这张表和上一张一样重要。

# %% [markdown] tags=["en"] name="read-trace"
# Grade B reads *confirmed* because there is a control: contacts outside the declared scope did not fall with it, and both moved alike before. A matching date alone is D at most. Every change that was ruled out has its reason: in a
# report that table is worth as much as the one before.

# %% [markdown] tags=["zh"] name="ask-plan"
# ## 第 4 步 解决方案
#
# 措施库里有责任方、费用、周期、把握 `p` 和能消除的部分 `phi`。

# %% [markdown] tags=["en"] name="ask-plan"
# ## Stage 4, solution
#
# The library has owner, cost, lead time, chance of success `p`, and the part it removes, `phi`.

# %% name="library"
workshop.register_table(centre.library)

# %% [markdown] tags=["zh", "task"] name="task-action"
# ### 任务 4 只能先做一项，做哪一项？
#
# 写措施的编号。

# %% [markdown] tags=["en", "task"] name="task-action"
# ### Task 4: if only one comes first, which?
#
# Write the action's id.

# %% [markdown] tags=["zh", "hint-1"] name="action-hint-1"
# 先划掉 `phi` 里没有您的根因的，再划掉责任方改不了的。

# %% [markdown] tags=["en", "hint-1"] name="action-hint-1"
# Cross out those whose `phi` lacks your cause, then those whose owner cannot change it.

# %% [markdown] tags=["zh", "hint-2"] name="action-hint-2"
# 剩下的比较 `p × phi`：治根的在前，安抚的在后。

# %% [markdown] tags=["en", "hint-2"] name="action-hint-2"
# Compare `p × phi` of the rest: what treats the root comes before what soothes.

# %% [markdown] tags=["zh", "hint-3"] name="action-hint-3"
# 审批本来是为了控制成本。哪一项既保住这个目的，又让大多数工单不必等？

# %% [markdown] tags=["en", "hint-3"] name="action-hint-3"
# The approval was meant to save cost. Which action keeps that aim and frees most tickets from waiting?

# %% tags=["answer"] name="action_id" points=15
action_id = "e1"  # SOLUTION

# %% tags=["check"] name="check-action"
workshop.check("action_id", action_id)

# %% name="plan"
views.show_plan(trace)

# %% name="left-out"
views.sentences(trace.plan.reasons_left_out())

# %% [markdown] tags=["zh"] name="ask-table"
# ## 溯源分析表
#
# 一行一个问题，共 33 栏；最后一行是余项。竖着看：每一列是表里的一行。

# %% [markdown] tags=["en"] name="ask-table"
# ## The trace-analysis table
#
# One row a problem, 33 columns; the last row is the remainder. It is shown on its side: each column here is a row of the table.

# %% tags=["checkpoint"] name="table"
table = cs.trace_table(trace, as_of=as_of)
views.show_trace_table(table, "rate")

# %% [markdown] tags=["zh", "task"] name="task-closing"
# ### 任务 5 账平不平？
#
# 把各单元的点数之和、余项、总变化写成 `{"cells": …, "remainder": …, "total": …}`，小数（2 个百分点写 0.02），下降写负数。

# %% [markdown] tags=["en", "task"] name="task-closing"
# ### Task 5: does it close?
#
# Write the sum of the cells' points, the remainder and the whole change as `{"cells": …, "remainder": …, "total": …}`, fractions (two points are 0.02), a fall negative.

# %% [markdown] tags=["zh", "hint-1"] name="closing-hint-1"
# 余项是单元没有解释的部分，也占一行。

# %% [markdown] tags=["en", "hint-1"] name="closing-hint-1"
# The remainder is what the cells do not explain; it has a row of its own.

# %% [markdown] tags=["zh", "hint-2"] name="closing-hint-2"
# `table["points"]` 是全精度的点数：最后一个是余项，前面的是单元。总变化在 `gap` 一栏，每行都一样。

# %% [markdown] tags=["en", "hint-2"] name="closing-hint-2"
# `table["points"]` has the points in full precision: the last is the remainder, those before are cells. The whole change is in `gap`, the same in every row.

# %% [markdown] tags=["zh", "hint-3"] name="closing-hint-3"
# `table["points"].iloc[:-1]` 加总，`table["points"].iloc[-1]`，`table["gap"].iloc[0]`。

# %% [markdown] tags=["en", "hint-3"] name="closing-hint-3"
# The sum of `table["points"].iloc[:-1]`, then `table["points"].iloc[-1]`, then `table["gap"].iloc[0]`.

# %% tags=["answer"] name="closing" points=15
# BEGIN SOLUTION NO PROMPT
rows = table["points"].astype(float)
parts = {"cells": rows.iloc[:-1].sum(), "remainder": rows.iloc[-1]}
# END SOLUTION
closing = parts | {"total": table["gap"].iloc[0]}  # SOLUTION

# %% tags=["check"] name="check-closing"
workshop.check("closing", closing)

# %% [markdown] tags=["zh", "task"] name="task-row"
# ### 任务 6 填完第一行，交给责任部门
#
# `draft` 是第一行，空着的栏写了 `?`。复制一份，再由人填好五栏：
#
# - `action`：任务 4 选的措施编号；
# - `due`：完成日期，写成 `2025-…-…`：从数据截止日起，够这项措施的周期，不超过 90 天；
# - `verify_by`、`verified`、`status`：从下表选代码。
#
# 其余各栏可以润色文字，数字不能改。写成 `draft | {"action": …, "due": …, …}`。

# %% [markdown] tags=["en", "task"] name="task-row"
# ### Task 6: complete the first row for the department
#
# `draft` is the first row, with `?` where it is blank. Copy it and fill in what takes people:
#
# - `action`: the id chosen in task 4;
# - `due`: the day it will be done, as `2025-…-…`: from the last day of the data, allow its lead time, and no more than 90 days;
# - `verify_by`, `verified`, `status`: codes of the table below.
#
# You may edit words elsewhere, not numbers. Write `draft | {"action": …, "due": …, …}`.

# %% name="draft"
draft = table.iloc[0].fillna("?").to_dict()
[column for column, value in draft.items() if value == "?"]

# %% name="choices-row"
workshop.choices("table_row")

# %% [markdown] tags=["zh", "hint-1"] name="row-hint-1"
# 先想：责任部门拿到这一行，会问哪三个问题？表里答得上来吗？

# %% [markdown] tags=["en", "hint-1"] name="row-hint-1"
# What three questions would the department ask, and does the row answer them?

# %% [markdown] tags=["zh", "hint-2"] name="row-hint-2"
# 措施还没做，验证结果只能是一个代码；验证方法要有对照或者随机留出。

# %% [markdown] tags=["en", "hint-2"] name="row-hint-2"
# Nothing has been done, so only one code can be the result; the verification takes a control or a random holdout.

# %% [markdown] tags=["zh", "hint-3"] name="row-hint-3"
# 数据截止日加上措施的周期（天），就是最早的完成日期。

# %% [markdown] tags=["en", "hint-3"] name="row-hint-3"
# The last day of the data plus the lead time is the earliest day.

# %% tags=["answer"] name="table_row" points=20
# BEGIN SOLUTION NO PROMPT
promise = {"action": "e1", "due": "2025-06-30", "verify_by": "holdout"}
# END SOLUTION
table_row = draft | promise | {"verified": "not_yet", "status": "open"}  # SOLUTION

# %% tags=["check"] name="check-row"
workshop.check("table_row", table_row)

# %% [markdown] tags=["zh", "instructor"] name="trainer-row"
# 请扮演责任部门的同学当场签字或退回，并说出理由。常见的退回理由：没有区间、没有对照、时限不写日期、把“很可能”写成“确认”。再问：这一行里哪几栏是系统填不了、只能由人负责的？

# %% [markdown] tags=["en", "instructor"] name="trainer-row"
# Let whoever plays the department sign the row or send it back, with reasons. Rows come back for lack of an interval, of a control, of a day, or for *confirmed* where it should read *probable*. Then: which columns can no system fill in, because somebody has to
# answer for them?

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
        "cause_id": cause_id,
        "action_id": action_id,
        "closing": closing,
        "table_row": table_row,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 四步的次序不能颠倒；每一步都有该停的时候。
# - 客户说的是感受，过程量说的是机制，台账说的是决定：三样对上了，才算追到底。
# - 剂量关系前后都在，说明变的是剂量，不是客户。
# - 看上去最像原因的，先看它动了没有。
# - “确认”要有对照；排除了什么、为什么排除，也要写进报告。
# - 各行加余项等于总变化，余项不抹掉。
# - 系统填数字，人来答应：措施、日期、验证方法都要有人负责。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - The stages keep their order, and each has a point at which to stop.
# - Customers tell the feeling, the process its mechanism, the register the decision: only when the three meet has the trace reached the ground.
# - A dose that holds in both periods says that the dose changed, not the customers.
# - Of what looks most like the cause, ask first whether it moved.
# - *Confirmed* takes a control; what was ruled out, and why, belongs into the report.
# - Cells and remainder make the whole change, and the remainder is shown.
# - The system fills in numbers; people promise: action, day and verification need somebody to answer for them.
