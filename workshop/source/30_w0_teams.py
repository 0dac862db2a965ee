# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 今天谁做什么，要查的是什么问题？
#
# **W0 · 分组与任务书**（工作坊任务一）
#
# - **要回答的问题**：我们这一组查哪个指标，和什么比？谁操作，谁唱反调？
# - **学完能做到**：看懂一份任务书；分好角色；先写下猜测，下班前回来对照。
# - **用时**：15 分钟（分角色 5，读任务书 7，猜测 3）。
# - **先修**：没有。
# - **数据**：一家虚构运营商十二周的人工接触和评价。每组的案例、种子、问题所在和干扰项都不同，抄不了邻组的。
#
# 今天的四步：**数据问题 → 问题定位 → 深度溯源 → 解决方案**，两样产出：溯源分析表（附流程图）和解决方案报告。

# %% [markdown] tags=["en"] name="title"
# # Who does what today, and what is the question?
#
# **W0 · Teams and brief** (task 1 of the workshop)
#
# - **Question**: which indicator does our team look into, compared with what? Who drives, who doubts?
# - **Afterwards you can**: read a brief, share out the roles, and come back to a guess that you wrote down.
# - **Time**: 15 minutes (roles 5, brief 7, guess 3).
# - **Before this**: nothing.
# - **Data**: twelve weeks of contacts and ratings of an invented carrier. World, seed, problem and distractors differ from team to team: a neighbour's answer does not fit.
#
# Four stages today: **data problem → localisation → deep trace → solution**; two outputs: the trace-analysis table with its flow diagram, and the solution report.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 每组一个目录：`ccsat workshop new --team 1 --lang zh --class-seed 2025 --out class`，组号从 1 起。前八组的案例互不相同。不要告诉各组案例代码的含义，S08 和 S10 组的“标准答案”是不该溯源到服务。猜测写在白板上，W5 点评时回来对照。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# One folder a team: `ccsat workshop new --team 1 --lang en --class-seed 2025 --out class`, numbered from 1. The first eight teams have different worlds. Do not say what the codes stand for: for the teams of S08 and S10 the right answer is not to trace the service at all. Keep the guesses on the board for W5.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S03"  # 小组的案例 / the team's world
seed: int = 104  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = True  # 各组问题不同 / teams differ in the problem
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
team: str = ""  # 组号 / the team
role: str = "trainee"  # trainee, trainer
team_dir: str = ""  # 小组目录，空则为当前目录 / the team's folder; empty: this one
out_dir: str = "results/W0"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop

case = workshop.begin(
    "W0",
    world=world,
    seed=seed,
    lang=lang,
    scale=scale,
    vary=vary,
    data_dir=data_dir,
    team=team,
    role=role,
    team_dir=team_dir,
)
case

# %% [markdown] tags=["zh", "task"] name="task-roles"
# ### 任务 1 分角色
#
# 把四个角色写上人名：`driver` 操作，`navigator` 看口径和样本量，`sceptic` 专门唱反调，`presenter` 记录并汇报。人少时一人可以兼两个，但不能一人包办。

# %% [markdown] tags=["en", "task"] name="task-roles"
# ### Task 1: the roles
#
# Put a name to each role: `driver` runs the notebook, `navigator` watches definitions and sample sizes, `sceptic` doubts everything, `presenter` takes notes and presents. In a small team one person may have two, not all.

# %% [markdown] tags=["zh", "hint-1"] name="roles-hint-1"
# 在空白单元里运行 `workshop.hint("roles", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="roles-hint-1"
# Run `workshop.hint("roles", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="roles" points=0
roles = {"driver": "小林", "navigator": "小周", "sceptic": "小吴", "presenter": "小郑"}  # SOLUTION

# %% tags=["check"] name="check-roles"
workshop.check("roles", roles)

# %% [markdown] tags=["zh"] name="ask-brief"
# ## 任务书
#
# 下面是小组的数据和题目。先读账：读进来多少，搁置了多少；再读题：哪个指标，哪个口径，哪一段时间。

# %% [markdown] tags=["en"] name="ask-brief"
# ## The brief
#
# Below are the team's data and question. First the account: how much was read, how much set aside. Then the question: which indicator, counted how, over which period.

# %% name="read"
centre = cs.read_centre(case.data_dir)
views.show_intake(centre)

# %% name="question"
question = cs.Question.of(centre.study)
cs.measure(centre, question)

# %% [markdown] tags=["zh", "task"] name="task-brief"
# ### 任务 2 看清题目
#
# 要查的是哪个指标，和什么比？写成 `{"kpi": "代码", "compared_with": "baseline 或 target"}`。

# %% [markdown] tags=["en", "task"] name="task-brief"
# ### Task 2: the question
#
# Which indicator is it, and what is it compared with? Write `{"kpi": "code", "compared_with": "baseline or target"}`.

# %% name="choices-brief"
workshop.choices("brief")

# %% [markdown] tags=["zh", "hint-1"] name="brief-hint-1"
# 在空白单元里运行 `workshop.hint("brief", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="brief-hint-1"
# Run `workshop.hint("brief", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="brief" points=0
brief = {"kpi": question.kpi, "compared_with": "baseline" if question.baseline else "target"}  # SOLUTION

# %% tags=["check"] name="check-brief"
workshop.check("brief", brief)

# %% [markdown] tags=["zh", "task"] name="task-guess"
# ### 任务 3 先猜一个
#
# 还没看数据，凭经验猜：问题出在哪一类？没有对错，只记下来。

# %% [markdown] tags=["en", "task"] name="task-guess"
# ### Task 3: a first guess
#
# Before looking at the data, by experience: what kind of problem is it? There is no right or wrong; it is only noted.

# %% name="choices-guess"
workshop.choices("guess")

# %% [markdown] tags=["zh", "hint-1"] name="guess-hint-1"
# 在空白单元里运行 `workshop.hint("guess", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="guess-hint-1"
# Run `workshop.hint("guess", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="guess" points=0
guess = "agents"  # SOLUTION

# %% tags=["check"] name="check-guess"
workshop.check("guess", guess)

# %% [markdown] tags=["zh"] name="hand-in-words"
# ## 交卷
#
# 答案和检查结果写进结果目录里的 `result.json`，讲师的班级看板读它。改好了可以再交一次。

# %% [markdown] tags=["en"] name="hand-in-words"
# ## Hand in
#
# The answers and what the checks said go into `result.json` in the results folder, which the trainer's board reads. You may hand in again.

# %% name="hand-in"
workshop.hand_in(
    {
        "roles": roles,
        "brief": brief,
        "guess": guess,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 先看清指标、口径和比较对象，再动手。
# - 唱反调是一个角色，不是一种脾气。
# - 猜测要写下来；写下来才会被推翻。
# - 提示有价：第 1 条扣本题 2%，第 2 条 5%，第 3 条 10%；落后了可以用接续点，相关小题扣一半。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - Indicator, definition and comparison first; then the work.
# - Doubting is a role, not a temper.
# - A guess is written down, or it is never refuted.
# - Hints have a price: 2, 5 and 10 % of the item; a team that is behind may join at a checkpoint, for half of the items it answers.
