# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 一次下降，几个原因，还掺着数据问题：各占多少？
#
# **W7 · 综合挑战**（选做，20 分，不计入总分）
#
# - **要回答的问题**：这次下降里，多少是数据造成的，两个原因各占多少，还剩多少没有解释？
# - **学完能做到**：把数据问题从服务问题里分出来；同时处理两个原因；让账平，并且诚实地留下剩余。
# - **用时**：120 分钟（数据 40，定位 40，原因 40）。
# - **先修**：W1 到 W4。
# - **数据**：另一个虚构中心，种子和小组的一样。

# %% [markdown] tags=["en"] name="title"
# # One fall, several causes, and a data problem in it: how much is each?
#
# **W7 · Capstone** (optional, 20 points beside the total)
#
# - **Question**: of this fall, how much is data, how much is each of two causes, and how much stays unexplained?
# - **Afterwards you can**: tell a data problem from a problem of the service, deal with two causes at once, and close the account with an honest remainder.
# - **Time**: 120 minutes (data 40, location 40, causes 40).
# - **Before this**: W1 to W4.
# - **Data**: another invented centre, drawn with the team's seed.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S12"  # 小组的案例 / the team's world
seed: int = 104  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = True  # 各组问题不同 / teams differ in the problem
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
team: str = ""  # 组号 / the team
role: str = "trainee"  # trainee, trainer
team_dir: str = ""  # 小组目录，空则为当前目录 / the team's folder; empty: this one
out_dir: str = "results/W7"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop

case = workshop.begin(
    "W7",
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

# %% name="read"
centre = cs.read_centre(case.data_dir)
question = cs.Question.of(centre.study)
cs.measure(centre, question)

# %% [markdown] tags=["zh"] name="ask-all"
# ## 工具都在手上
#
# 变更台账给您，四步自己走：数据（`cs.check_data`）、定位（`cs.locate_gap`）、原因（`cs.explain_cells`）。小心：这里有一项培训，时间上和某个班组的回升正好吻合。

# %% [markdown] tags=["en"] name="ask-all"
# ## You have the tools
#
# Here is the register; go through the stages yourselves: data (`cs.check_data`), location (`cs.locate_gap`), causes (`cs.explain_cells`). Mind a training whose date fits a team's recovery.

# %% name="changes"
workshop.register_table(centre.changes)

# %% name="actions"
workshop.register_table(centre.actions)

# %% [markdown] tags=["zh", "task"] name="task-account"
# ### 任务 总账
#
# 写四行，加起来等于本期减基期的总变化：`{"artefact": …, "change:CH-…": …, "change:CH-…": …, "remainder": …}`，都是 0 到 1 的比例，拉低为负。数据和两个原因各与真相相差不超过 0.4 分（样本更少时放宽到误差范围）。

# %% [markdown] tags=["en", "task"] name="task-account"
# ### Task: the account
#
# Four rows that add up to the whole change, current less baseline: `{"artefact": …, "change:CH-…": …, "change:CH-…": …, "remainder": …}`, shares of 1, negative where they lower the KPI. Data and causes may each differ from the truth by 0.4 points (more only where the sample's error is larger).

# %% name="choices-account"
workshop.choices("account")

# %% [markdown] tags=["zh", "hint-1"] name="account-hint-1"
# 在空白单元里运行 `workshop.hint("account", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="account-hint-1"
# Run `workshop.hint("account", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="account" points=20
seen = cs.check_data(centre, question)  # SOLUTION NO PROMPT
causes = cs.explain_cells(centre, question, cs.locate_gap(centre, question)).causes  # SOLUTION NO PROMPT
found = {one.id: one.points for one in causes if one.id in ("change:CH-107", "change:CH-402")}  # SOLUTION NO PROMPT
data = seen.change.value - seen.corrected.change.value  # SOLUTION NO PROMPT
account = {"artefact": data, **found, "remainder": seen.change.value - data - sum(found.values())}  # SOLUTION

# %% tags=["check"] name="check-account"
workshop.check("account", account)

# %% [markdown] tags=["zh", "instructor"] name="trainer-capstone"
# ## 点评要点
#
# 多数组先找到两个原因，忘了数据；也有组看见换了测评方式，就把全部下降算成数据问题。请他们说出：测评没变的范围降了多少？剩余不为零不丢分，藏起来才丢分。

# %% [markdown] tags=["en", "instructor"] name="trainer-capstone"
# ## Debriefing
#
# Most teams find both causes and forget the data; others see the changed survey and call all of it data. Ask how much fell where the survey is as it was. A remainder costs nothing; hiding it does.

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
        "account": account,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 数据问题和服务问题可以同时存在：先分账，再溯源。
# - 没变的范围告诉我们真的那部分有多大。
# - 剩余要写出来：没有解释的，就是没有解释。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - A data problem and a problem of the service may stand side by side: split the account first, then trace.
# - The unchanged scope tells how large the real part is.
# - Write the remainder down: what is not explained is not explained.
