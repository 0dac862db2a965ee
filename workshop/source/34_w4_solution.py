# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 预算有限，先做什么？
#
# **W4 · 解决方案**（工作坊内容四，20 分）
#
# - **要回答的问题**：预算 10，期限 90 天，做哪几件事赢回最多？谁来做？怎么知道有效？
# - **学完能做到**：在预算内组合措施；算出扣掉重叠和把握之后的预期；落实责任方和时间；设计验证并算样本量。
# - **用时**：60 分钟（组合 20，预期 10，责任 10，验证 20）。
# - **先修**：W3。
# - **数据**：小组自己的案例和措施库。

# %% [markdown] tags=["en"] name="title"
# # With a small budget, what first?
#
# **W4 · Solution** (content 4 of the workshop, 20 points)
#
# - **Question**: with a budget of 10 and 90 days, which actions win back most, who does them, and how will the effect be seen?
# - **Afterwards you can**: choose a set within the budget, work out what it wins after overlap and chance, settle owners and dates, and plan the verification with its sample size.
# - **Time**: 60 minutes (set 20, expectation 10, owners 10, verification 20).
# - **Before this**: W3.
# - **Data**: the team's own world and library of actions.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S03"  # 小组的案例 / the team's world
seed: int = 104  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = True  # 各组问题不同 / teams differ in the problem
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
budget: float = 10.0  # 预算 / budget
horizon_days: int = 90  # 期限（天） / horizon
team: str = ""  # 组号 / the team
role: str = "trainee"  # trainee, trainer
team_dir: str = ""  # 小组目录，空则为当前目录 / the team's folder; empty: this one
out_dir: str = "results/W4"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop

case = workshop.begin(
    "W4",
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
workshop.gate("W3", "C")

# %% name="read"
centre = cs.read_centre(case.data_dir)
question = cs.Question.of(centre.study)
cs.measure(centre, question)

# %% [markdown] tags=["zh"] name="ask-library"
# ## 措施库
#
# 责任方、费用、周期、成功的把握 `p`，以及成功时能消除多少原因 `phi`。几项治同一个原因时，后一项只能治前面剩下的。责任方改不了的原因，花多少钱也没有用。

# %% [markdown] tags=["en"] name="ask-library"
# ## The library
#
# Owner, cost, lead time, chance of success `p`, and the part of a cause that success removes, `phi`. Where several treat one cause, each treats only what the others left. Where the owner cannot change the cause, no money helps.

# %% name="library"
workshop.register_table(centre.library)

# %% [markdown] tags=["zh"] name="ask-ola"
# 责任部门之间有服务约定（OLA）：谁先回、多久解决、缺什么资料会被退回。定时间之前看一眼。

# %% [markdown] tags=["en"] name="ask-ola"
# Departments have agreements with each other (OLA): who answers first, in how many hours, and what is sent back as incomplete. Look before you set dates.

# %% name="ola"
workshop.register_table(case.table("ola"))

# %% [markdown] tags=["zh", "task"] name="task-portfolio"
# ### 任务 1 组合措施
#
# 选一组措施，费用合计不超过预算，期限之内见效，写成编号的列表。与已知最优相差 10% 以内得满分，相差 50% 不得分，中间按比例。

# %% [markdown] tags=["en", "task"] name="task-portfolio"
# ### Task 1: the set
#
# Choose actions whose costs stay within the budget and that work within the horizon; list their ids. Within 10 % of the best set all points, at 50 % none, in between in proportion.

# %% name="choices-portfolio"
workshop.choices("portfolio")

# %% [markdown] tags=["zh", "hint-1"] name="portfolio-hint-1"
# 在空白单元里运行 `workshop.hint("portfolio", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="portfolio-hint-1"
# Run `workshop.hint("portfolio", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="portfolio" points=8
portfolio = ["b1", "b2", "b3", "b5"]  # SOLUTION

# %% tags=["check"] name="check-portfolio"
workshop.check("portfolio", portfolio)

# %% [markdown] tags=["zh", "task"] name="task-expected"
# ### 任务 2 预期赢回多少
#
# 根因的点数用 W2 里您圈定的单元的点数（正数）。W1 的结论是数据问题时，用该变更使指标偏了多少；结构变化时，用“结构”那部分。写成 `{"actions": 措施列表, "cause_points": 根因点数, "expected": 预期赢回}`。

# %% [markdown] tags=["en", "task"] name="task-expected"
# ### Task 2: what will it win back?
#
# For the points of the cause take those of your cell in W2 (as a positive number); after an artefact, by how much the change moved the figure; after a shift of the mix, the part that is mix. Write `{"actions": list, "cause_points": points, "expected": points won}`.

# %% [markdown] tags=["zh", "hint-1"] name="expected-hint-1"
# 在空白单元里运行 `workshop.hint("expected", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="expected-hint-1"
# Run `workshop.hint("expected", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="expected" points=3
chosen = centre.library.set_index("action_id").loc[portfolio]  # SOLUTION NO PROMPT
treats = chosen["phi"].str.extract(r"CH-107=([\d.]+)")[0].astype(float).fillna(0)  # SOLUTION NO PROMPT
won = 0.0088 * (1 - (1 - chosen["p"].astype(float) * treats).prod())  # SOLUTION NO PROMPT
expected = {"actions": portfolio, "cause_points": 0.0088, "expected": won}  # SOLUTION

# %% tags=["check"] name="check-expected"
workshop.check("expected", expected)

# %% [markdown] tags=["zh", "task"] name="task-owners"
# ### 任务 3 谁来做，什么时候见效
#
# 每项措施写上责任方代码和周期：`{"编号": {"owner": "…", "days": …}}`。

# %% [markdown] tags=["en", "task"] name="task-owners"
# ### Task 3: who, and by when
#
# For each action the owner's code and the lead time: `{"id": {"owner": "…", "days": …}}`.

# %% name="choices-owners"
workshop.choices("owners")

# %% [markdown] tags=["zh", "hint-1"] name="owners-hint-1"
# 在空白单元里运行 `workshop.hint("owners", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="owners-hint-1"
# Run `workshop.hint("owners", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="owners" points=3
owners = {id: {"owner": row["owner"], "days": int(row["lead_days"])} for id, row in chosen.iterrows()}  # SOLUTION

# %% tags=["check"] name="check-owners"
workshop.check("owners", owners)

# %% [markdown] tags=["zh"] name="ask-verify"
# ## 怎么知道有效？
#
# 动手之前就定好：看哪个指标，和谁比，要多少评价。样本不够，做了也看不出来。

# %% [markdown] tags=["en"] name="ask-verify"
# ## How will the effect be seen?
#
# Settle it before you act: which outcome, compared with whom, how many ratings. With too few, nothing will show.

# %% [markdown] tags=["zh", "task"] name="task-verification"
# ### 任务 4 验证方案
#
# 写成 `{"design": "代码", "from": 现在的水平, "to": 预计的水平, "n": 每组的评价数}`：`from` 是单元现在的满意率；升幅是预期赢回的点数除以单元占全部评价的份额；`n` 按双侧 5%、80% 的把握算。数据问题用测评方式变了的范围，结构变化用全中心。

# %% [markdown] tags=["en", "task"] name="task-verification"
# ### Task 4: the verification
#
# Write `{"design": "code", "from": level now, "to": level expected, "n": ratings in each group}`: `from` is the cell's rate now; the rise is the points won divided by the cell's share of all ratings; `n` for a two-sided 5 % and a power of 80 %. After an artefact take the scope of the changed survey, after a shift of the mix the whole centre.

# %% name="choices-verification"
workshop.choices("verification")

# %% [markdown] tags=["zh", "hint-1"] name="verification-hint-1"
# 在空白单元里运行 `workshop.hint("verification", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="verification-hint-1"
# Run `workshop.hint("verification", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="verification" points=6
import ccsat.estimates as estimates  # SOLUTION NO PROMPT
held = cs.measure(centre, question, by="biz_l2").table.query("period == 'current'").set_index("biz_l2")  # SOLUTION NO PROMPT
now, part = held.loc["overage", "value"], held.loc["overage", "n"] / held["n"].sum()  # SOLUTION NO PROMPT
then = now + won / part  # SOLUTION NO PROMPT
verification = {"design": "difference_in_differences", "from": now, "to": then, "n": round(estimates.sample_size(then, now))}  # SOLUTION

# %% tags=["check"] name="check-verification"
workshop.check("verification", verification)

# %% [markdown] tags=["zh", "instructor"] name="trainer-plan"
# ## 点评要点
#
# 先别公布最优组合，留到 W5。各组常见的三种组合：挑最便宜的几项、挑见效最快的几项、加一项态度培训“图个保险”。请他们说出每项 `phi` 里的原因是什么。验证一题，多数组忘了除以单元的份额。

# %% [markdown] tags=["en", "instructor"] name="trainer-plan"
# ## Debriefing
#
# Keep the best set for W5. Three sets are common: the cheapest, the fastest, and one with attitude training "to be safe". Let them say which cause each `phi` names. In the verification most teams forget to divide by the cell's share.

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
        "portfolio": portfolio,
        "expected": expected,
        "owners": owners,
        "verification": verification,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 先看能不能作用到根因，再看便宜不便宜。
# - 效果不能直接相加：重叠要扣，把握要乘。
# - “相对最优”是指就这份措施库、这笔预算、这些估计而言。
# - 没有验证的措施，只是花钱。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - First whether it reaches the cause, then what it costs.
# - Effects do not add up: take off the overlap, multiply by the chance.
# - *Relatively* optimal means for this library, this budget and these estimates.
# - An action without verification only costs money.
