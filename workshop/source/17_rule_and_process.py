# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 规则和流程：各让客户付出多少？
#
# **案例 N17 · 业务规则与流程问题**（远桥通信，虚构；两个中心）
#
# - **要回答的问题**：第一个中心的满意率离目标差两个多点，有五条业务规则在用，先谈哪一条？第二个中心的上门维修多了一道审批，客户为多等的时间付出了多少？
# - **学完能做到**：算出一条规则“每千次受影响联络”的扣分；在同一业务里比有无规则；画出满意率随办理时长的变化，固定时期算斜率；把多出来的小时换算成点；把责任交给定规则、定流程的部门。
# - **用时**：80 分钟（规则 35、流程 30、结论 15）。
# - **先修**：N04（扣分贡献度）。
# - **数据**：两家虚构中心十二周的联络、评价和工单，种子相同。每个小组的数字不同，答案要从自己的数据里找。
#
# 分工建议：一人操作，一人专问“分母是什么”，一人替产品部门辩护，一人记录并汇报。

# %% [markdown] tags=["en"] name="title"
# # A rule and a process: what does each cost the customers?
#
# **Case N17 · A business rule and a business process** (Yuanqiao Telecom, an invented carrier; two centres)
#
# - **Question**: the first centre is more than two points below its target, with five business rules in force: which comes first? In the second centre an approval was added to on-site repairs: what do customers pay for the extra hours?
# - **Afterwards you can**: compute a rule's deduction per thousand contacts that it touches; compare with and without it inside the same business; draw satisfaction by hours, and take the slope with periods held equal; turn extra hours into points; and hand both to those who made
#   them.
# - **Time**: 80 minutes (rule 35, process 30, conclusion 15).
# - **Before this**: N04 (the deduction ledger).
# - **Data**: twelve weeks of contacts, ratings and tickets of two invented centres of the same seed. Each team has its own numbers: the answers are in your data.
#
# Roles: one drives, one keeps asking for the base, one defends the product department, one takes notes and presents.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 请一组扮演产品部门，准备一句话：“这条规则只影响很少的客户。”任务 1 到 3 做完后请他们再说一遍。`vary = True` 时两个世界的规则、环节和强度都不同。第二个中心的数据由种子自动生成，第一次要等半分钟。时间不够时，任务 5 由讲师演示。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# Let one team play the product department with one line: "this rule touches very few customers." After tasks 1 to 3 have them say it again. With `vary = True` rule, step and strength differ in both worlds. The second centre is made from the seed, which takes half a minute the first time. Short of time, show task 5
# yourself.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S01"  # 案例 / the invented centre
seed: int = 7  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
as_of: str = "2025-05-25"  # 数据截止日 / last day of the data
current: str = "2025-04-28/2025-05-25"  # 当期 / current period
baseline: str = "2025-03-03/2025-04-27"  # 流程一节的基期 / baseline, for the process
target: float = 0.95  # 满意率目标 / target of satisfaction
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N17"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop
from ccsat.business import business_rule, process_dose
from ccsat.figures.business import plot_process, plot_rules

