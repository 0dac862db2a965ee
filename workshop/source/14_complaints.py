# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 升级投诉少了，是真的少了，还是还没到时候？
#
# **案例 N14 · 服务质量投诉:本地与升级**（远桥通信，虚构）
#
# - **要回答的问题**：月报说近四周的升级率降了一半，投诉处理台请求表扬。可是监管部门的电话并没有少。哪个数能信？问题出在哪里？
# - **学完能做到**：分清成熟和不成熟的批次；在批次没成熟时按同样的龄期比较；找到处理方式变了的地方；看穿被放宽的时限；算出预防池，也说清它说明不了什么。
# - **用时**：75 分钟（升级率 25、定位 25、预防池与结论 25）。
# - **先修**：N02（对比）；N13（一解率）更好，那里的成熟规则和这里一样。
# - **数据**：一家虚构运营商十二周的本地投诉和升级投诉。每个小组的种子不同，数字也不同，答案要从自己的数据里找。
#
# 分工建议：一人操作，一人盯着“这些投诉满 30 天了吗”，一人替投诉处理台辩护，一人记录并汇报。

# %% [markdown] tags=["en"] name="title"
# # Fewer escalations: fewer indeed, or just too early to tell?
#
# **Case N14 · Local and escalated complaints** (Yuanqiao Telecom, an invented carrier)
#
# - **Question**: the monthly report says that the escalation rate halved in the last four weeks, and the complaint desk asks for praise. Yet the regulator rings as often as before. Which figure can be believed, and where does the
#   trouble sit?
# - **Afterwards you can**: tell mature cohorts from young ones; compare at the same age while a cohort is young; find where the handling changed; see through a widened deadline; count the preventable pool, and say what it does not show.
# - **Time**: 75 minutes (the rate 25, location 25, pool and conclusion 25).
# - **Before this**: N02 (comparison); N13 (first-contact resolution) helps, its maturity rule is the same.
# - **Data**: twelve weeks of local and escalated complaints of an invented carrier. Each team has its own seed and so its own numbers: the answers are in your data, not at the next table.
#
# Roles: one drives, one keeps asking whether these complaints are 30 days old, one defends the complaint desk, one takes notes and presents.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 先把“近四周升级率下降”的月报念一遍，请各组举手：信、不信、不知道。多数组会信。把举手结果写在白板上，任务 2 做完再回来看。本案例当期四周没有一件投诉满 30 天，所以“成熟的当期升级率”是空的——空就是答案，不要硬凑。`vary = True` 时地市、起点和强度不同。时间不够时，任务 5（预防池）由讲师演示。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# Read out the report of the falling rate and let the teams vote: true, false, cannot tell. Most will say true; keep the count on the board until task 2 is done. In this case no complaint of the last four weeks is 30 days old, so the mature rate of the
# current period is empty: empty is the answer, do not force one. With `vary = True` region, onset and strength differ. Short of time, show task 5 (the pool) yourself.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S11"  # 案例 / the invented centre
seed: int = 7  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
as_of: str = "2025-05-25"  # 数据截止日 / last day of the data
current: str = "2025-04-28/2025-05-25"  # 当期 / current period
baseline: str = "2025-03-03/2025-04-27"  # 基期 / baseline period
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N14"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop
from ccsat.figures.business import plot_escalation_cells, plot_escalation_cohorts
from ccsat.touchpoints import complaint_causes, complaints

