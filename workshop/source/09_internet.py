# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 自助办成了吗？在线客服要多快？
#
# **案例 N09 · 互联网渠道满意度：自助服务与在线人工**（远桥通信，虚构）
#
# - **要回答的问题**：自助服务的负责人报告“自助量又涨了”，在线客服的负责人要求把首次响应压到更短。自助任务到底办成了多少、丢在哪一步？“办成”以后又来找人工的有多少？首次响应快几秒，评价会不会高？
# - **学完能做到**：读一张合得上的任务漏斗；分清“丢得最多的一步”是真有差别还是偶然；用后续人工接触检验“办成”；用有序回归回答“快慢和评价”，并在区间跨过 1 的时候忍住不下结论。
# - **用时**：70 分钟（漏斗 25、后续接触 20、首次响应 25）。
# - **先修**：N03（关系分析）。
# - **数据**：一家虚构运营商十二周的自助任务、在线会话和评价。这份数据里的自助任务来自语音菜单；没有首次响应时间、并发数和轮数，首次响应用排队加振铃代替。函数在有这些列的数据上照样能用。
#
# 分工建议：一人操作，一人替自助负责人说话，一人替在线负责人说话，一人记录并汇报。

# %% [markdown] tags=["en"] name="title"
# # Was it done? And how fast must a chat be?
#
# **Case N09 · Internet satisfaction: self-service and online human** (Yuanqiao Telecom, an invented carrier)
#
# - **Question**: the head of self-service reports that its volume rose again; the head of online service wants the first response to be faster. How many self-service tasks are completed, and at which step are they lost? How many come back to a human after a "completed" task? Does a faster first response go with better ratings?
# - **Afterwards you can**: read a task funnel that closes; tell whether the step with the largest loss is really apart or only by chance; test "completed" by later human contacts; answer "speed and ratings" by an ordered model, and hold your tongue where the interval spans 1.
# - **Time**: 70 minutes (funnel 25, later contacts 20, first response 25).
# - **Before this**: N03 (relation).
# - **Data**: twelve weeks of self-service tasks, online contacts and ratings of an invented carrier. Here the tasks come from the voice menu; there is no first-response time, number of parallel chats or turns, so queue and ring time stand in for the first response. The functions work as they are on data that have these columns.
#
# Roles: one drives, one speaks for self-service, one for the online desk, one takes notes and presents.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 先让“自助负责人”报一分钟的量，再让各组写下：要证明自助办得好，还缺哪两个数？（办成率，办成以后又来的比例。）第 9 周起菜单改版，`vary = True` 时强度和日期不同。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# Let the head of self-service report volumes for a minute, then have every team write down which two numbers are missing as proof (completion, and how many come back after it). The menu changed in week 9; with `vary = True` strength and day differ.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S07"  # 案例 / the invented centre
seed: int = 107  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
current: str = "2025-04-28/2025-05-25"  # 当期 / current period
baseline: str = "2025-03-03/2025-04-27"  # 基期 / baseline period
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N09"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop
from ccsat.figures.service import plot_task_funnel
from ccsat.touchpoints.online import first_response_effect
from ccsat.touchpoints.selfservice import later_contacts, task_funnel