case = workshop.begin(
    "N17",
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
question = cs.Question(current=current, target=target, as_of=as_of)
cs.measure(centre, question)

# %% [markdown] tags=["zh"] name="ask-rules"
# ## 规则：先谈哪一条？
#
# 联络上写着适用的规则编号（`rule_code`）。**千次扣分** = 受这条规则影响的联络里，平均每次扣多少，再乘一千。它不受“影响面大小”左右，是规则本身的分量。

# %% [markdown] tags=["en"] name="ask-rules"
# ## Rules: which comes first?
#
# A contact carries the code of the rule that was applied (`rule_code`). **Deduction per thousand** is the mean loss of the contacts that a rule touches, times a thousand. It does not depend on how many they are: it is the weight of the rule itself.

# %% [markdown] tags=["zh", "task"] name="task-thousand"
# ### 任务 1 每千次扣得最重的规则
#
# 用 `business_rule.rule_deductions(centre, question, within="biz_l1")`，在 `.table` 里找：哪条规则每千次扣分最重，多少，影响了多少次联络？`{"rule": "…", "per_thousand": …, "touched": …}`

# %% [markdown] tags=["en", "task"] name="task-thousand"
# ### Task 1: the rule that costs most per thousand
#
# With `business_rule.rule_deductions(centre, question, within="biz_l1")` see `.table`: which rule costs most per thousand, how much, and how many contacts does it touch? `{"rule": "…", "per_thousand": …, "touched": …}`

# %% [markdown] tags=["zh", "hint-1"] name="thousand-hint-1"
# 分母是受这条规则影响的联络，不是全部联络，也不只是评价过的。

# %% [markdown] tags=["en", "hint-1"] name="thousand-hint-1"
# The base is the contacts that the rule touches: not all contacts, and not the rated only.

# %% [markdown] tags=["zh", "hint-2"] name="thousand-hint-2"
# 表已经按 `per_thousand` 排好，最后一行 no_rule 是没有规则的联络。

# %% [markdown] tags=["en", "hint-2"] name="thousand-hint-2"
# The table is sorted by `per_thousand`; the last row, no_rule, are the contacts without any.

# %% [markdown] tags=["zh", "hint-3"] name="thousand-hint-3"
# 第一行的 `rule`、`per_thousand`、`touched`。

# %% [markdown] tags=["en", "hint-3"] name="thousand-hint-3"
# `rule`, `per_thousand`, `touched` of the first row.

# %% tags=["answer"] name="thousand" points=20
# BEGIN SOLUTION NO PROMPT
by_rule = business_rule.rule_deductions(centre, question, within="biz_l1")
heaviest = by_rule.table.iloc[0]
# END SOLUTION
thousand = {"rule": heaviest["rule"], "per_thousand": heaviest["per_thousand"], "touched": int(heaviest["touched"])}  # SOLUTION

# %% tags=["check"] name="check-thousand"
workshop.check("thousand", thousand)

# %% name="rules-figure"
ledger = business_rule.rule_deductions(centre, question, within="biz_l1")
plot_rules(ledger)

# %% name="rules-words"
views.sentences([ledger.sentence()])

# %% [markdown] tags=["zh", "task"] name="task-apart"
# ### 任务 2 是规则，还是业务本来就难？
#
# 产品部门说：问这项业务的客户本来就不高兴。同一张表里，`apart` 是有这条规则的联络减去**同一业务里没有规则的**联络。写出差别和 95% 区间：`{"difference": …, "lower": …, "upper": …}`（小数）。

# %% [markdown] tags=["en", "task"] name="task-apart"
# ### Task 2: the rule, or is the business hard anyway?
#
# The product department says that whoever calls about this is unhappy anyway. In the same table `apart` is the contacts under the rule less those of the **same business without one**. The difference with its 95 % interval: `{"difference": …, "lower": …, "upper": …}` (fractions).

# %% [markdown] tags=["zh", "hint-1"] name="apart-hint-1"
# 和别的业务比，比的是难易；和同一业务比，比的才是规则。

# %% [markdown] tags=["en", "hint-1"] name="apart-hint-1"
# Against other business you compare difficulty; within the same one, the rule.

# %% [markdown] tags=["zh", "hint-2"] name="apart-hint-2"
# `within="biz_l1"` 已经写上了，看 `apart`、`apart_lower`、`apart_upper`。

# %% [markdown] tags=["en", "hint-2"] name="apart-hint-2"
# `within="biz_l1"` is set: see `apart`, `apart_lower`, `apart_upper`.

# %% [markdown] tags=["zh", "hint-3"] name="apart-hint-3"
# 区间整个在零以下，才说得上更差。

# %% [markdown] tags=["en", "hint-3"] name="apart-hint-3"
# It is worse only when the whole interval is below zero.

# %% tags=["answer"] name="apart" points=15
apart = {"difference": heaviest["apart"], "lower": heaviest["apart_lower"], "upper": heaviest["apart_upper"]}  # SOLUTION

# %% tags=["check"] name="check-apart"
workshop.check("apart", apart)

# %% [markdown] tags=["zh", "task"] name="task-shares"
# ### 任务 3 “只影响很少的客户”
#
# 这条规则占全部联络的多大比例（`of_contacts`），占全部扣分的多大比例（`of_loss`）？`{"of_contacts": …, "of_loss": …}`

# %% [markdown] tags=["en", "task"] name="task-shares"
# ### Task 3: "it touches very few"
#
# What share of all contacts does the rule touch (`of_contacts`), and what share of all that is lost is its (`of_loss`)? `{"of_contacts": …, "of_loss": …}`

# %% [markdown] tags=["zh", "hint-1"] name="shares-hint-1"
# 影响面小，不等于分量小。

# %% [markdown] tags=["en", "hint-1"] name="shares-hint-1"
# Touching few is not weighing little.

# %% [markdown] tags=["zh", "hint-2"] name="shares-hint-2"
# `touched` 除以 `touched` 的合计；扣分的比例就是 `share` 一栏。

# %% [markdown] tags=["en", "hint-2"] name="shares-hint-2"
# `touched` over its sum; the share of the loss is the column `share`.

# %% [markdown] tags=["zh", "hint-3"] name="shares-hint-3"
# 两个数都写三位小数。

# %% [markdown] tags=["en", "hint-3"] name="shares-hint-3"
# Three decimals each.

# %% tags=["answer"] name="shares" points=10
shares = {"of_contacts": round(heaviest["touched"] / by_rule.table["touched"].sum(), 3), "of_loss": round(heaviest["share"], 3)}  # SOLUTION

# %% tags=["check"] name="check-shares"
workshop.check("shares", shares)

# %% [markdown] tags=["zh", "instructor"] name="trainer-rules"
# 请产品部门再说一遍那句话。追问：这张表能不能证明取消规则就会好？（不能，是关联：同一业务里的差别还可能来自别的不同。要证明，得看规则改动前后，或分批试行。）

# %% [markdown] tags=["en", "instructor"] name="trainer-rules"
# Have the product department say its line again. Then ask: does the table prove that dropping the rule helps? (No, an association: contacts of the same business may differ otherwise. To prove it compare before and after a change, or try it on a part.)

# %% [markdown] tags=["zh"] name="ask-process"
# ## 流程：多等的时间值多少？
#
# 换到第二个中心：上门维修前多了一道审批。工单上有创建和办结时间。**落后的小组从这里接上**，两部分互不相干。

# %% [markdown] tags=["en"] name="ask-process"
# ## The process: what do extra hours cost?
#
# Now the second centre: an approval was added before on-site repairs. Tickets have the times they were opened and closed. **A team that is behind joins here**; the two parts stand alone.

# %% name="second"
second = cs.read_centre(workshop.material("process_data"))
change = cs.Question(current=current, baseline=baseline, as_of=as_of)
cs.measure(second, change, by="biz_l1").table.pivot(index="biz_l1", columns="period", values="value").round(3)

# %% [markdown] tags=["zh", "task"] name="task-slope"
# ### 任务 4 每多十小时，满意率掉多少？
#
# 只看需要上门的断网（`where={"biz_l2": "offline_onsite"}`），用 `process_dose.process_dose(second, change, where=…)`。`cycle_h` 那一行的 `slope` 是每小时、已固定时期。换算成每十小时，连同区间：`{"per_10h": …, "lower": …, "upper": …}`

# %% [markdown] tags=["en", "task"] name="task-slope"
# ### Task 4: what do ten hours more do?
#
# Only lines that are down and need a visit (`where={"biz_l2": "offline_onsite"}`), with `process_dose.process_dose(second, change, where=…)`. In the row `cycle_h` the `slope` is per hour, periods held equal. Per ten hours, with the interval: `{"per_10h": …, "lower": …, "upper": …}`

# %% [markdown] tags=["zh", "hint-1"] name="slope-hint-1"
# 为什么要固定时期？当期的工单既慢又可能有别的不同；同一时期里，慢的也更不满意吗？

# %% [markdown] tags=["en", "hint-1"] name="slope-hint-1"
# Why hold periods equal? Current tickets are slower and may differ otherwise; are the slow ones less liked within a period too?

# %% [markdown] tags=["zh", "hint-2"] name="slope-hint-2"
# `.table` 里 `measure` 等于 `cycle_h` 的那一行：`slope`、`lower`、`upper`。

# %% [markdown] tags=["en", "hint-2"] name="slope-hint-2"
# The row of `.table` with `measure` equal to `cycle_h`: `slope`, `lower`, `upper`.

# %% [markdown] tags=["zh", "hint-3"] name="slope-hint-3"
# 三个数都乘十，保留四位小数。

# %% [markdown] tags=["en", "hint-3"] name="slope-hint-3"
# All three times ten, four decimals.

# %% tags=["answer"] name="slope" points=20
# BEGIN SOLUTION NO PROMPT
doses = process_dose.process_dose(second, change, where={"biz_l2": "offline_onsite"})
cycle = doses.table.set_index("measure").loc["cycle_h"]
# END SOLUTION
slope = {"per_10h": round(10 * cycle["slope"], 4), "lower": round(10 * cycle["lower"], 4), "upper": round(10 * cycle["upper"], 4)}  # SOLUTION

# %% tags=["check"] name="check-slope"
workshop.check("slope", slope)

# %% name="process-figure"
answer = process_dose.process_dose(second, change, where={"biz_l2": "offline_onsite"})
plot_process(answer, "cycle_h")

# %% name="process-words"
views.sentences([answer.sentence()])

# %% [markdown] tags=["zh"] name="read-process"
# 前一天多几乎是平的，过了拐点才往下走。退回次数、缺填项数和满意没有明显关系：不是单子填得不好，是等得太久。

# %% [markdown] tags=["en"] name="read-process"
# It is nearly flat for the first day and falls past the bend. Returns and missing fields have no clear relation: it is not how tickets are filled in, it is how long people wait.

# %% [markdown] tags=["zh", "task"] name="task-hours"
# ### 任务 5 多出来的时间，值多少点？
#
# 平均办理时长多了几小时（`hours`，当期减基期）？单是这些时间，能对上这个环节满意率多大的变化（`points` = 小时数 × 每小时斜率，小数）？`{"hours": …, "points": …}`

# %% [markdown] tags=["en", "task"] name="task-hours"
# ### Task 5: what are the extra hours worth?
#
# By how many hours did the mean cycle move (`hours`, current less baseline)? What change of satisfaction do these hours alone account for (`points` = hours × slope per hour, a fraction)? `{"hours": …, "points": …}`

# %% [markdown] tags=["zh", "hint-1"] name="hours-hint-1"
# 先算时间变了多少，再乘每小时的影响。

# %% [markdown] tags=["en", "hint-1"] name="hours-hint-1"
# First how the time moved, then times what an hour does.

# %% [markdown] tags=["zh", "hint-2"] name="hours-hint-2"
# `moved` 一栏就是当期平均减基期平均。

# %% [markdown] tags=["en", "hint-2"] name="hours-hint-2"
# The column `moved` is the current mean less the baseline's.

# %% [markdown] tags=["zh", "hint-3"] name="hours-hint-3"
# `hours` 一位小数，`points` 三位小数。

# %% [markdown] tags=["en", "hint-3"] name="hours-hint-3"
# `hours` to one decimal, `points` to three.

# %% tags=["answer"] name="hours" points=15
hours = {"hours": round(cycle["moved"], 1), "points": round(cycle["moved"] * cycle["slope"], 3)}  # SOLUTION

# %% tags=["check"] name="check-hours"
workshop.check("hours", hours)

# %% name="changes"
workshop.register_table(second.changes)

# %% [markdown] tags=["zh", "task"] name="task-conclusion"
# ### 任务 6 各找谁，先做什么？
#
# 规则和流程各由谁负责，先做哪一项？代码见下表。`{"rule_owner": "…", "rule_first": "…", "process_owner": "…", "process_first": "…"}`

# %% [markdown] tags=["en", "task"] name="task-conclusion"
# ### Task 6: whom to ask, and for what
#
# Who owns the rule and who the process, and what comes first for each? Codes below. `{"rule_owner": "…", "rule_first": "…", "process_owner": "…", "process_first": "…"}`

# %% name="choices-conclusion"
workshop.choices("conclusion")

# %% [markdown] tags=["zh", "hint-1"] name="conclusion-hint-1"
# 坐席能不能改这条规则、少走这道审批？

# %% [markdown] tags=["en", "hint-1"] name="conclusion-hint-1"
# Can agents change the rule, or skip the approval?

# %% [markdown] tags=["zh", "hint-2"] name="conclusion-hint-2"
# 规则归定规则的一方，流程归设计流程的一方。

# %% [markdown] tags=["en", "hint-2"] name="conclusion-hint-2"
# A rule belongs to those who made it, a process to those who designed it.

# %% [markdown] tags=["zh", "hint-3"] name="conclusion-hint-3"
# 先选能去掉原因的，再选只是缓解的。

# %% [markdown] tags=["en", "hint-3"] name="conclusion-hint-3"
# First what removes the cause, then what only eases it.

# %% tags=["answer"] name="conclusion" points=20
conclusion = {"rule_owner": "business_rule", "rule_first": "a1", "process_owner": "business_process", "process_first": "e1"}  # SOLUTION

# %% tags=["check"] name="check-conclusion"
workshop.check("conclusion", conclusion)

# %% [markdown] tags=["zh", "instructor"] name="trainer-conclusion"
# 讨论：审批是为了省上门成本设的。怎样既省钱又不让所有人等？（按金额设门槛：小额直接派单。）请各组说出这项措施怎样核验：看哪个指标、哪个环节、等几周。

# %% [markdown] tags=["en", "instructor"] name="trainer-conclusion"
# Discuss: the approval was made to save visits. How can money be saved without making everybody wait? (By a limit: small amounts go straight out.) Have each team say how it is verified: which figure, which step, how many weeks.

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
        "thousand": thousand,
        "apart": apart,
        "shares": shares,
        "slope": slope,
        "hours": hours,
        "conclusion": conclusion,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 千次扣分的分母是受影响的联络：影响面小，分量可以很大。
# - 规则要在同一业务里比，不然比的是难易。
# - 扣分占比和联络占比放在一起看，先后就清楚了。
# - 流程看剂量：固定时期，慢的是不是也更不满意。
# - 多出来的小时乘斜率，就是这道流程的代价。
# - 规则找定规则的，流程找设计流程的；培训两样都够不着。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - The base of a deduction per thousand is the contacts touched: few can weigh much.
# - Compare a rule within the same business, or you compare difficulty.
# - The share of the loss beside the share of the contacts says what comes first.
# - A process is judged by its dose: with periods held equal, are the slow ones less liked?
# - Extra hours times the slope is what a step costs.
# - The rule to those who made it, the process to those who designed it; training reaches neither.