case = workshop.begin(
    "N14",
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
question = cs.Question(current=current, baseline=baseline, as_of=as_of)
filed = workshop.material("complaints")
filed.groupby("period")["escalated"].agg(n="size", escalated="sum", plain_share="mean").round(4)

# %% [markdown] tags=["zh"] name="read-table"
# 月报就是上表的最后一列：当期直接相除，比基期低了一半。可是升级通常发生在投诉后两三周。**上周的投诉没有升级，不等于不会升级。**
#
# `filed` 一行一件本地投诉：`age_days` 到数据截止日的天数，`escalated` 到目前为止 30 天内是否升级，`reply_h` 首次回复用了几小时，`given_h` 规定的时限是几小时。

# %% [markdown] tags=["en"] name="read-table"
# The report is the last column: the plain share of the current period is half of before. But a complaint escalates two or three weeks after it was filed. **That last week's complaints have not escalated does not mean that they will not.**
#
# `filed` has a row a local complaint: `age_days` up to the last day of the data, `escalated` within 30 days so far, `reply_h` hours to the first reply, `given_h` hours that the deadline gave.

# %% [markdown] tags=["zh", "task"] name="task-mature"
# ### 任务 1 能公布的升级率是多少？
#
# 30 天升级率只能用受理已满 30 天的本地投诉来算。没有经过本地的直接升级另计。`{"rate": 0.…, "n": …}`，比率写四位小数。下表是四种常见的算法，其中只有一种可以公布。

# %% [markdown] tags=["en", "task"] name="task-mature"
# ### Task 1: which rate may be published?
#
# A 30-day rate is of local complaints that are 30 days old. Direct escalations, with no local complaint before, count for themselves. `{"rate": 0.…, "n": …}`, the rate to four decimals. The table has four ways that are in use; one may be published.

# %% name="choices-mature"
workshop.choices("mature_rate")

# %% [markdown] tags=["zh", "hint-1"] name="mature-hint-1"
# 先问每一件：它有没有足够的时间升级？没有的，既不能算好，也不能算坏。

# %% [markdown] tags=["en", "hint-1"] name="mature-hint-1"
# Ask of each complaint: has it had time to escalate? One that has not is neither good nor bad yet.

# %% [markdown] tags=["zh", "hint-2"] name="mature-hint-2"
# 在 `filed` 里取 `age_days >= 30` 的，求 `escalated` 的平均和件数。

# %% [markdown] tags=["en", "hint-2"] name="mature-hint-2"
# Of `filed` take `age_days >= 30`, the mean of `escalated` and how many there are.

# %% [markdown] tags=["zh", "hint-3"] name="mature-hint-3"
# 也可以用 `complaints.escalation_rate(centre)`：默认就是成熟批次，取其中的 `value` 和 `n`。

# %% [markdown] tags=["en", "hint-3"] name="mature-hint-3"
# Or `complaints.escalation_rate(centre)`, which counts mature complaints by default: its `value` and `n`.

# %% tags=["answer"] name="mature_rate" points=20
ripe = complaints.escalation_rate(centre)  # SOLUTION NO PROMPT
mature_rate = {"rate": round(ripe["value"], 4), "n": ripe["n"]}  # SOLUTION

# %% tags=["check"] name="check-mature"
workshop.check("mature_rate", mature_rate)

# %% name="cohorts"
cohorts = complaints.escalation_cohorts(centre)
plot_escalation_cohorts(cohorts)

# %% name="cohorts-words"
views.sentences([cohorts.sentence()])

# %% [markdown] tags=["zh"] name="read-cohorts"
# 一个点是一周受理的投诉。空心点还没成熟，越近越低，最后一周几乎是零：这条下坡路**每个月都会有**，和处理得好不好无关。当期四周都在灰色区里，所以成熟的当期升级率现在没有。

# %% [markdown] tags=["en"] name="read-cohorts"
# A point is a week of filing. Hollow ones are not mature, the nearer the lower, and the last week is almost zero: this slope is there **every month**, however complaints are handled. All four weeks of the current period lie in the grey area, so a mature rate of it does not exist yet.

# %% [markdown] tags=["zh", "task"] name="task-month"
# ### 任务 2 等不到成熟，怎么比？
#
# 让每件投诉只算它被观察到的那段时间（生存法，`estimator="km"`），两期都看 27 天。算两个变化（当期减基期，小数）：`plain` 是直接相除（`estimator="naive"`）的变化，`same_age` 是生存法的变化。`{"plain": …, "same_age": …}`

# %% [markdown] tags=["en", "task"] name="task-month"
# ### Task 2: how to compare before a cohort is mature?
#
# Let each complaint count for as long as it was watched (survival, `estimator="km"`), over 27 days in both periods. Two changes (current less baseline, fractions): `plain` of the plain share (`estimator="naive"`), `same_age` by survival. `{"plain": …, "same_age": …}`

# %% [markdown] tags=["zh", "hint-1"] name="month-hint-1"
# 直接相除会往下掉，因为当期的投诉年轻。按同样的龄期比，方向还一样吗？

# %% [markdown] tags=["en", "hint-1"] name="month-hint-1"
# The plain share falls because the current complaints are young. Is the direction the same at the same age?

# %% [markdown] tags=["zh", "hint-2"] name="month-hint-2"
# `complaints.escalation_rate(centre, estimator="km", window_days=27, period=current)["value"]`，基期把 `current` 换成 `baseline`。

# %% [markdown] tags=["en", "hint-2"] name="month-hint-2"
# `complaints.escalation_rate(centre, estimator="km", window_days=27, period=current)["value"]`; for the baseline, `baseline` in place of `current`.

# %% [markdown] tags=["zh", "hint-3"] name="month-hint-3"
# 一共四个数：两种算法各两期；每种都用当期减基期。

# %% [markdown] tags=["en", "hint-3"] name="month-hint-3"
# Four numbers in all: two ways, two periods each; current less baseline for both.

# %% tags=["answer"] name="last_month" points=20
# BEGIN SOLUTION NO PROMPT
young = {"plain": {"estimator": "naive"}, "same_age": {"estimator": "km", "window_days": 27}}
now = {name: complaints.escalation_rate(centre, period=current, **how)["value"] for name, how in young.items()}
before = {name: complaints.escalation_rate(centre, period=baseline, **how)["value"] for name, how in young.items()}
# END SOLUTION
last_month = {name: round(now[name] - before[name], 4) for name in young}  # SOLUTION

# %% tags=["check"] name="check-month"
workshop.check("last_month", last_month)

# %% [markdown] tags=["zh", "instructor"] name="trainer-month"
# 回到白板上的举手结果。追问：“已满 30 天的，再加上已经升级的”行不行？任务 1 的表里有这一种，它偏高——年轻的投诉里只挑了坏的。`complaints.escalation_rate(centre, estimator="mixed")` 会点名拒绝，可以当场试。

# %% [markdown] tags=["en", "instructor"] name="trainer-month"
# Back to the vote on the board. Ask: what of the mature ones plus those that escalated already? It is in the table of task 1, and too high: of the young only the bad are taken. `complaints.escalation_rate(centre, estimator="mixed")` is refused by name; try it.

# %% [markdown] tags=["zh"] name="ask-where"
# ## 多出来的升级在哪里？
#
# 下图按地市比较：灰色是按基期同龄风险**应有**的件数，彩色是**已经**升级的。件数不多，p 值也就不会太小，所以只能当线索。处理过程的指标样本大得多：首次回复是不是慢了，现在就看得清。

# %% [markdown] tags=["en"] name="ask-where"
# ## Where is the surplus?
#
# By region: grey is what is **expected** at the same age by the baseline, colour is what **has** escalated. There are few, so the p-values cannot be small, and it is a clue only. The handling has far more rows: whether the first reply got slower can be seen now.

# %% name="suspects"
suspects = complaints.locate_escalations(centre, question, dims=["region"])
plot_escalation_cells(suspects)

# %% [markdown] tags=["zh", "task"] name="task-where"
# ### 任务 3 投诉的处理，在哪里变了？
#
# 用 `complaint_causes.handling(centre, question, by="…")` 逐个维度看 24 小时首次回复率（`caliber` 为 `24h`）的变化 `change` 和 `p_adjusted`，找到集中变差的那一处：`{"dim": "…", "level": "…"}`。

# %% [markdown] tags=["en", "task"] name="task-where"
# ### Task 3: where did the handling change?
#
# With `complaint_causes.handling(centre, question, by="…")` look at one dimension after the other: `change` and `p_adjusted` of the share replied to within 24 hours (`caliber` is `24h`). Find the place where it got worse: `{"dim": "…", "level": "…"}`.

# %% name="choices-where"
workshop.choices("where")

# %% [markdown] tags=["zh", "hint-1"] name="where-hint-1"
# 如果是全公司的问题，每一处都会差不多地降；如果是一处的规则，就只有那里降。

# %% [markdown] tags=["en", "hint-1"] name="where-hint-1"
# If it is everybody's, all places fall alike; if it is the rule of one place, only that one does.

# %% [markdown] tags=["zh", "hint-2"] name="where-hint-2"
# `by=` 依次换成上表的代码，看结果的 `.table`：只取 `caliber` 等于 `"24h"` 的行。

# %% [markdown] tags=["en", "hint-2"] name="where-hint-2"
# Put the codes of the table into `by=` one after the other, and of the answer's `.table` take the rows whose `caliber` is `"24h"`.

# %% [markdown] tags=["zh", "hint-3"] name="where-hint-3"
# 按 `change` 从小到大排序，第一行的 `level` 就是答案；它的 `p_adjusted` 几乎是零。

# %% [markdown] tags=["en", "hint-3"] name="where-hint-3"
# Sort by `change`: the first row's `level` is the answer, and its `p_adjusted` is almost zero.

# %% tags=["answer"] name="where" points=15
# BEGIN SOLUTION NO PROMPT
handled = complaint_causes.handling(centre, question, by="region").table
slow = handled[handled["caliber"] == "24h"].sort_values("change")
# END SOLUTION
where = {"dim": "region", "level": slow["level"].iloc[0]}  # SOLUTION

# %% tags=["check"] name="check-where"
workshop.check("where", where)

# %% [markdown] tags=["zh", "task"] name="task-deadline"
# ### 任务 4 及时率没有降，为什么还说慢了？
#
# 投诉处理台说：我们的首次回复及时率一点没降。在任务 3 找到的地市里，算两个变化（当期减基期，小数）：`own` 按每件**自己的时限**（`own_deadline`），`standard` 按统一的 **24 小时**（`24h`）。`{"own": …, "standard": …}`

# %% [markdown] tags=["en", "task"] name="task-deadline"
# ### Task 4: the on-time rate did not fall, so why slow?
#
# The complaint desk says that its first replies are as punctual as ever. In the region of task 3 compute two changes (current less baseline, fractions): `own` by each complaint's **own deadline** (`own_deadline`), `standard` by one standard of **24 hours** (`24h`).
# `{"own": …, "standard": …}`

# %% [markdown] tags=["zh", "hint-1"] name="deadline-hint-1"
# 及时率的分子是“在时限内回复”。时限是谁定的？有没有变？看 `filed` 里的 `given_h`。

# %% [markdown] tags=["en", "hint-1"] name="deadline-hint-1"
# On time means within the deadline. Who sets it, and did it change? See `given_h` in `filed`.

# %% [markdown] tags=["zh", "hint-2"] name="deadline-hint-2"
# 上一题的结果表里，取 `kpi == "complaint_on_time_rate"` 且 `level` 是那个地市的两行。

# %% [markdown] tags=["en", "hint-2"] name="deadline-hint-2"
# In the table of the last task take the two rows with `kpi == "complaint_on_time_rate"` and that `level`.

# %% [markdown] tags=["zh", "hint-3"] name="deadline-hint-3"
# 两行的 `change` 就是答案，下降是负数：`own_deadline` 那行给 own，`24h` 那行给 standard。

# %% [markdown] tags=["en", "hint-3"] name="deadline-hint-3"
# Their `change` is the answer, a fall negative: the row `own_deadline` for own, `24h` for standard.

# %% tags=["answer"] name="deadline" points=20
# BEGIN SOLUTION NO PROMPT
there = (handled["kpi"] == "complaint_on_time_rate") & (handled["level"] == where["level"])
moved = handled[there].set_index("caliber")["change"].round(4)
# END SOLUTION
deadline = {"own": moved["own_deadline"], "standard": moved["24h"]}  # SOLUTION

# %% tags=["check"] name="check-deadline"
workshop.check("deadline", deadline)

# %% name="given"
filed[filed["region"] == (where["level"] if isinstance(where, dict) else filed["region"].iloc[0])].groupby("period")[["given_h", "reply_h"]].median().round(1)

# %% name="changes"
workshop.register_table(centre.changes)

# %% [markdown] tags=["zh"] name="read-changes"
# 变更台账里有一条没有公告的规则改动：范围、日期都对得上。**落后的小组从这里接上**：处理方式变差的地方和原因已经有了，下面只看有没有预警，再下结论。

# %% [markdown] tags=["en"] name="read-changes"
# The register has a change of rule that was not announced, and its scope and day fit. **A team that is behind joins here**: place and rule are known; what is left is whether there was a warning, and the conclusion.

# %% [markdown] tags=["zh", "task"] name="task-pool"
# ### 任务 5 升级之前，有没有预警？
#
# 预防池：投诉之前 30 天里已经有至少两次没解决的联络的升级投诉。算出件数和占比：`{"n": …, "share": 0.…}`。再看结果里 `local` 一栏：没有升级的投诉里，这个比例是多少？

# %% [markdown] tags=["en", "task"] name="task-pool"
# ### Task 5: was there a warning?
#
# The preventable pool: escalations with at least two unresolved contacts in the 30 days before the complaint. How many, and what share: `{"n": …, "share": 0.…}`. Then see the column `local`: what is the share among complaints that did not escalate?

# %% [markdown] tags=["zh", "hint-1"] name="pool-hint-1"
# 预警是“至少两次没解决”，一次不算。回看期不满 30 天的升级要排除。

# %% [markdown] tags=["en", "hint-1"] name="pool-hint-1"
# A warning is two unresolved contacts, one is none. Escalations whose 30 days before are not all in the data are left out.

# %% [markdown] tags=["zh", "hint-2"] name="pool-hint-2"
# `complaint_causes.preventable_pool(centre)`，结果的 `.table` 第一行（all）。

# %% [markdown] tags=["en", "hint-2"] name="pool-hint-2"
# `complaint_causes.preventable_pool(centre)`; the first row (all) of its `.table`.

# %% [markdown] tags=["zh", "hint-3"] name="pool-hint-3"
# 件数在 `preventable`，占比在 `value`。

# %% [markdown] tags=["en", "hint-3"] name="pool-hint-3"
# The number is in `preventable`, the share in `value`.

# %% tags=["answer"] name="preventable" points=10
warned = complaint_causes.preventable_pool(centre).table.iloc[0]  # SOLUTION NO PROMPT
preventable = {"n": int(warned["preventable"]), "share": round(warned["value"], 4)}  # SOLUTION

# %% tags=["check"] name="check-pool"
workshop.check("preventable", preventable)

# %% name="ledger"
causes = complaint_causes.complaint_ledger(centre, question, by=["cause_code", "region"])
views.sentences([causes.sentence()])

# %% [markdown] tags=["zh"] name="read-ledger"
# 投诉**率**的账是合上的：按原因和地市拆开，加起来正好等于变化。投诉没有变多，变的是投诉之后怎么处理——所以该找的是处理规则，不是业务规则。

# %% [markdown] tags=["en"] name="read-ledger"
# The account of the complaint **rate** closes: split by cause and region it adds up to the change. There are no more complaints than before; what changed is what happens to them. So look for the rule of handling, not for a business rule.

# %% [markdown] tags=["zh", "task"] name="task-conclusion"
# ### 任务 6 下结论，先做什么？
#
# 会上有五种说法（代码以 `m` 开头），措施库里有八项措施。哪种说法站得住？先做哪一项？`{"claim": "m…", "first": "…"}`

# %% [markdown] tags=["en", "task"] name="task-conclusion"
# ### Task 6: the conclusion, and what first
#
# Five things are said in the meeting (codes with `m`), and the library has eight actions. Which statement holds, and what comes first? `{"claim": "m…", "first": "…"}`

# %% name="choices-conclusion"
workshop.choices("conclusion")

# %% [markdown] tags=["zh", "hint-1"] name="conclusion-hint-1"
# 逐条对照：说下降的看任务 2，说及时率的看任务 4，说坐席的看别的地市，说满意率的看基期。

# %% [markdown] tags=["en", "hint-1"] name="conclusion-hint-1"
# One by one: for the fall see task 2, for punctuality task 4, for agents the other regions, for satisfaction the baseline.

# %% [markdown] tags=["zh", "hint-2"] name="conclusion-hint-2"
# 原因是一条规则。哪几项措施直接碰到时限或回访？

# %% [markdown] tags=["en", "hint-2"] name="conclusion-hint-2"
# The cause is a rule. Which actions touch the deadline or the call-backs?

# %% [markdown] tags=["zh", "hint-3"] name="conclusion-hint-3"
# 改口径（只数已办结的升级）不是措施；培训和多给补偿也改不了时限。先把规则改回来。

# %% [markdown] tags=["en", "hint-3"] name="conclusion-hint-3"
# Counting differently is no action, and neither training nor compensation changes a deadline. First undo the rule.

# %% tags=["answer"] name="conclusion" points=15
conclusion = {"claim": "m2", "first": "k1"}  # SOLUTION

# %% tags=["check"] name="check-conclusion"
workshop.check("conclusion", conclusion)

# %% [markdown] tags=["zh", "instructor"] name="trainer-conclusion"
# 讨论核验方案：规则改回来以后，什么时候能说有效？（最早：改回后四周内受理的投诉都满 30 天那天；在那之前只能报 24 小时回复率和回访兑现率。）请各组把这一天写出来。

# %% [markdown] tags=["en", "instructor"] name="trainer-conclusion"
# Discuss the verification: once the rule is undone, when can anybody say that it works? (At the earliest when the complaints of the four weeks after are all 30 days old; until then report replies within 24 hours and call-backs kept.) Have each team name the day.

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
        "mature_rate": mature_rate,
        "last_month": last_month,
        "where": where,
        "deadline": deadline,
        "preventable": preventable,
        "conclusion": conclusion,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 30 天升级率只能算满 30 天的投诉；近期直接相除，每个月都像在好转。
# - 等不及成熟，就按同样的龄期比；“成熟的加上已经升级的”不能用。
# - 结果指标样本少，先看过程指标：首次回复、回访兑现。
# - 时限放宽，及时率当然不降：用一个谁也改不了的标准再量一遍。
# - 预防池要和没有升级的投诉比，否则不知道是不是预警。
# - 投诉率没变、升级率变了：问题在处理，不在业务。
# - 直接升级另计，分子分母都不混。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - A 30-day rate is of complaints that are 30 days old; the plain share of the last weeks seems to improve every month.
# - Before a cohort is mature compare at the same age; the mature plus those that escalated already will not do.
# - Outcomes are few: look at the handling first, at replies and call-backs.
# - A widened deadline keeps everybody punctual: measure again by a standard that nobody can set for himself.
# - Compare the preventable pool with complaints that did not escalate, or you do not know whether it warns.
# - The complaint rate stands still and the escalation rate moves: the handling is at fault, not the business.
# - Direct escalations count for themselves, in neither numerator nor denominator.
