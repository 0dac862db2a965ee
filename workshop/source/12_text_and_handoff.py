# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 转人工的门槛，该放在哪里？
#
# **案例 N12 · 智能文本与人机协同**（远桥通信，虚构）
#
# - **要回答的问题**：新版机器人少转了人工。要人工的客户在哪一步流失？规则、流程、应答，各坏在哪里？想改门槛，试验怎么做、多少样本、什么时候能看结果、看了怎么定？
# - **学完能做到**：读转人工漏斗；分清策略、流程、话术三个视角；定 A/B 试验的样本和停止规则；按主要指标和护栏作决定。
# - **用时**：100 分钟（漏斗 20、三个视角 20、样本 20、停止规则 15、决定 25）。
# - **先修**：N10（指标体系）；N02（对比）。
# - **数据**：一家虚构运营商十二周的机器人会话与话轮，以及一份 A/B 试验的记录。每个小组的种子不同，数字也不同。
#
# 分工建议：一人操作，一人管样本，一人想提前看结果，一人拦住他并汇报。

# %% [markdown] tags=["en"] name="title"
# # When should a human be offered?
#
# **Case N12 · Text bot and human–machine cooperation** (Yuanqiao Telecom, an invented carrier)
#
# - **Question**: the new release hands fewer people to humans. At which step are those lost who ask for one? What is wrong with the rule, with the flow, with the answers? And to change the threshold: how is it tested, on how many, when may one look, and what follows?
# - **Afterwards you can**: read a hand-off funnel; tell strategy, flow and script apart; plan the sample and the stop rule of an A/B test; and decide by a primary outcome and guardrails.
# - **Time**: 100 minutes (funnel 20, three views 20, sample 20, stop rule 15, decision 25).
# - **Before this**: N10 (the indicator system); N02 (comparison).
# - **Data**: twelve weeks of bot sessions and turns of an invented carrier, and the record of an A/B test. Each team has its own seed and so its own numbers.
#
# Roles: one drives, one keeps the sample, one wants to see the result early, one stops them and presents.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 问一句：“试验第三天，新规则领先，p=0.03，能不能上线？”让各组举手，记下人数。任务 4 之后再问一遍。时间不够时，任务 2 由讲师带着做。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# Ask: on the third day of a test the new rule leads with p = 0.03, may it go live? Count the hands, and ask again after task 4. Short of time, do task 2 together.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S02"  # 案例 / the invented centre
seed: int = 7  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
power: float = 0.8  # 把握度 / power
looks: int = 4  # 计划看几次 / planned looks
limit: float = 0.02  # 护栏：最多多出多少 / guardrail: how much more is bearable
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N12"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop
from ccsat.figures import intelligent as figures
from ccsat.touchpoints import abtest, handoff, journey, textbot

case = workshop.begin("N12", world=world, seed=seed, lang=lang, scale=scale, vary=vary, data_dir=data_dir, team=team, role=role)
case

# %% [markdown] tags=["zh"] name="ask-funnel"
# ## 要人工的客户，在哪一步流失？
#
# 要求转人工 → 转接成功 → 上下文已传递 → 没有被重复询问 → 之后没有再来。每一步占的是上一步。

# %% [markdown] tags=["en"] name="ask-funnel"
# ## Where are those lost who ask for a human?
#
# Asked → put through → context came along → not asked again → did not come back. Each share is of the step before.

# %% name="funnel"
centre = cs.read_centre(case.data_dir)
funnel = handoff.handoff_funnel(centre)
print(funnel.sentence())
figures.plot_steps(funnel)

# %% name="funnel-table"
funnel.table[["step", "n", "share", "lower", "upper", "share_baseline", "change", "change_lower", "change_upper"]].round(4)

# %% [markdown] tags=["zh", "task"] name="task-step"
# ### 任务 1 跌得最多的一步
#
# 哪一步比发布前跌得最多？当期占上一步的比例是多少？变化了多少（小数，下降写负数）？`{"step": "…", "share": 0.…, "change": -0.…}`

# %% [markdown] tags=["en", "task"] name="task-step"
# ### Task 1: the step that fell most
#
# Which step fell most since the release, what share of the step before gets there now, and by how much did that change (a fraction, a fall negative)? `{"step": "…", "share": 0.…, "change": -0.…}`

