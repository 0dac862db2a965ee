# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 问题到底在哪一块？
#
# **W2 · 问题定位**（工作坊内容二，25 分）
#
# - **要回答的问题**：总的差距里，哪一小块接触占了大部分？哪些说法听起来对、其实不对？
# - **学完能做到**：做一本平的扣分账；圈定单元并给出样本量和区间；用事实推翻干扰项。
# - **用时**：60 分钟（扣分账 15，圈定 25，干扰项 20）。
# - **先修**：W1。
# - **数据**：小组自己的案例。

# %% [markdown] tags=["en"] name="title"
# # Where exactly is the problem?
#
# **W2 · Localisation** (content 2 of the workshop, 25 points)
#
# - **Question**: of the whole gap, which small part of the contacts holds most? Which claims only sound right?
# - **Afterwards you can**: keep a ledger that closes, name a cell with count and interval, and refute distractors by findings.
# - **Time**: 60 minutes (ledger 15, cell 25, claims 20).
# - **Before this**: W1.
# - **Data**: the team's own world.

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
out_dir: str = "results/W2"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop

case = workshop.begin(
    "W2",
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

# %% name="gate"
workshop.gate("W1", "A")

# %% name="read"
centre = cs.read_centre(case.data_dir)
question = cs.Question.of(centre.study)
cs.measure(centre, question)

# %% [markdown] tags=["zh"] name="ask-ledger"
# ## 客户说丢分丢在哪里？
#
# 每份不满意的评价丢掉的分，在客户点的原因之间平均分；没有说原因的单独一行。各行相加等于总扣分。

# %% [markdown] tags=["en"] name="ask-ledger"
# ## Where do customers say it is lost?
#
# What each dissatisfied rating loses is shared equally over the reasons named; those without a reason have a row of their own. The rows add up to the whole loss.

# %% name="by-reason"
by_reason = cs.deduct_by_reason(centre, question)
views.show_reasons(by_reason)

# %% name="reason-chart"
cs.plot(by_reason)

# %% [markdown] tags=["zh", "task"] name="task-ledger"
# ### 任务 1 扣分账
#
# 把本期的账写成 `{"原因代码": 扣分}`，全精度，不取整，没说原因的也要在里面（代码 `unstated`）。

# %% [markdown] tags=["en", "task"] name="task-ledger"
# ### Task 1: the ledger
#
# Write the current period's ledger as `{"reason code": points}`, in full precision, with those who gave no reason in it (code `unstated`).

# %% [markdown] tags=["zh", "hint-1"] name="ledger-hint-1"
# 在空白单元里运行 `workshop.hint("ledger", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="ledger-hint-1"
# Run `workshop.hint("ledger", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="ledger" points=7
ledger = dict(zip(by_reason.table["reason"], by_reason.table["points"], strict=True))  # SOLUTION

# %% tags=["check"] name="check-ledger"
workshop.check("ledger", ledger)

# %% [markdown] tags=["zh"] name="ask-cell"
# ## 从大到小往下分
#
# 先看每类业务贡献了多少，再看细一层，或者换一个维度：地区、班组、司龄、参加的活动。可用的维度在 `centre.dims` 里。

# %% [markdown] tags=["en"] name="ask-cell"
# ## From wide to narrow
#
# First what each line contributes, then one level down, or another dimension: region, team, tenure, campaign. `centre.dims` names what there is.

# %% name="by-line"
views.show_split(cs.split_change(centre, question, by="biz_l1"))

# %% name="by-campaign"
views.show_split(cs.split_change(centre, question, by="campaign_id"))

# %% name="by-tenure"
views.show_split(cs.split_change(centre, question, by="tenure_band"))

# %% [markdown] tags=["zh", "task"] name="task-cell"
# ### 任务 2 圈定单元
#
# 哪些接触承担了大部分？用最少的条件，写成
#
# `{"where": {"维度": "取值"}, "n": 本期有评价的接触数, "points": 贡献点数, "interval": [下限, 上限]}`
#
# 取值可以是列表。点数写 0 到 1 的比例，拉低指标的是负数。**如果 W1 的结论是数据问题或结构变化，就不该圈定单元**：写 `{"stop": "artefact"}` 或 `{"stop": "mix"}`。

# %% [markdown] tags=["en", "task"] name="task-cell"
# ### Task 2: the cell
#
# Which contacts hold most of it? With as few conditions as will do, write
#
# `{"where": {"dimension": "level"}, "n": rated contacts now, "points": its points, "interval": [low, high]}`
#
# A level may be a list. Points are shares of 1, negative where they lower the KPI. **If W1 found a data problem or a shift of the mix, no cell may be named**: write `{"stop": "artefact"}` or `{"stop": "mix"}`.

# %% [markdown] tags=["zh", "hint-1"] name="cell-hint-1"
# 在空白单元里运行 `workshop.hint("cell", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="cell-hint-1"
# Run `workshop.hint("cell", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="cell" points=12
top = cs.locate_gap(centre, question).cells.iloc[0]  # SOLUTION NO PROMPT
cell = {"where": dict(top["where"]), "n": int(top["n"]), "points": top["points"], "interval": [top["lower"], top["upper"]]}  # SOLUTION

# %% tags=["check"] name="check-cell"
workshop.check("cell", cell)

# %% [markdown] tags=["zh"] name="ask-locate"
# 现在让系统搜一遍所有组合，和您的比较。不一样时，谁更站得住：看样本量、区间和稳定度。

# %% [markdown] tags=["en"] name="ask-locate"
# Now let the system search all combinations and compare. Where you differ, who stands better: see counts, intervals and stability.

# %% name="located"
located = cs.locate_gap(centre, question)
located

# %% [markdown] tags=["zh", "task"] name="task-decoy"
# ### 任务 3 推翻似是而非的说法
#
# 会上有人抛出下面几种说法（`m` 开头），手里有几条事实（`r` 开头）。有一种说法站得住，其余各被一条事实推翻。写成 `{"m…": "r…"}`。

# %% [markdown] tags=["en", "task"] name="task-decoy"
# ### Task 3: claims that only sound right
#
# In the meeting people claim what is listed (codes with `m`); findings lie on the table (codes with `r`). One claim holds, each of the others is refuted by one finding. Write `{"m…": "r…"}`.

# %% name="choices-decoy"
workshop.choices("decoy")

# %% [markdown] tags=["zh", "hint-1"] name="decoy-hint-1"
# 在空白单元里运行 `workshop.hint("decoy", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="decoy-hint-1"
# Run `workshop.hint("decoy", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="decoy" points=6
decoy = {"m1": "r4", "m2": "r2", "m3": "r3", "m5": "r1"}  # SOLUTION

# %% tags=["check"] name="check-decoy"
workshop.check("decoy", decoy)

# %% [markdown] tags=["zh", "instructor"] name="trainer-decoy"
# ## 点评要点
#
# 让唱反调的同学为一条错误说法辩护三分钟，别组拿事实反驳。丢分最多的两处：圈大了（整个一级业务），以及拿满意率最低的当作变差的。S06 组四条业务线都降一点，要换维度才看得见；S07 组的陷阱是“自助接待率涨了，是好事”。

# %% [markdown] tags=["en", "instructor"] name="trainer-decoy"
# ## Debriefing
#
# Let the doubter defend a wrong claim for three minutes while another team answers with findings. Most points are lost by drawing the cell too wide (a whole first-level line) and by taking the lowest row for the one that fell. Teams of S06 see four lines fall a little and must change the dimension; the trap of S07 is the praise for a higher containment.

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
        "ledger": ledger,
        "cell": cell,
        "decoy": decoy,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 账要平：没有说原因的也在账上。
# - 被提到最多的原因，未必扣分最多；扣分最多的，未必变化最大。
# - 最低的一行不是变差的一行：和它自己的基期比。
# - 圈大了冤枉人，圈小了漏掉人；样本不够就不下结论。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - A ledger closes: those without a reason are in it.
# - The reason named most need not cost most, and the one that costs most need not have changed most.
# - The lowest row is not the row that fell: compare each with its own baseline.
# - Too wide blames the innocent, too narrow misses some; too few ratings, no conclusion.