case = workshop.begin(
    "N09",
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

# %% [markdown] tags=["zh"] name="ask-funnel"
# ## 自助任务的漏斗
#
# 没办成的任务，丢在它走到的最后一步；各步的流失加起来正好等于没办成的比例。

# %% [markdown] tags=["en"] name="ask-funnel"
# ## The funnel of self-service tasks
#
# A task that is not completed is lost at the last step it reached; the losses of all steps add up to what is not completed.

# %% name="funnel"
centre = cs.read_centre(case.data_dir)
question = cs.Question(current=current, baseline=baseline)
funnel = task_funnel(centre, question)
funnel.table.round(4)

# %% name="figure-funnel"
plot_task_funnel(funnel)

# %% [markdown] tags=["zh", "task"] name="task-completion"
# ### 任务 1 办成了多少？
#
# `now`：当期办成的比例；`before`：基期办成的比例（小数，三位）。`{"now": 0.…, "before": 0.…}`

# %% [markdown] tags=["en", "task"] name="task-completion"
# ### Task 1: how many are completed?
#
# `now`: the share completed in the current period; `before`: in the baseline (fractions, three decimals). `{"now": 0.…, "before": 0.…}`

# %% [markdown] tags=["zh", "hint-1"] name="completion-hint-1"
# 办成的比例加上各步流失的比例等于 1。

# %% [markdown] tags=["en", "hint-1"] name="completion-hint-1"
# The completed share and the losses of all steps make 1.

# %% [markdown] tags=["zh", "hint-2"] name="completion-hint-2"
# 当期在 `funnel.completion`，与基期的比较在 `funnel.change`。

# %% [markdown] tags=["en", "hint-2"] name="completion-hint-2"
# The current one is in `funnel.completion`, the comparison in `funnel.change`.

# %% [markdown] tags=["zh", "hint-3"] name="completion-hint-3"
# `funnel.completion["value"]` 和 `funnel.change["value_baseline"]`。

# %% [markdown] tags=["en", "hint-3"] name="completion-hint-3"
# `funnel.completion["value"]` and `funnel.change["value_baseline"]`.

# %% tags=["answer"] name="completion" points=20
completion = {"now": funnel.completion["value"], "before": funnel.change["value_baseline"]}  # SOLUTION

# %% tags=["check"] name="check-completion"
workshop.check("completion", completion)

# %% [markdown] tags=["zh", "task"] name="task-largest_step"
# ### 任务 2 丢得最多的一步
#
# `step`：流失任务最多的是第几步；`clear`：它和第二多的一步有没有明显差别（`funnel.distinct` 是两者相同的 p 值，小于 0.05 才算），写 `"yes"` 或 `"no"`。`{"step": …, "clear": "…"}`

# %% [markdown] tags=["en", "task"] name="task-largest_step"
# ### Task 2: the step that loses most
#
# `step`: which step loses most tasks; `clear`: whether that is clearly more than the second largest (`funnel.distinct` is the p-value of their being alike; below 0.05 it is), `"yes"` or `"no"`. `{"step": …, "clear": "…"}`

# %% [markdown] tags=["zh", "hint-1"] name="largest_step-hint-1"
# 看 `lost`，不是 `rate`：`rate` 的分母是走到这一步的任务，越往后分母越小。

# %% [markdown] tags=["en", "hint-1"] name="largest_step-hint-1"
# Look at `lost`, not at `rate`: the denominator of `rate` is the tasks that came so far, and shrinks.

# %% [markdown] tags=["zh", "hint-2"] name="largest_step-hint-2"
# `funnel.largest` 就是那一步。

# %% [markdown] tags=["en", "hint-2"] name="largest_step-hint-2"
# `funnel.largest` is that step.

# %% [markdown] tags=["zh", "hint-3"] name="largest_step-hint-3"
# 比较 `funnel.distinct` 和 0.05。

# %% [markdown] tags=["en", "hint-3"] name="largest_step-hint-3"
# Compare `funnel.distinct` with 0.05.

# %% tags=["answer"] name="largest_step" points=20
largest_step = {"step": funnel.largest, "clear": "yes" if funnel.distinct < 0.05 else "no"}  # SOLUTION

# %% tags=["check"] name="check-largest_step"
workshop.check("largest_step", largest_step)

# %% [markdown] tags=["zh"] name="read-step"
# 如果两步的差别只是偶然，就别只改一步。各项任务长短也不同，“第二步”不是同一个页面：真要改，先看 `funnel.by_task`，从办成率最低的任务看起。

# %% [markdown] tags=["en"] name="read-step"
# Where the two largest differ only by chance, do not mend one alone. Tasks differ in length too, and "step two" is not one page: before anything is changed see `funnel.by_task`, the least completed first.

# %% name="by-task"
funnel.by_task.round(3)

# %% [markdown] tags=["zh"] name="ask-later"
# ## “办成”以后，又来了吗？
#
# 只有走完窗口的任务才判断：最后两天的任务，48 小时还没过完。**落后的小组从这里接上。**

# %% [markdown] tags=["en"] name="ask-later"
# ## Completed, and back again?
#
# A task is judged only when its window has passed: for those of the last two days 48 hours have not. **A team that is behind joins here.**

# %% tags=["checkpoint"] name="later"
later = later_contacts(centre, question)
later.table.round(4)

# %% [markdown] tags=["zh", "task"] name="task-later_rate"
# ### 任务 3 办成的任务里，又来的占多少？
#
# **办成的**任务里，24 小时和 48 小时内又找人工的比例：`{"h24": 0.…, "h48": 0.…}`。

# %% [markdown] tags=["en", "task"] name="task-later_rate"
# ### Task 3: how many of the completed come back?
#
# Of the **completed** tasks, the share followed by a human contact within 24 and 48 hours: `{"h24": 0.…, "h48": 0.…}`.

# %% [markdown] tags=["zh", "hint-1"] name="later_rate-hint-1"
# 表里每个窗口有两行：`completed` 为真的一行才是办成的。

# %% [markdown] tags=["en", "hint-1"] name="later_rate-hint-1"
# Each window has two rows: only the one with `completed` true is of completed tasks.

# %% [markdown] tags=["zh", "hint-2"] name="later_rate-hint-2"
# 取 `value`，不要拿 `again` 去除全部任务数。

# %% [markdown] tags=["en", "hint-2"] name="later_rate-hint-2"
# Take `value`; do not divide `again` by all tasks.

# %% [markdown] tags=["zh", "hint-3"] name="later_rate-hint-3"
# `later.table[later.table["completed"]].set_index("hours")["value"]`，两行分别是 24 和 48。

# %% [markdown] tags=["en", "hint-3"] name="later_rate-hint-3"
# `later.table[later.table["completed"]].set_index("hours")["value"]`: its two rows are 24 and 48.

# %% tags=["answer"] name="later_rate" points=20
# BEGIN SOLUTION NO PROMPT
of_done = later.table[later.table["completed"]].set_index("hours")["value"]
# END SOLUTION
later_rate = {"h24": of_done[24], "h48": of_done[48]}  # SOLUTION

# %% tags=["check"] name="check-later_rate"
workshop.check("later_rate", later_rate)

# %% [markdown] tags=["zh"] name="ask-first"
# ## 在线人工：首次响应
#
# `first_response_effect` 用有序回归，把业务、客群等固定住，问首次响应每晚 30 秒，给更高分的优势比是多少。小于 1：越晚分越低；区间跨过 1：数据说不出方向。

# %% [markdown] tags=["en"] name="ask-first"
# ## Online human service: the first response
#
# `first_response_effect` holds work and segment equal in an ordered model and asks for the odds of a higher rating when the first response takes 30 seconds more. Below 1: later goes with lower; an interval that spans 1: the data do not tell.

# %% name="first"
first = first_response_effect(centre, question)
first.table[["driver", "unit", "odds_ratio", "lower", "upper", "p_value", "n"]].round(3)

# %% name="bands"
first.bands.round(3)

# %% [markdown] tags=["zh", "task"] name="task-first_response"
# ### 任务 4 首次响应和评价
#
# `odds`：优势比；`direction`：`"falls"`（越晚越低）、`"rises"`（越晚越高）或 `"open"`（区间含 1，说不出方向）。`{"odds": …, "direction": "…"}`

# %% [markdown] tags=["en", "task"] name="task-first_response"
# ### Task 4: the first response and the rating
#
# `odds`: the odds ratio; `direction`: `"falls"` (later is lower), `"rises"` (later is higher) or `"open"` (the interval holds 1). `{"odds": …, "direction": "…"}`

# %% [markdown] tags=["zh", "hint-1"] name="first_response-hint-1"
# 先看 `lower` 和 `upper` 在不在 1 的同一边。

# %% [markdown] tags=["en", "hint-1"] name="first_response-hint-1"
# First see whether `lower` and `upper` lie on one side of 1.

# %% [markdown] tags=["zh", "hint-2"] name="first_response-hint-2"
# `odds_ratio` 不是倒数，也不是 p 值。

# %% [markdown] tags=["en", "hint-2"] name="first_response-hint-2"
# `odds_ratio`, neither its inverse nor the p-value.

# %% [markdown] tags=["zh", "hint-3"] name="first_response-hint-3"
# `first.falls`：真是越晚越低，假是越晚越高，空是说不出方向。

# %% [markdown] tags=["en", "hint-3"] name="first_response-hint-3"
# `first.falls`: true is later lower, false later higher, none is open.

# %% tags=["answer"] name="first_response" points=20
# BEGIN SOLUTION NO PROMPT
names = {True: "falls", False: "rises", None: "open"}
# END SOLUTION
first_response = {"odds": first.table["odds_ratio"].iloc[0], "direction": names[first.falls]}  # SOLUTION

# %% tags=["check"] name="check-first_response"
workshop.check("first_response", first_response)

# %% [markdown] tags=["zh"] name="read-first"
# 点估计小于 1，也许真的越快越好；但区间有多宽，结论就该有多软。“说不出方向”不等于“没有关系”：可能评价太少，也可能大家等得都差不多。要花钱提速，先算需要多少评价，或者做一次试验。

# %% [markdown] tags=["en"] name="read-first"
# The estimate may well point to "faster is better"; but the conclusion must be as soft as the interval is wide. "Not told" is not "no relation": there may be too few ratings, or everybody waits about the same. Before paying for speed work out how many ratings it takes, or run a trial.

# %% [markdown] tags=["zh", "instructor"] name="trainer-first"
# 请“在线负责人”用这张表争取预算，请别人找他话里的“因为”。然后问：如果一定要知道答案，下个月怎么做？（按客户随机分配两种排队优先级。）

# %% [markdown] tags=["en", "instructor"] name="trainer-first"
# Let the head of the online desk argue for a budget with this table, and have the others catch every "because". Then: if the answer is needed, what is to be done next month? (Assign customers at random to two queue priorities.)

# %% [markdown] tags=["zh", "task"] name="task-claim"
# ### 任务 5 哪种说法站得住？
#
# 会上有四种说法，写站得住的那个代码。

# %% [markdown] tags=["en", "task"] name="task-claim"
# ### Task 5: which statement holds?
#
# Four things are said in the meeting. Write the code of the one that holds.

# %% name="choices-claim"
workshop.choices("claim")

# %% [markdown] tags=["zh", "hint-1"] name="claim-hint-1"
# 自助量上涨和办成是两回事。

# %% [markdown] tags=["en", "hint-1"] name="claim-hint-1"
# Volume and completion are two things.

# %% [markdown] tags=["zh", "hint-2"] name="claim-hint-2"
# 办成率要和“办成以后又来”放在一起看。

# %% [markdown] tags=["en", "hint-2"] name="claim-hint-2"
# Read completion beside those who come back after it.

# %% [markdown] tags=["zh", "hint-3"] name="claim-hint-3"
# 区间跨过 1 的关系，不能拿来承诺提升几分。

# %% [markdown] tags=["en", "hint-3"] name="claim-hint-3"
# A relation whose interval spans 1 promises no points.

# %% tags=["answer"] name="claim" points=20
claim = "u2"  # SOLUTION

# %% tags=["check"] name="check-claim"
workshop.check("claim", claim)

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
        "completion": completion,
        "largest_step": largest_step,
        "later_rate": later_rate,
        "first_response": first_response,
        "claim": claim,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 自助看办成率，不看自助量；漏斗的流失要合得上。
# - “丢得最多的一步”先看是不是偶然；任务长短不同，要按任务看。
# - “办成”以后又来找人工的，是假办成；只判断走完窗口的任务。
# - 系数带区间；区间跨过 1，就说“说不出方向”，不说“没有关系”。
# - 数据没有的列写明用什么代替，不要悄悄当成有。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - Judge self-service by completion, not by volume; the funnel's losses close.
# - Ask first whether the largest loss is chance; tasks differ in length, so see them one by one.
# - Who turns to a human after a completed task was not served; judge only tasks whose window has passed.
# - A coefficient has an interval; where it spans 1 say "not told", not "no relation".
# - Say what stands in for a column that the data lack.