# %% name="choices-step"
workshop.choices("funnel_step")

# %% [markdown] tags=["zh", "hint-1"] name="step-hint-1"
# 看变化，不看高低：后面有的步骤一直都不高。

# %% [markdown] tags=["en", "hint-1"] name="step-hint-1"
# Look at the change, not the level: some later steps were never high.

# %% [markdown] tags=["zh", "hint-2"] name="step-hint-2"
# `change` 最小的那一行；三个数都在同一行里。

# %% [markdown] tags=["en", "hint-2"] name="step-hint-2"
# The row with the smallest `change`; all three stand in it.

# %% [markdown] tags=["zh", "hint-3"] name="step-hint-3"
# `funnel.fallen_most` 给出步骤，再从 `funnel.table.set_index("step")` 里取那一行。

# %% [markdown] tags=["en", "hint-3"] name="step-hint-3"
# `funnel.fallen_most` names the step; take its row from `funnel.table.set_index("step")`.

# %% tags=["answer"] name="funnel_step" points=20
step = funnel.table.set_index("step").loc[funnel.fallen_most]  # SOLUTION NO PROMPT
funnel_step = {"step": funnel.fallen_most, "share": step["share"], "change": step["change"]}  # SOLUTION

# %% tags=["check"] name="check-step"
workshop.check("funnel_step", funnel_step)

# %% [markdown] tags=["zh"] name="ask-views"
# ## 三个视角
#
# - **策略**：转人工的规则。没听懂几次才转？
# - **流程**：漏斗和等待。在哪里流失，等了多久？
# - **话术**：每个意图的应答。说完以后客户要不要再说一遍，点不点踩，快不快？

# %% [markdown] tags=["en"] name="ask-views"
# ## Three views
#
# - **Strategy**: the hand-off rule. After how many misunderstandings is a human offered?
# - **Flow**: the funnel and the waits. Where are people lost, and how long do they wait?
# - **Script**: the answers of each intent. Do customers have to say it again, do they give a thumb down, and how fast is it?

# %% name="strategy"
textbot.handoff_rule(centre).table[["fallbacks", "value", "lower", "upper", "n", "value_baseline", "n_baseline", "change", "blocked"]].round(3)

# %% name="waits"
handoff.handoff_waits(centre).table

# %% name="script"
textbot.answer_table(centre).table.head(6).round(3)

# %% [markdown] tags=["zh", "task"] name="task-views"
# ### 任务 2 各看到了什么？
#
# 给每个视角选一个发现：`{"strategy": "…", "flow": "…", "script": "…"}`。

# %% [markdown] tags=["en", "task"] name="task-views"
# ### Task 2: what does each view show?
#
# Choose a finding for each view: `{"strategy": "…", "flow": "…", "script": "…"}`.

# %% name="choices-views"
workshop.choices("three_views")

# %% [markdown] tags=["zh", "hint-1"] name="views-hint-1"
# 先把没有动的排除：等待、上下文、时延，各看一眼前后。

# %% [markdown] tags=["en", "hint-1"] name="views-hint-1"
# First rule out what did not move: waits, context and latency, each before and after.

# %% [markdown] tags=["zh", "hint-2"] name="views-hint-2"
# 策略表里，没听懂一次的会话，以前转多少，现在转多少？没听懂两次、三次的呢？

# %% [markdown] tags=["en", "hint-2"] name="views-hint-2"
# In the strategy table: of sessions with one fallback, how many were handed off before and now? And with two or three?

# %% [markdown] tags=["zh", "hint-3"] name="views-hint-3"
# 规则归策略，步骤的流失归流程，个别意图的应答归话术。剩下的三个发现都不成立。

# %% [markdown] tags=["en", "hint-3"] name="views-hint-3"
# A rule is strategy, a step's loss is flow, the answers of some intents are script. The other three findings do not hold.

# %% tags=["answer"] name="three_views" points=20
three_views = {"strategy": "late_human", "flow": "blocked", "script": "said_again"}  # SOLUTION

# %% tags=["check"] name="check-views"
workshop.check("three_views", three_views)

# %% [markdown] tags=["zh", "instructor"] name="trainer-views"
# 三个视角对应三个责任人：规则由智能服务负责人定，流程由运营定，应答由知识团队写。请各组各写一句“请谁、改什么、什么时候看”。

