# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 多说一分钟，要多几个人？
#
# **案例 N23 · 服务水平、四率与 Erlang**（远桥通信，虚构）
#
# - **要回答的问题**：系统供应商的日报说服务水平不错，客户却说等得久。服务水平到底怎么算？通话变长一分钟，要多几个人才守得住 80/20？分成四条队列贵不贵？来电再多一成，满意率会怎样？
# - **学完能做到**：说清服务水平的六种口径；用 Erlang C 算人数，知道它忽略了什么；算合并队列的账；用加总的时间算四率；把“等待—满意”的关系说成该说的样子。
# - **用时**：90 分钟（口径 20、人数 25、四率 20、推演 25）。
# - **先修**：N03（关系分析）。
# - **数据**：一家虚构运营商十二周的半小时话务、坐席工时和评价。每个小组的种子不同，答案要从自己的数据里找。
#
# 分工建议：一人操作，一人查口径，一人扮演现场经理，一人记录并汇报。

# %% [markdown] tags=["en"] name="title"
# # One minute more a call: how many agents is that?
#
# **Case N23 · Service level, the four rates and Erlang** (Yuanqiao Telecom, an invented carrier)
#
# - **Question**: the vendor's daily report shows a fine service level, and customers say they wait long. How is a service level counted? If calls last a minute longer, how many agents hold 80/20? What do four separate lines cost?
#   And with a tenth more calls, what becomes of satisfaction?
# - **Afterwards you can**: tell the six calibers of service level apart; compute agents by Erlang C and say what it ignores; do the account of pooling; compute rates from summed time; and word the relation of wait and satisfaction as it may be worded.
# - **Time**: 90 minutes (calibers 20, agents 25, rates 20, what-if 25).
# - **Before this**: N03 (relation).
# - **Data**: twelve weeks of half-hours, agents' days and ratings of an invented carrier. Each team has its own seed: the answers are in your data.
#
# Roles: one drives, one checks calibers, one plays the floor manager, one takes notes and presents.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 先请各组举手：本单位的服务水平，放弃的来电算不算进分母？秒挂呢？多半说不清，这就是任务 1 和 2。再让大家猜：处理时长多 18%，人数要多多少？猜完写在白板上，任务 3 之后再看。时间不够时，任务 4（合并队列）由讲师演示。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# Ask for hands: in your centre's service level, are abandoned calls below the line? And those who hang up at once? Few know, and that is tasks 1 and 2. Then have all guess: with 18 % more handling time, how many more agents? Write the guesses down for
# task 3. Short of time, show task 4 (pooling) yourself.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S04"  # 案例 / the invented centre
seed: int = 107  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
as_of: str = "2025-05-25"  # 数据截止日 / last day of the data
channel: str = "phone"  # 哪个渠道的话务 / whose half-hours
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N23"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workforce, workshop
from ccsat.figures.workforce import plot

