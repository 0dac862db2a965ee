# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 四条业务线一起跌：谁的客户，谁的承诺？
#
# **案例 N16 · 营销规则问题**（远桥通信，虚构）
#
# - **要回答的问题**：从第九周起，收费争议、套餐变更、资费查询、营销活动四条业务线的满意率同时小幅下降。收费组说不是我们，套餐组也说不是我们。那是谁？
# - **学完能做到**：换一个角度看队列（同一批客户）而不是业务线；用同周的其他客户做对照；画出办理后第几天开始不满意；算出这批客户占多少点；把误差归到承诺，而不是坐席。
# - **用时**：75 分钟（队列 30、滞后 20、责任与结论 25）。
# - **先修**：N02（对比）；N04（扣分贡献度）更好。
# - **数据**：一家虚构运营商十二周的评价、客户和活动台账。每个小组的种子不同，数字也不同，答案要从自己的数据里找。
#
# 分工建议：一人操作，一人专问“和谁比”，一人替市场部辩护，一人记录并汇报。

# %% [markdown] tags=["en"] name="title"
# # Four lines fall together: whose customers, and whose promise?
#
# **Case N16 · A marketing rule** (Yuanqiao Telecom, an invented carrier)
#
# - **Question**: since week nine satisfaction has slipped on four lines at once: billing disputes, plan changes, tariff enquiries, campaigns. The billing team says it is not them, and so does the plan team. Who is it?
# - **Afterwards you can**: look at a cohort (the same customers) instead of a line; take other customers of the same weeks as control; draw after how many days they turn dissatisfied; say how many points the cohort carries; and put the gap down to a promise, not to agents.
# - **Time**: 75 minutes (cohort 30, lag 20, owner and conclusion 25).
# - **Before this**: N02 (comparison); N04 (the deduction ledger) helps.
# - **Data**: twelve weeks of ratings, customers and campaigns of an invented carrier. Each team has its own seed and so its own numbers: the answers are in your data, not at the next table.
#
# Roles: one drives, one keeps asking "compared with whom", one defends marketing, one takes notes and presents.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 先只发按业务线的那张表，请各组写下要约谈哪个班组。任务 1 做完，大家会看到四条线跌的是同一批人。`vary = True` 时活动、起点和强度不同。世界里还有一个五一礼品活动和第九周的一批变更，都是干扰项。时间不够时，任务 4 由讲师演示。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# Hand out the table by line first, and have each team write down which team to call in. After task 1 they see that the four lines lose the same people. With `vary = True` campaign, onset and strength differ. A May-day gift and some changes of week nine are decoys. Short of time, show task 4 yourself.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S06"  # 案例 / the invented centre
seed: int = 7  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
as_of: str = "2025-05-25"  # 数据截止日 / last day of the data
current: str = "2025-04-28/2025-05-25"  # 当期 / current period
baseline: str = "2025-03-03/2025-04-27"  # 基期 / baseline period
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N16"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop
from ccsat.business import marketing_rule
from ccsat.figures.business import plot_cohort_curve