# %% [markdown] tags=["en", "instructor"] name="trainer-views"
# Three views, three owners: the head of the bot unit sets the rule, operations own the flow, the knowledge team writes answers. Have each team write one sentence for each: who, what, and when to look.

# %% [markdown] tags=["zh"] name="ask-plan"
# ## 门槛放在哪里，试了再说
#
# 把客户随机分成两组：`one` 没听懂一次就转人工，`three` 没听懂三次才转。主要指标是 48 小时旅程解决率；护栏是“要人工没要到”的比例。先定样本，再开始。
#
# **落后的小组从这里接上**：下面不用前面的结果。

# %% [markdown] tags=["en"] name="ask-plan"
# ## Where should the threshold be? Test it
#
# Customers are split at random: `one` gets a human after one misunderstanding, `three` after three. The primary outcome is journey resolution within 48 hours, the guardrail is the share that asks for a human in vain. The sample comes before the start.
#
# **A team that is behind joins here**: nothing above is needed.

# %% tags=["checkpoint"] name="flow"
centre = cs.read_centre(case.data_dir)
before = journey.journey_account(centre)
sessions = case.table("bot_sessions")
early = sessions[sessions["started_at"] < "2025-04-28"]
flow = len(early) / early["started_at"].dt.normalize().nunique()
{"journey_before": round(before.value_baseline, 3), "sessions_a_day": round(flow)}

# %% [markdown] tags=["zh", "task"] name="task-plan"
# ### 任务 3 每组多少，要几天？
#
# 起点是发布前的旅程解决率（三位小数），要以 80% 的把握看出**下降 2 个百分点**，只在期满时看一次，所有会话都进试验。`{"n_arm": …, "days": …}`

# %% [markdown] tags=["en", "task"] name="task-plan"
# ### Task 3: how many an arm, how many days?
#
# From journey resolution before the release (three decimals), find with power 80 % a **fall of two points**, looking once at the end, with every session in the test. `{"n_arm": …, "days": …}`

# %% [markdown] tags=["zh", "hint-1"] name="plan-hint-1"
# 四样东西定样本：起点、要看出的差别、误报、把握。差别小一半，样本要四倍。

# %% [markdown] tags=["en", "hint-1"] name="plan-hint-1"
# Four things make the sample: baseline, difference, false alarms, power. Half the difference takes four times the sample.

# %% [markdown] tags=["zh", "hint-2"] name="plan-hint-2"
# `abtest.plan_test(起点, -0.02, power=power, flow=flow)`；`flow` 是两组合计每天进来的会话。

# %% [markdown] tags=["en", "hint-2"] name="plan-hint-2"
# `abtest.plan_test(baseline, -0.02, power=power, flow=flow)`; `flow` is sessions a day, both arms together.

# %% [markdown] tags=["zh", "hint-3"] name="plan-hint-3"
# 结果有 `.n_arm`（每组）和 `.days`。

# %% [markdown] tags=["en", "hint-3"] name="plan-hint-3"
# The result has `.n_arm` (of each arm) and `.days`.

# %% tags=["answer"] name="ab_plan" points=20
plan = abtest.plan_test(round(before.value_baseline, 3), -0.02, power=power, flow=flow)  # SOLUTION NO PROMPT
ab_plan = {"n_arm": plan.n_arm, "days": plan.days}  # SOLUTION

# %% tags=["check"] name="check-plan"
workshop.check("ab_plan", ab_plan)

# %% [markdown] tags=["zh"] name="ask-looks"
# ## 能不能提前看？
#
# 只看一次的试验，天天看、见好就收，误报会升得很高。想提前看，就要在开始之前说好看几次，用奥布莱恩—弗莱明界限：早看要很硬的证据，最后一次几乎不打折扣。下图是看几次的界限，越过曲线才能停。

# %% [markdown] tags=["en"] name="ask-looks"
# ## May one look early?
#
# Look every day at a test with one look and stop at the first success, and false alarms soar. To look early, say before the start how often, and use O'Brien-Fleming bounds: early looks need hard evidence, the last hardly more than a single test. The figure shows the bounds: only beyond the curve may one stop.