case = workshop.begin(
    "N23",
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
views.show_intake(centre)

# %% [markdown] tags=["zh"] name="ask-counts"
# ## 一天的来电，六种服务水平
#
# 下面是最忙一天的五个数，都是“要求人工”的来电。`counts` 是同样五个数，可以直接交给函数。

# %% [markdown] tags=["en"] name="ask-counts"
# ## One day's calls, six service levels
#
# Five counts of the busiest day, all of calls that asked for an agent. `counts` holds the same five for the functions.

# %% name="day"
workshop.material("day")

# %% name="counts"
counts = workshop.material("counts")

# %% [markdown] tags=["zh", "task"] name="task-levels"
# ### 任务 1 六种口径，各是多少？
#
# 下表是六种口径的公式（T 是 20 秒）。算出每一种，答成字典：口径代码 → 小数（至少四位）。

# %% [markdown] tags=["en", "task"] name="task-levels"
# ### Task 1: what is each of the six?
#
# The table has the formulas (T is 20 seconds). Compute each, as a dictionary: caliber → fraction, four decimals at least.

# %% name="choices-levels"
workshop.choices("report")

# %% [markdown] tags=["zh", "hint-1"] name="levels-hint-1"
# 先写下分母：谁要求过人工？再看每个口径从分母里去掉了谁，或者在分子里加上了谁。

# %% [markdown] tags=["en", "hint-1"] name="levels-hint-1"
# Write down the denominator first: who asked for an agent? Then see whom each caliber takes off below, or adds above.

# %% [markdown] tags=["zh", "hint-2"] name="levels-hint-2"
# 一种口径：`workforce.service_level(counts, "sl_offered").value`。

# %% [markdown] tags=["en", "hint-2"] name="levels-hint-2"
# One caliber: `workforce.service_level(counts, "sl_offered").value`.

# %% [markdown] tags=["zh", "hint-3"] name="levels-hint-3"
# 全部：`workforce.service_levels(counts).table` 的 `caliber` 和 `value` 两列。

# %% [markdown] tags=["en", "hint-3"] name="levels-hint-3"
# All of them: the columns `caliber` and `value` of `workforce.service_levels(counts).table`.

# %% tags=["answer"] name="levels" points=20
every = workforce.service_levels(counts)  # SOLUTION NO PROMPT
levels = dict(zip(every.table["caliber"], every.table["value"]))  # SOLUTION

# %% tags=["check"] name="check-levels"
workshop.check("levels", levels)

# %% name="levels-figure"
plot(workforce.service_levels(counts))

# %% [markdown] tags=["zh", "task"] name="task-report"
# ### 任务 2 供应商用的是哪一种？
#
# 供应商的日报只写了一个数。它用的是哪种口径？比默认口径（`sl_offered`）高出多少？`{"caliber": "…", "points": 0.0…}`，差值写小数。

# %% [markdown] tags=["en", "task"] name="task-report"
# ### Task 2: which one did the vendor use?
#
# The vendor's report has one number. Which caliber is it, and by how much is it above the default (`sl_offered`)? `{"caliber": "…", "points": 0.0…}`, the difference as a fraction.

# %% name="vendor"
workshop.material("vendor")

# %% [markdown] tags=["zh", "hint-1"] name="report-hint-1"
# 和任务 1 的六个数逐个比。

# %% [markdown] tags=["en", "hint-1"] name="report-hint-1"
# Compare it with the six numbers of task 1.

# %% [markdown] tags=["zh", "hint-2"] name="report-hint-2"
# 哪一种的分母最小？谁从分母里消失了？

# %% [markdown] tags=["en", "hint-2"] name="report-hint-2"
# Which has the smallest denominator? Who is missing from it?

# %% [markdown] tags=["zh", "hint-3"] name="report-hint-3"
# `points` = 那种口径的数 − `levels["sl_offered"]`，不乘 100。

# %% [markdown] tags=["en", "hint-3"] name="report-hint-3"
# `points` = that caliber's value − `levels["sl_offered"]`, not times 100.

# %% tags=["answer"] name="report" points=10
report = {"caliber": "sl_answered", "points": levels["sl_answered"] - levels["sl_offered"]}  # SOLUTION

# %% tags=["check"] name="check-report"
workshop.check("report", report)

# %% [markdown] tags=["zh"] name="ask-staff"
# ## 要多少人？
#
# 话务量（爱尔兰）= 每小时来电 × 处理时长 ÷ 3600。人数必须多于话务量，否则队伍只会越排越长；多多少，由 Erlang C 回答。它假定没有人放弃，所以话务接近能力时会把等待说长。

# %% [markdown] tags=["en"] name="ask-staff"
# ## How many agents?
#
# The load in erlangs is calls an hour × handling time ÷ 3600. There must be more agents than that, or the queue only grows; how many more, Erlang C tells. It takes nobody to hang up, so near capacity it makes the wait too long.

# %% name="peak"
workshop.material("peak")

# %% [markdown] tags=["zh", "task"] name="task-staff"
# ### 任务 3 通话多一分钟
#
# 最忙的半小时，要在 20 秒内接起 80%，按 Erlang C 要几名坐席？处理时长多 60 秒呢？`{"now": …, "plus_60": …}`

# %% [markdown] tags=["en", "task"] name="task-staff"
# ### Task 3: a minute more a call
#
# To answer 80 % within 20 seconds in the busiest half-hour, how many agents does Erlang C want? And with 60 seconds more a call? `{"now": …, "plus_60": …}`

# %% [markdown] tags=["zh", "hint-1"] name="staff-hint-1"
# 表里的来电是半小时的，公式要每小时的。

# %% [markdown] tags=["en", "hint-1"] name="staff-hint-1"
# The table's calls are of half an hour; the formula wants an hour's.

# %% [markdown] tags=["zh", "hint-2"] name="staff-hint-2"
# `workforce.staff_needed(每小时来电, 处理时长, level=0.8, within=20)`，人数在 `.table["staff"]`。

# %% [markdown] tags=["en", "hint-2"] name="staff-hint-2"
# `workforce.staff_needed(calls_an_hour, seconds, level=0.8, within=20)`; the agents are in `.table["staff"]`.

# %% [markdown] tags=["zh", "hint-3"] name="staff-hint-3"
# 两种处理时长一起给：`workforce.staff_needed(calls, [aht, aht + 60])`。

# %% [markdown] tags=["en", "hint-3"] name="staff-hint-3"
# Both at once: `workforce.staff_needed(calls, [aht, aht + 60])`.

# %% tags=["answer"] name="staff" points=20
# BEGIN SOLUTION NO PROMPT
busiest = workshop.material("peak_numbers")
needed = workforce.staff_needed(busiest["calls"], [busiest["aht_s"], busiest["aht_s"] + 60]).table["staff"].tolist()
# END SOLUTION
staff = {"now": needed[0], "plus_60": needed[1]}  # SOLUTION

# %% tags=["check"] name="check-staff"
workshop.check("staff", staff)

# %% [markdown] tags=["zh"] name="read-staff"
# 看整条曲线：少一两个人，服务水平不是掉一点，是往下栽；多几个人，又几乎不再涨。虚线是平均应答速度。

# %% [markdown] tags=["en"] name="read-staff"
# See the whole curve: with an agent or two fewer the service level does not dip, it drops; with a few more it hardly rises. The dashed line is the average speed of answer.

# %% name="staff-curve"
peak = workshop.material("peak_numbers")
curve = workforce.staff_curve(peak["calls"], peak["aht_s"])
plot(curve)

# %% [markdown] tags=["zh", "task"] name="task-pooling"
# ### 任务 4 分成四条队列贵不贵？
#
# 有人建议按业务分成四条专属队列，各接四分之一的来电。处理时长不变，每条都要守 80/20：四条一共要几人（`apart`）？一条大队列要几人（`together`）？差几人（`saved`）？

# %% [markdown] tags=["en", "task"] name="task-pooling"
# ### Task 4: what do four lines cost?
#
# Somebody proposes four lines of their own, a quarter of the calls each. With the same handling time and 80/20 in each: how many agents do the four take together (`apart`), how many one line (`together`), and what is the difference (`saved`)?

# %% [markdown] tags=["zh", "hint-1"] name="pooling-hint-1"
# 小队列里，这边有人闲着，那边有人在等。

# %% [markdown] tags=["en", "hint-1"] name="pooling-hint-1"
# In small lines, one stands idle while the other has callers waiting.

# %% [markdown] tags=["zh", "hint-2"] name="pooling-hint-2"
# 一条小队列：`workforce.staff_needed(calls / 4, aht)`；四条要乘 4。

# %% [markdown] tags=["en", "hint-2"] name="pooling-hint-2"
# A small line: `workforce.staff_needed(calls / 4, aht)`; there are four of them.

# %% [markdown] tags=["zh", "hint-3"] name="pooling-hint-3"
# `workforce.pooling_curve([calls / 4, calls], aht)` 一次算出来：`staff`、`staff_apart`、`saved`。

# %% [markdown] tags=["en", "hint-3"] name="pooling-hint-3"
# `workforce.pooling_curve([calls / 4, calls], aht)` has it all: `staff`, `staff_apart`, `saved`.

# %% tags=["answer"] name="pooling" points=15
pooled = workforce.pooling_curve([busiest["calls"] / 4, busiest["calls"]], busiest["aht_s"]).table.iloc[1]  # SOLUTION NO PROMPT
pooling = {"apart": int(pooled["staff_apart"]), "together": int(pooled["staff"]), "saved": int(pooled["saved"])}  # SOLUTION

# %% tags=["check"] name="check-pooling"
workshop.check("pooling", pooling)

# %% name="pooling-figure"
plot(workforce.pooling_curve([peak["calls"] * part for part in (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1)], peak["aht_s"]))

# %% [markdown] tags=["zh"] name="ask-plan"
# ## 下一周每个半小时
#
# 话务预测很简单：最近四周同一时段的平均。简单没有关系，误差要量出来：用同样办法预测过去的每一周，看差多少，再和“照抄上周”比。

# %% [markdown] tags=["en"] name="ask-plan"
# ## Each half-hour of next week
#
# The forecast is simple: the mean of the same half-hour over the last four weeks. Simple will do, as long as its error is measured: each past week is forecast in the same way, and compared with copying the week before.

# %% name="plan"
plan = workforce.plan_week(centre, channel=channel)
views.sentences([plan.forecast.sentence(), plan.sentence(), plan.fit.sentence()])

# %% name="plan-figure"
plot(plan)

# %% [markdown] tags=["zh", "task"] name="task-rates"
# ### 任务 5 四个比率
#
# `days` 一行是一名坐席的一天：各种状态的秒数。按默认口径算占用率、员工利用率、登录率、未就绪率：`{"occupancy": …, "staff_utilisation": …, "login_rate": …, "not_ready_rate": …}`，写小数。（四率里的一次解决率 FCR 不在工时表里，见 N13。）

# %% [markdown] tags=["en", "task"] name="task-rates"
# ### Task 5: four rates of time
#
# `days` has a row an agent and day: seconds in each state. By the default calibers compute occupancy, staff utilisation, login rate and not-ready rate: `{"occupancy": …, "staff_utilisation": …, "login_rate": …, "not_ready_rate": …}`, as fractions. (FCR, the
# fourth of "the four rates", is not in agents' time: see N13.)

# %% name="days"
days = workshop.material("days")
days.head()

# %% [markdown] tags=["zh", "hint-1"] name="rates-hint-1"
# 有的人一天只上两小时（加班），有的人上满八小时：能把两天的比率直接平均吗？

# %% [markdown] tags=["en", "hint-1"] name="rates-hint-1"
# Some days are two hours of overtime, some eight hours: may their rates be averaged as they are?

# %% [markdown] tags=["zh", "hint-2"] name="rates-hint-2"
# `workforce.time_rates(days)`；同一个比率有几行时，第一行是默认口径。

# %% [markdown] tags=["en", "hint-2"] name="rates-hint-2"
# `workforce.time_rates(days)`; where a rate has several rows the first is the default.

# %% [markdown] tags=["zh", "hint-3"] name="rates-hint-3"
# `workforce.time_rates(days).value("occupancy")`，四个比率各取一次。登录率可以超过 1，想想为什么。

# %% [markdown] tags=["en", "hint-3"] name="rates-hint-3"
# `workforce.time_rates(days).value("occupancy")`, once for each. The login rate may exceed 1: why?

# %% tags=["answer"] name="rates" points=20
of_time = workforce.time_rates(days)  # SOLUTION NO PROMPT
rates = {rate: of_time.value(rate) for rate in ("occupancy", "staff_utilisation", "login_rate", "not_ready_rate")}  # SOLUTION

# %% tags=["check"] name="check-rates"
workshop.check("rates", rates)

# %% [markdown] tags=["zh", "instructor"] name="trainer-rates"
# 占用率是区间指标：太低是浪费，长期九成以上坐席撑不住。请各组说说：占用率从 83% 压到 92%，省下的人和任务 6 的等待，怎么放在一张表里给经理看？

# %% [markdown] tags=["en", "instructor"] name="trainer-rates"
# Occupancy is a band: too low wastes, above nine tenths for long wears agents out. Ask: when occupancy goes from 83 to 92 %, how would you show the manager the agents saved and the wait of task 6 in one table?

# %% [markdown] tags=["zh", "task"] name="task-more"
# ### 任务 6 来电再多一成
#
# 人手不变，来电多一成。用 `workforce.what_if`（有放弃的 Erlang A，逐个半小时）推演：等待变成原来的几倍（`ratio`）？与之相伴的满意率变动是多少（`points`，小数）？这个结果可以怎么说（`reading`，见下表）？

# %% [markdown] tags=["en", "task"] name="task-more"
# ### Task 6: a tenth more calls
#
# The same agents, a tenth more calls. With `workforce.what_if` (Erlang A with abandonment, half-hour by half-hour): by what factor does the wait grow (`ratio`), what change of satisfaction goes with it (`points`, a fraction), and how may it be said
# (`reading`, see below)?

# %% name="choices-more"
workshop.choices("more_calls")

# %% [markdown] tags=["zh", "hint-1"] name="more-hint-1"
# 占用率越接近 1，再来一点话务，等待涨得越快。别按比例猜。

# %% [markdown] tags=["en", "hint-1"] name="more-hint-1"
# The nearer occupancy is to 1, the faster the wait grows with a little more. Do not guess in proportion.

# %% [markdown] tags=["zh", "hint-2"] name="more-hint-2"
# `workforce.what_if(centre, channel="phone", volume=1.1)`：`.ratio` 和 `.change`。

# %% [markdown] tags=["en", "hint-2"] name="more-hint-2"
# `workforce.what_if(centre, channel="phone", volume=1.1)` has `.ratio` and `.change`.

# %% [markdown] tags=["zh", "hint-3"] name="more-hint-3"
# 读一遍 `.sentence()` 的最后半句，再选 `reading`。

# %% [markdown] tags=["en", "hint-3"] name="more-hint-3"
# Read the last half of `.sentence()`, then choose `reading`.

# %% tags=["answer"] name="more_calls" points=15
more = workforce.what_if(centre, channel="phone", volume=1.1)  # SOLUTION NO PROMPT
more_calls = {"ratio": more.ratio, "points": more.change, "reading": "goes_with"}  # SOLUTION

# %% tags=["check"] name="check-more"
workshop.check("more_calls", more_calls)

# %% name="longer"
longer = workforce.what_if(centre, channel=channel, aht=1.05)
views.sentences([longer.sentence(), *workforce.notes(longer)])

# %% name="more-figure"
plot(longer)

# %% [markdown] tags=["zh"] name="read-more"
# 图上是“处理时长多 5%”的推演：红点是结果，阴影是 95% 区间。满意率随等待而变的幅度不大，因为接起来之后的事（解决没有、态度如何）分量更重；可是等待里还有没接起来的人，他们没有评价，不在图里。

# %% [markdown] tags=["en"] name="read-more"
# The figure has another case, 5 % more handling time: the dot is the result, the band its 95 % interval. Satisfaction moves little with the wait, since what happens afterwards (solved or not, attitude) weighs more; but those who hung up gave no rating and are not
# in the figure.

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
        "levels": levels,
        "report": report,
        "staff": staff,
        "pooling": pooling,
        "rates": rates,
        "more_calls": more_calls,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 服务水平必须带口径；只除以接起的来电，放弃的人就不见了。
# - 人数要多于话务量；处理时长变长，人数跟着变，但不按比例。
# - Erlang C 假定没有人放弃，接近能力时把等待说长；有放弃数据用 Erlang A。
# - 队列越大，每百通用人越少；分队的好处要抵得过这笔账。
# - 比率先加总时间，再相除；换口径不是改善。
# - 等待与满意率相伴而变；没接起来的人不在评价里。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - A service level carries its caliber; divided by answered calls, those who hung up vanish.
# - There must be more agents than erlangs; agents follow handling time, though not in proportion.
# - Erlang C takes nobody to hang up and overstates the wait near capacity; with abandonment data use Erlang A.
# - The larger the line, the fewer agents a hundred calls take; splitting must be worth that.
# - A rate adds up time first and divides then; a change of caliber is no improvement.
# - Satisfaction goes with the wait; those who never got through are not in the ratings.