case = workshop.begin(
    "N16",
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
cs.measure(centre, question)

# %% name="lines"
workshop.material("lines")

# %% [markdown] tags=["zh"] name="read-lines"
# 按业务线看，跌的有好几条，每条都不多。顺着最差的一条往下追，会追到一个处理得和从前一样的班组。换一个问法：**跌的是哪些人？** 客户表里有他们参加的活动和办理日期。

# %% [markdown] tags=["en"] name="read-lines"
# By line several fall, none by much. Follow the worst and you end up with a team that works as it always did. Ask another way: **which people fell?** The customers' table has the campaign they joined, and when.

# %% [markdown] tags=["zh", "task"] name="task-whose"
# ### 任务 1 跌的是谁？
#
# 用 `marketing_rule.cohort_curve(centre, question)`，看它的 `.cohorts`：每个活动的参加客户，和**同周没有参加任何活动的客户**比。哪个活动的客户差得超出随机波动，差多少（参加减未参加，小数）？`{"campaign": "C…", "difference": …}`

# %% [markdown] tags=["en", "task"] name="task-whose"
# ### Task 1: who fell?
#
# With `marketing_rule.cohort_curve(centre, question)` see `.cohorts`: each campaign's members against **customers of no campaign in the same weeks**. Whose members are worse off beyond chance, and by how much (members less others, a fraction)? `{"campaign": "C…", "difference": …}`

# %% [markdown] tags=["zh", "hint-1"] name="whose-hint-1"
# 和自己的从前比，会把大家都有的变化也算进去。

# %% [markdown] tags=["en", "hint-1"] name="whose-hint-1"
# Compared with their own past, what moved for everybody is counted too.

# %% [markdown] tags=["zh", "hint-2"] name="whose-hint-2"
# `.cohorts` 已经按损失排好；`p_adjusted` 小于 0.05 的才算数。

# %% [markdown] tags=["en", "hint-2"] name="whose-hint-2"
# `.cohorts` is sorted by loss; only those with `p_adjusted` below 0.05 count.

# %% [markdown] tags=["zh", "hint-3"] name="whose-hint-3"
# 第一行的 `campaign` 和 `difference`，四位小数。

# %% [markdown] tags=["en", "hint-3"] name="whose-hint-3"
# `campaign` and `difference` of the first row, four decimals.

# %% tags=["answer"] name="whose" points=20
# BEGIN SOLUTION NO PROMPT
found = marketing_rule.cohort_curve(centre, question)
worst = found.cohorts.iloc[0]
# END SOLUTION
whose = {"campaign": worst["campaign"], "difference": round(worst["difference"], 4)}  # SOLUTION

# %% tags=["check"] name="check-whose"
workshop.check("whose", whose)

# %% name="cohort-words"
cohort = marketing_rule.cohort_curve(centre, question)
views.sentences([cohort.sentence()])

# %% [markdown] tags=["zh"] name="ask-before"
# ## 他们是不是本来就挑剔？
#
# 爱参加活动的客户可能本来就不一样。看看**办理之前**：那时他们还没听过话术，也没收到账单。

# %% [markdown] tags=["en"] name="ask-before"
# ## Were they always hard to please?
#
# Those who join campaigns may be different people. See **before the sale**, when they had heard no script and seen no bill.

# %% [markdown] tags=["zh", "task"] name="task-before"
# ### 任务 2 办理之前，他们和别人一样吗？
#
# 在 `.table` 里找到这个活动紧挨着办理之前的一段（`lag_to` 为 -1）：`difference` 是多少？区间包含零吗（代码见下表）？`{"difference": …, "verdict": "…"}`

# %% [markdown] tags=["en", "task"] name="task-before"
# ### Task 2: were they like the others before the sale?
#
# In `.table` find the campaign's last band before the sale (`lag_to` is -1): what is `difference`, and does the interval hold zero (codes below)? `{"difference": …, "verdict": "…"}`

# %% name="choices-before"
workshop.choices("before_sale")

# %% [markdown] tags=["zh", "hint-1"] name="before-hint-1"
# 负的天数是办理之前。

# %% [markdown] tags=["en", "hint-1"] name="before-hint-1"
# Days below 0 are before the sale.

# %% [markdown] tags=["zh", "hint-2"] name="before-hint-2"
# 先按 `campaign` 取出这个活动的各段，再取 `lag_to == -1`。

# %% [markdown] tags=["en", "hint-2"] name="before-hint-2"
# Take the campaign's bands by `campaign`, then `lag_to == -1`.

# %% [markdown] tags=["zh", "hint-3"] name="before-hint-3"
# `lower` 和 `upper` 一负一正，就是看不出差别。

# %% [markdown] tags=["en", "hint-3"] name="before-hint-3"
# With `lower` below 0 and `upper` above it, no difference is to be seen.

# %% tags=["answer"] name="before_sale" points=15
# BEGIN SOLUTION NO PROMPT
bands = found.table[found.table["campaign"] == whose["campaign"]].set_index("lag_to")
last = bands.loc[-1]
# END SOLUTION
before_sale = {"difference": round(last["difference"], 4), "verdict": "alike"}  # SOLUTION

# %% tags=["check"] name="check-before"
workshop.check("before_sale", before_sale)

# %% name="curve"
plot_cohort_curve(cohort, whose["campaign"] if isinstance(whose, dict) else cohort.table["campaign"].iloc[0])

# %% [markdown] tags=["zh"] name="read-curve"
# 横轴是办理后的天数。线是参加减未参加：办理前贴着零，办理后越走越低。柱子是每一段对整个指标的影响——差得深、人又多的那一段才最要紧。

# %% [markdown] tags=["en"] name="read-curve"
# Across: days since the sale. The line is members less others: at zero before the sale, falling after. The bars are what each band costs the whole KPI: what counts is where it is deep and many are in it.

# %% [markdown] tags=["zh", "task"] name="task-lag"
# ### 任务 3 办理以后第几天最要紧？
#
# 对整个指标影响最大的一段是办理后第几天到第几天？`{"from": …, "to": …}`

# %% [markdown] tags=["en", "task"] name="task-lag"
# ### Task 3: which days since the sale count most?
#
# Which band costs the whole KPI most: from which to which day since the sale? `{"from": …, "to": …}`

# %% [markdown] tags=["zh", "hint-1"] name="lag-hint-1"
# 看柱子，不看线：人少的那几段再低也影响不大。

# %% [markdown] tags=["en", "hint-1"] name="lag-hint-1"
# See the bars, not the line: where few are, deep costs little.

# %% [markdown] tags=["zh", "hint-2"] name="lag-hint-2"
# `.table` 里这个活动 `points` 最负的那一行；`.cohorts` 里也有 `peak_from` 和 `peak_to`。

# %% [markdown] tags=["en", "hint-2"] name="lag-hint-2"
# The campaign's row of `.table` with the most negative `points`; `.cohorts` has `peak_from` and `peak_to` too.

# %% [markdown] tags=["zh", "hint-3"] name="lag-hint-3"
# 写成整数。

# %% [markdown] tags=["en", "hint-3"] name="lag-hint-3"
# Write whole numbers.

# %% tags=["answer"] name="lag" points=20
lag = {"from": int(worst["peak_from"]), "to": int(worst["peak_to"])}  # SOLUTION

# %% tags=["check"] name="check-lag"
workshop.check("lag", lag)

# %% name="changes"
workshop.register_table(centre.changes)

# %% [markdown] tags=["zh", "instructor"] name="trainer-lag"
# 台账里第九周有好几条变更，请各组说明为什么都不是：日期对得上，范围对不上。真正的那一条在第三周。追问：如果监控只看“下跌前后一周的变更”，会漏掉哪一类原因？

# %% [markdown] tags=["en", "instructor"] name="trainer-lag"
# Several changes stand in week nine; have the teams say why it is none of them: the day fits, the scope does not. The one that matters is in week three. Ask: a monitor that looks at the changes of the same week misses which kind of cause?

# %% [markdown] tags=["zh", "task"] name="task-cost"
# ### 任务 4 这批客户，值多少点？
#
# 他们让整个指标少了几个点（`points`，小数）？占整个下降的多大比例（`of_fall` = points ÷ 指标的变化）？`{"points": …, "of_fall": …}`

# %% [markdown] tags=["en", "task"] name="task-cost"
# ### Task 4: what does the cohort cost?
#
# What do they take from the whole KPI (`points`, a fraction), and what part of the fall is that (`of_fall` = points / change of the KPI)? `{"points": …, "of_fall": …}`

# %% [markdown] tags=["zh", "hint-1"] name="cost-hint-1"
# 他们自己差得多，但只占一成多；对整个指标的影响要乘上占比。

# %% [markdown] tags=["en", "hint-1"] name="cost-hint-1"
# They are far below, and a tenth of all: what the whole loses is weighted by their share.

# %% [markdown] tags=["zh", "hint-2"] name="cost-hint-2"
# `.cohorts` 里的 `points` 已经乘好；指标的变化是当期的值减基期的值。

# %% [markdown] tags=["en", "hint-2"] name="cost-hint-2"
# `points` of `.cohorts` is weighted; the change is the current value less the baseline's.

# %% [markdown] tags=["zh", "hint-3"] name="cost-hint-3"
# `cs.measure(centre, question).headline` 里有两期的 `.value`。

# %% [markdown] tags=["en", "hint-3"] name="cost-hint-3"
# `cs.measure(centre, question).headline` has both periods' `.value`.

# %% tags=["answer"] name="cost" points=15
# BEGIN SOLUTION NO PROMPT
whole = cs.measure(centre, question).headline
fall = whole["current"].value - whole["baseline"].value
# END SOLUTION
cost = {"points": round(worst["points"], 4), "of_fall": round(worst["points"] / fall, 2)}  # SOLUTION

# %% tags=["check"] name="check-cost"
workshop.check("cost", cost)

# %% [markdown] tags=["zh"] name="ask-promise"
# ## 谁答应了什么？
#
# 活动台账写着承诺值和兑现值（每月，元），还有条款和是否培训过坐席。**落后的小组从这里接上**：出问题的是任务 1 找到的活动。

# %% [markdown] tags=["en"] name="ask-promise"
# ## Who promised what?
#
# The campaigns' register has the promised and the delivered value (a month), the conditions, and whether agents were briefed. **A team that is behind joins here**: it is the campaign of task 1.

# %% name="campaigns"
cohort.cohorts[["campaign", "name", "promised_value", "delivered_value", "briefed"]]

# %% [markdown] tags=["zh", "task"] name="task-promise"
# ### 任务 5 哪一种误差，谁的？
#
# 兑现了承诺的几成（`kept` = 兑现 ÷ 承诺）？属于五种误差里的哪一种（`gap`）？责任方是谁（`owner`）？代码见下表。`{"kept": …, "gap": "…", "owner": "…"}`

# %% [markdown] tags=["en", "task"] name="task-promise"
# ### Task 5: which gap, and whose?
#
# What part of the promise was kept (`kept` = delivered / promised)? Which of the five gaps is it (`gap`), and who owns it (`owner`)? Codes below. `{"kept": …, "gap": "…", "owner": "…"}`

# %% name="choices-promise"
workshop.choices("promise")

# %% [markdown] tags=["zh", "hint-1"] name="promise-hint-1"
# 坐席照着规定解释了，账单也没有算错。差的是什么？

# %% [markdown] tags=["en", "hint-1"] name="promise-hint-1"
# Agents explained by the book, and the bill was right. What was wrong?

# %% [markdown] tags=["zh", "hint-2"] name="promise-hint-2"
# 五种误差里，只有一种说的是“说的比做的多”。

# %% [markdown] tags=["en", "hint-2"] name="promise-hint-2"
# One of the five is about saying more than is done.

# %% [markdown] tags=["zh", "hint-3"] name="promise-hint-3"
# 谁写的话术，谁负责。

# %% [markdown] tags=["en", "hint-3"] name="promise-hint-3"
# Whoever wrote the script owns it.

# %% tags=["answer"] name="promise" points=15
promise = {"kept": worst["delivered_value"] / worst["promised_value"], "gap": "promotion", "owner": "marketing"}  # SOLUTION

# %% tags=["check"] name="check-promise"
workshop.check("promise", promise)

# %% [markdown] tags=["zh", "task"] name="task-conclusion"
# ### 任务 6 下结论，先做什么？
#
# 会上有五种说法（代码以 `m` 开头），措施库里有七项措施。哪种说法站得住？先做哪一项？`{"claim": "m…", "first": "…"}`

# %% [markdown] tags=["en", "task"] name="task-conclusion"
# ### Task 6: the conclusion, and what first
#
# Five things are said in the meeting (codes with `m`), and the library has seven actions. Which statement holds, and what comes first? `{"claim": "m…", "first": "…"}`

# %% name="choices-conclusion"
workshop.choices("conclusion")

# %% [markdown] tags=["zh", "hint-1"] name="conclusion-hint-1"
# 说班组的看任务 1，说同一周变更的看任务 3，说地区的看基期。

# %% [markdown] tags=["en", "hint-1"] name="conclusion-hint-1"
# For teams see task 1, for changes of the same week task 3, for regions the baseline.

# %% [markdown] tags=["zh", "hint-2"] name="conclusion-hint-2"
# 哪些措施够得着话术，或者已经受影响的客户？

# %% [markdown] tags=["en", "hint-2"] name="conclusion-hint-2"
# Which actions reach the script, or those already affected?

# %% [markdown] tags=["zh", "hint-3"] name="conclusion-hint-3"
# 停售只管以后；先想已经买了的那一批。

# %% [markdown] tags=["en", "hint-3"] name="conclusion-hint-3"
# To stop selling is for later ones; think of those who bought.

# %% tags=["answer"] name="conclusion" points=15
conclusion = {"claim": "m2", "first": "f1"}  # SOLUTION

# %% tags=["check"] name="check-conclusion"
workshop.check("conclusion", conclusion)

# %% [markdown] tags=["zh", "instructor"] name="trainer-conclusion"
# 讨论：请扮演市场部的一组回应。没有这条滞后曲线，市场部会怎么说？（“活动办了六周都没人投诉。”）有了它，话该怎么递过去？N18 会把这一页写成部门简报。

# %% [markdown] tags=["en", "instructor"] name="trainer-conclusion"
# Discuss: have the team that plays marketing reply. What would they say without the curve? ("Six weeks on sale and nobody complained.") And how is it handed over with it? N18 makes a page for the department of this.

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
        "whose": whose,
        "before_sale": before_sale,
        "lag": lag,
        "cost": cost,
        "promise": promise,
        "conclusion": conclusion,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 几条业务线一起小跌，先问跌的是不是同一批人。
# - 对照要同周：大家都有的变化，不能算在活动头上。
# - 办理前没有差别，办理后才有，才站得住。
# - 营销的后果有滞后：在下跌那一周的变更里找不到它。
# - 人少而深，不如人多而稍浅：看对整个指标的影响。
# - 承诺大于兑现是宣传误差；坐席解释得再好也补不上。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - When several lines slip together, ask first whether it is the same people.
# - The control is of the same weeks: what moves for everybody is not the campaign's.
# - No difference before the sale and one after: that holds.
# - What marketing does shows late: it is not among the changes of the week of the fall.
# - Deep with few counts less than shallower with many: see what the whole KPI loses.
# - More promised than delivered is the promotion gap; no agent can explain it away.