# %% name="looks"
several = abtest.plan_test(round(before.value_baseline, 3), -0.02, power=power, looks=looks, flow=flow)
figures.plot_looks(several)

# %% [markdown] tags=["zh", "task"] name="task-looks"
# ### 任务 4 停止规则
#
# - `first_p`：计划看四次时，第一次查看要 p 小于多少才能停？
# - `peeking`：计划只看一次，却天天看、见好就收，误报的概率是多少？
#
# `{"first_p": …, "peeking": 0.…}`

# %% [markdown] tags=["en", "task"] name="task-looks"
# ### Task 4: the stop rule
#
# - `first_p`: with four looks planned, below which p may the first one stop the test?
# - `peeking`: with one look planned but one a day taken, stopping at the first success, how likely is a false alarm?
#
# `{"first_p": …, "peeking": 0.…}`

# %% [markdown] tags=["zh", "hint-1"] name="looks-hint-1"
# 第一个数在看四次的计划里，第二个数在只看一次的计划里。

# %% [markdown] tags=["en", "hint-1"] name="looks-hint-1"
# The first number is in the plan with four looks, the second in the plan with one.

# %% [markdown] tags=["zh", "hint-2"] name="looks-hint-2"
# `several.table` 一行一次查看，`p_value` 是能停的界限；`.peeking` 是计划的一个属性。

# %% [markdown] tags=["en", "hint-2"] name="looks-hint-2"
# `several.table` has a row a look, and `p_value` is the bound; `.peeking` is an attribute of a plan.

# %% [markdown] tags=["zh", "hint-3"] name="looks-hint-3"
# 第一行的 `p_value` 用 `.iloc[0]` 取；`peeking` 从任务 3 的计划里取，不取整。

# %% [markdown] tags=["en", "hint-3"] name="looks-hint-3"
# Take the first row's `p_value` with `.iloc[0]`, and `peeking` from the plan of task 3, unrounded.

# %% tags=["answer"] name="ab_looks" points=15
once = abtest.plan_test(round(before.value_baseline, 3), -0.02, power=power, flow=flow)  # SOLUTION NO PROMPT
ab_looks = {"first_p": several.table["p_value"].iloc[0], "peeking": once.peeking}  # SOLUTION

# %% tags=["check"] name="check-looks"
workshop.check("ab_looks", ab_looks)

# %% [markdown] tags=["zh", "instructor"] name="trainer-looks"
# 再问一遍“第三天 p=0.03 能不能上线”。强调：不是不许看数据质量（分流比例、缺失），是不许看结果来决定停不停。

# %% [markdown] tags=["en", "instructor"] name="trainer-looks"
# Ask again about the third day with p = 0.03. Stress that data quality (the split of the arms, missing values) may be watched at any time; what may not is deciding by the result whether to stop.

# %% [markdown] tags=["zh"] name="ask-verdict"
# ## 看结果，作决定
#
# `ab` 是做满样本的试验记录，一行一次会话：`arm` 组别，`contained` 没转人工，`resolved` 48 小时内没有再来，`in_vain` 要人工没要到。样本不够时，`evaluate_test` 会拒绝回答；先看一眼它怎么拒绝。

# %% [markdown] tags=["en"] name="ask-verdict"
# ## See the result, and decide
#
# `ab` is the record of the test with its full sample, a row a session: `arm`, `contained` (no human), `resolved` (not back within 48 hours), `in_vain` (asked for a human in vain). With too small a sample `evaluate_test` refuses to answer; see how.

# %% name="ab"
ab = workshop.material("ab")
ab.groupby("arm")[["contained", "resolved", "in_vain"]].mean().round(3).assign(n=ab.groupby("arm").size())

# %% name="peek"
design = abtest.plan_test(round(before.value_baseline, 3), -0.02, power=power, flow=flow)
try:
    abtest.evaluate_test(ab.head(2000), design, control="one", primary="resolved")
except cs.CcsatError as refused:
    print(refused)

# %% [markdown] tags=["zh", "task"] name="task-verdict"
# ### 任务 5 采不采用“三次才转”？
#
# 对照是 `one`，主要指标 `resolved`，护栏 `in_vain`（越低越好，最多多出 `limit`），同一客户的会话算一群（`cluster="customer_id"`）。写出决定的代码，和主要指标的变化（three 减 one，小数）：`{"decision": "…", "change": 0.…}`

# %% [markdown] tags=["en", "task"] name="task-verdict"
# ### Task 5: adopt "a human after three"?
#
# The control is `one`, the primary outcome `resolved`, the guardrail `in_vain` (lower is better, at most `limit` more), and sessions of a customer hang together (`cluster="customer_id"`). Give the decision's code and the change of the primary outcome (three less one, a fraction): `{"decision": "…", "change": 0.…}`

# %% name="choices-verdict"
workshop.choices("ab_verdict")

# %% [markdown] tags=["zh", "hint-1"] name="verdict-hint-1"
# 拦截率升了多少不重要：那是规则本身。先看主要指标，再看护栏。

# %% [markdown] tags=["en", "hint-1"] name="verdict-hint-1"
# How far containment rose is beside the point: that is the rule itself. First the primary outcome, then the guardrail.

# %% [markdown] tags=["zh", "hint-2"] name="verdict-hint-2"
# `guardrails={"in_vain": ("low", limit)}`；护栏的区间碰到界限，就不算守住。

# %% [markdown] tags=["en", "hint-2"] name="verdict-hint-2"
# `guardrails={"in_vain": ("low", limit)}`; a guardrail whose interval reaches its limit does not hold.

# %% [markdown] tags=["zh", "hint-3"] name="verdict-hint-3"
# 结果的 `.decision`，和 `.table` 第一行的 `change`。

# %% [markdown] tags=["en", "hint-3"] name="verdict-hint-3"
# The result's `.decision`, and `change` in the first row of `.table`.

# %% tags=["answer"] name="ab_verdict" points=25
# BEGIN SOLUTION NO PROMPT
guard = {"in_vain": ("low", limit)}
result = abtest.evaluate_test(ab, design, control="one", primary="resolved", guardrails=guard, cluster="customer_id")
# END SOLUTION
ab_verdict = {"decision": result.decision, "change": result.table["change"].iloc[0]}  # SOLUTION

# %% tags=["check"] name="check-verdict"
workshop.check("ab_verdict", ab_verdict)

# %% name="verdict"
shown = abtest.evaluate_test(ab, design, control="one", primary="resolved", guardrails={"in_vain": ("low", limit)}, cluster="customer_id")
views.sentences([shown.sentence()])

# %% name="verdict-table"
shown.table[["outcome", "role", "value", "value_control", "n", "n_control", "change", "change_lower", "change_upper", "safe"]].round(4)

# %% [markdown] tags=["zh", "instructor"] name="trainer-verdict"
# 各组的样本不同，主要指标有的过界（不采用），有的没过（由护栏决定）；两种都对，结论一样：不上。讨论：如果把主要指标换成拦截率，会怎么定？这就是指标选错的代价。

# %% [markdown] tags=["en", "instructor"] name="trainer-verdict"
# Teams have different samples: in some the primary outcome passes its bound (reject), in others not and the guardrail decides; both are right and say the same: no. Discuss: with containment as primary outcome, what would have been decided? That is the price of the wrong indicator.

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
        "funnel_step": funnel_step,
        "three_views": three_views,
        "ab_plan": ab_plan,
        "ab_looks": ab_looks,
        "ab_verdict": ab_verdict,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 转人工漏斗一步一步看，每一步占的是上一步；先找跌得最多的，不是最低的。
# - 策略、流程、话术是三件事，三个责任人。
# - 先定要看出多小的差别，样本和天数跟着就定了。
# - 开始之前说好看几次；天天看、见好就收，误报翻好几倍。
# - 主要指标只有一个，护栏守住底线；规则自己就会改变的指标，不能当主要指标。
# - 两组人数跟计划对不上，先查分流，别看结果。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - Read a hand-off funnel step by step, each of the step before; look for what fell most, not for what is lowest.
# - Strategy, flow and script are three things with three owners.
# - First the smallest difference that matters: sample and days follow.
# - Say before the start how often you will look; peeking daily multiplies false alarms.
# - One primary outcome, and guardrails that keep the floor; what the rule changes by itself cannot be the primary outcome.
# - Where the arms are not of the planned sizes, look at the assignment before the result.
