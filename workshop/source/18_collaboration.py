# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 问题不在客服中心：怎么请别的部门动手？
#
# **案例 N18 · 业务协同**（远桥通信，虚构）
#
# - **要回答的问题**：上门维修的满意率掉了近二十个点，原因在后台流程。客服中心改不了它。拿什么去谈，谈多少才公平，谈什么还没约定？
# - **学完能做到**：用协议（OLA）履行表说清哪个部门、哪一项滑了；把公司的压降目标按各家可控的份额分下去，谁也不超过做得到的；分清哪些是自己的；列出还没约定的事项；写出给部门的那一页。
# - **用时**：70 分钟（协议 20、目标 25、约定与结论 25）。
# - **先修**：N04（扣分贡献度）；N17（规则与流程）更好。
# - **数据**：一家虚构运营商十二周的评价、工单和协议。每个小组的种子不同，数字也不同，答案要从自己的数据里找。
#
# 分工建议：一人操作，一人替对方部门说话，一人专问“凭什么分给我这么多”，一人记录并汇报。

# %% [markdown] tags=["en"] name="title"
# # It is not the centre's: how do you get another department to act?
#
# **Case N18 · Working with business departments** (Yuanqiao Telecom, an invented carrier)
#
# - **Question**: satisfaction with on-site repairs fell by almost twenty points, and the cause is a back-office process that the centre cannot change. What do you take to the table, how much is a fair part, and what has never been agreed?
# - **Afterwards you can**: say by the agreement (OLA) which department slipped in what; share out the company's target by what each controls, none beyond what it can do; tell what is your own; list what is still to be agreed; and write the department's page.
# - **Time**: 70 minutes (agreement 20, targets 25, what to agree and conclusion 25).
# - **Before this**: N04 (the deduction ledger); N17 (rule and process) helps.
# - **Data**: twelve weeks of ratings, tickets and agreements of an invented carrier. Each team has its own seed and so its own numbers: the answers are in your data.
#
# Roles: one drives, one speaks for the other department, one keeps asking "why so much for me", one takes notes and presents.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 请两组分别扮演客服中心和维修部门，先空手谈三分钟，把吵起来的话写在白板上。任务做完再谈一次，只许用表里的数。`vary = True` 时环节和强度不同。R06 每周自动出这些部门简报，可以给学员看一份。时间不够时，任务 4 由讲师演示。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# Let two teams play the centre and the repair department and talk for three minutes with nothing in hand; write what they throw at each other on the board. After the tasks they talk again, with figures of the tables only. With `vary = True` step and strength differ. R06 makes these pages every week; show one. Short of time, show task 4 yourself.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S05"  # 案例 / the invented centre
seed: int = 7  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
as_of: str = "2025-05-25"  # 数据截止日 / last day of the data
current: str = "2025-04-28/2025-05-25"  # 当期 / current period
baseline: str = "2025-03-03/2025-04-27"  # 基期 / baseline period
reduction: float = 0.015  # 公司要的改善 / what the company wants to win
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N18"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop
from ccsat.business import agreements
from ccsat.figures.business import plot_agreements

case = workshop.begin(
    "N18",
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

# %% name="kept"
kept = agreements.ola_compliance(centre, question)
kept.table[["department", "measure", "n", "value", "lower", "upper", "standing"]].round(3)

# %% [markdown] tags=["zh"] name="read-kept"
# 每个部门四项：首次回复及时、办结及时、被退回、信息齐全。只算时限已到的工单。多数没有达到 95%——可是一直如此；谈得动的是**变化**。

# %% [markdown] tags=["en"] name="read-kept"
# Four measures a department: first reply on time, closed on time, returned, sent complete; only tickets whose hours are over. Most stand below 95 %, and always did: what gets people moving is the **change**.

# %% [markdown] tags=["zh", "task"] name="task-agreement"
# ### 任务 1 哪个部门的哪一项滑了？
#
# 结果表里还有基期（`value_baseline`）和变化的区间。哪个部门的哪一项变差最多，变了多少（当期减基期，小数）？`{"department": "…", "measure": "…", "change": …}`

# %% [markdown] tags=["en", "task"] name="task-agreement"
# ### Task 1: whose agreement slipped, and in what?
#
# The table has the baseline too (`value_baseline`), and the interval of the change. Which department's which measure got worse most, and by how much (current less baseline, a fraction)? `{"department": "…", "measure": "…", "change": …}`

# %% [markdown] tags=["zh", "hint-1"] name="agreement-hint-1"
# 低不等于变差：看变化，不看高低。

# %% [markdown] tags=["en", "hint-1"] name="agreement-hint-1"
# Low is not worse: look at the change, not the level.

# %% [markdown] tags=["zh", "hint-2"] name="agreement-hint-2"
# 给 `kept.table` 加一栏：`value` 减 `value_baseline`，取最小的一行（退回率是越低越好，另看）。

# %% [markdown] tags=["en", "hint-2"] name="agreement-hint-2"
# Add a column to `kept.table`: `value` less `value_baseline`, and take the smallest (returns are better when low; look at them apart).

# %% [markdown] tags=["zh", "hint-3"] name="agreement-hint-3"
# 部门和指标照抄表里的写法，变化写四位小数。

# %% [markdown] tags=["en", "hint-3"] name="agreement-hint-3"
# Department and measure as in the table, the change to four decimals.

# %% tags=["answer"] name="agreement" points=25
# BEGIN SOLUTION NO PROMPT
moved = kept.table.assign(change=kept.table["value"] - kept.table["value_baseline"])
worst = moved[moved["measure"] != "returned"].sort_values("change").iloc[0]
# END SOLUTION
agreement = {"department": worst["department"], "measure": worst["measure"], "change": round(worst["change"], 4)}  # SOLUTION

# %% tags=["check"] name="check-agreement"
workshop.check("agreement", agreement)

# %% name="agreements-figure"
plot_agreements(kept)

# %% [markdown] tags=["zh"] name="ask-targets"
# ## 公司要 1.5 个点，谁出多少？
#
# `achievable` 是各家自己报的：这个季度最多能改掉自己扣分的几成（网络要投资，只能改一成）。**公平的分法**：按各家可控的扣分来分，再按做得到的封顶；分不下去的单列 `unallocated`，由公司决定。

# %% [markdown] tags=["en"] name="ask-targets"
# ## The company wants 1.5 points: who brings how much?
#
# `achievable` is what each said it can mend of its own points this quarter (the network needs investment: a tenth). **A fair share** goes by the points in each one's hands and is capped by what it can do; what is left over is `unallocated`, and the company decides.

# %% name="owners"
owners = cs.deduct_by_owner(centre, question)
achievable = workshop.material("achievable")
owners.table[["owner", "points", "lower", "upper"]].merge(achievable, how="left").round(4)

# %% [markdown] tags=["zh", "task"] name="task-targets"
# ### 任务 2 分下去，合计要对
#
# 用 `cs.fair_targets(owners, reduction, achievable=…)`（`achievable` 要一个字典），写成字典：责任方 → 点数（小数，四位），包括 `unallocated`。合计等于 `reduction`。

# %% [markdown] tags=["en", "task"] name="task-targets"
# ### Task 2: share it out, and let it add up
#
# With `cs.fair_targets(owners, reduction, achievable=…)` (a dictionary), write a dictionary: owner class -> points (fractions, four decimals), `unallocated` included. They add up to `reduction`.

# %% [markdown] tags=["zh", "hint-1"] name="targets-hint-1"
# 平均分省事，可是可控的多少差了好几倍。

# %% [markdown] tags=["en", "hint-1"] name="targets-hint-1"
# An equal split is easy, and what they control differs several times over.

# %% [markdown] tags=["zh", "hint-2"] name="targets-hint-2"
# 把材料变成字典：`dict(achievable.to_numpy())`。

# %% [markdown] tags=["en", "hint-2"] name="targets-hint-2"
# Make the material a dictionary: `dict(achievable.to_numpy())`.

# %% [markdown] tags=["zh", "hint-3"] name="targets-hint-3"
# 结果表里 `points` 一栏，以 `owner` 为索引 `.to_dict()`。

# %% [markdown] tags=["en", "hint-3"] name="targets-hint-3"
# The column `points` of the answer, with `owner` as index, `.to_dict()`.

# %% tags=["answer"] name="targets" points=30
fair = cs.fair_targets(owners, reduction, achievable=dict(achievable.to_numpy()))  # SOLUTION NO PROMPT
targets = fair.table.set_index("owner")["points"].round(4).to_dict()  # SOLUTION

# %% tags=["check"] name="check-targets"
workshop.check("targets", targets)

# %% name="targets-figure"
cs.plot(owners)

# %% [markdown] tags=["zh", "task"] name="task-hand"
# ### 任务 3 哪些是自己的？
#
# 坐席（`agent`）、客服流程（`centre_process`）、智能客服（`intelligent_service`）合计占全部扣分的多大比例？写一个小数，三位。

# %% [markdown] tags=["en", "task"] name="task-hand"
# ### Task 3: what is your own?
#
# What share of all that is lost lies with agents (`agent`), the centre's processes (`centre_process`) and its intelligent service (`intelligent_service`)? One fraction, three decimals.

# %% [markdown] tags=["zh", "hint-1"] name="hand-hint-1"
# 去谈之前，先说清自己那一份。

# %% [markdown] tags=["en", "hint-1"] name="hand-hint-1"
# Before you ask others, say what your own part is.

# %% [markdown] tags=["zh", "hint-2"] name="hand-hint-2"
# 分母是全部扣分，包括待定（mixed）和未说明（unstated）。

# %% [markdown] tags=["en", "hint-2"] name="hand-hint-2"
# The base is everything lost, mixed and unstated included.

# %% [markdown] tags=["zh", "hint-3"] name="hand-hint-3"
# `owners.table` 按 `owner` 取三行的 `points` 之和，除以 `owners.total`。

# %% [markdown] tags=["en", "hint-3"] name="hand-hint-3"
# Of `owners.table` the `points` of the three rows, over `owners.total`.

# %% tags=["answer"] name="in_hand" points=15
own = owners.table.set_index("owner")["points"].reindex(["agent", "centre_process", "intelligent_service"])  # SOLUTION NO PROMPT
in_hand = round(own.sum() / owners.total, 3)  # SOLUTION

# %% tags=["check"] name="check-hand"
workshop.check("in_hand", in_hand)

# %% [markdown] tags=["zh"] name="ask-agree"
# ## 还有什么没约定？
#
# 部门之间的协议有十二项。数据能填的已经填了：谁负责、范围、几小时回复、谁告诉客户……**落后的小组从这里接上**：对方是任务 1 找到的部门。

# %% [markdown] tags=["en"] name="ask-agree"
# ## What has never been agreed?
#
# An agreement between departments has twelve items. What the data say is filled in: who resolves, its scope, hours, who tells the customer. **A team that is behind joins here**: the other side is the department of task 1.

# %% name="items"
views.sentences([item.words() for item in kept.agreed[agreement["department"] if isinstance(agreement, dict) else next(iter(kept.agreed))].items])

# %% [markdown] tags=["zh", "task"] name="task-agree"
# ### 任务 4 列出还空着的几项
#
# 把还要双方填写的项目写成代码列表（代码见下表）。

# %% [markdown] tags=["en", "task"] name="task-agree"
# ### Task 4: list what is still open
#
# The codes of the items that both sides still have to fill in, as a list (codes below).

# %% name="choices-agree"
workshop.choices("to_agree")

# %% [markdown] tags=["zh", "hint-1"] name="agree-hint-1"
# 上面十二行里，哪几行说“双方填写”？

# %% [markdown] tags=["en", "hint-1"] name="agree-hint-1"
# Which of the twelve lines say that both sides fill them in?

# %% [markdown] tags=["zh", "hint-2"] name="agree-hint-2"
# `kept.agreed[部门].items` 里每项有 `key` 和 `open`。

# %% [markdown] tags=["en", "hint-2"] name="agree-hint-2"
# Each of `kept.agreed[department].items` has a `key` and `open`.

# %% [markdown] tags=["zh", "hint-3"] name="agree-hint-3"
# 把 `open` 为真的 `key` 收成列表。

# %% [markdown] tags=["en", "hint-3"] name="agree-hint-3"
# Collect the `key` of those whose `open` is true.

# %% tags=["answer"] name="to_agree" points=10
to_agree = [item.key for item in kept.agreed[agreement["department"]].items if item.open]  # SOLUTION

# %% tags=["check"] name="check-agree"
workshop.check("to_agree", to_agree)

# %% [markdown] tags=["zh", "task"] name="task-conclusion"
# ### 任务 5 写进那一页的一句话，和先请对方做的一件事
#
# 会上有五种说法（代码以 `m` 开头），措施库里有七项措施。哪句话有证据？先请对方做哪一项？`{"claim": "m…", "first": "…"}`

# %% [markdown] tags=["en", "task"] name="task-conclusion"
# ### Task 5: one sentence for the page, and the first thing to ask
#
# Five things are said in the meeting (codes with `m`), and the library has seven actions. Which statement has evidence, and what do you ask for first? `{"claim": "m…", "first": "…"}`

# %% name="choices-conclusion"
workshop.choices("conclusion")

# %% [markdown] tags=["zh", "hint-1"] name="conclusion-hint-1"
# 时间是从哪里多出来的？看工单的步骤和变更台账。

# %% [markdown] tags=["en", "hint-1"] name="conclusion-hint-1"
# Where do the extra hours come from? See the steps of the tickets and the register of changes.

# %% [markdown] tags=["zh", "hint-2"] name="conclusion-hint-2"
# 每种干扰的说法都有一个反证：范围、日期，或者一个没有变的数。

# %% [markdown] tags=["en", "hint-2"] name="conclusion-hint-2"
# Each of the others is refuted by its scope, its day, or a figure that did not move.

# %% [markdown] tags=["zh", "hint-3"] name="conclusion-hint-3"
# 先选能去掉原因的，再选只是缓解的。

# %% [markdown] tags=["en", "hint-3"] name="conclusion-hint-3"
# First what removes the cause, then what only eases it.

# %% tags=["answer"] name="conclusion" points=20
conclusion = {"claim": "m2", "first": "e1"}  # SOLUTION

# %% tags=["check"] name="check-conclusion"
workshop.check("conclusion", conclusion)

# %% [markdown] tags=["zh", "instructor"] name="trainer-conclusion"
# 再谈一次：客服中心只许用三个数——协议那一行、对方的目标和区间、自己认领的那一份。评分看对方有没有听完。然后打开 R06 的一页，对照学员写的，少了什么（多半是核验办法和时限）。

# %% [markdown] tags=["en", "instructor"] name="trainer-conclusion"
# Let them talk again: the centre may use three figures, the line of the agreement, the other's target with its interval, and its own part. Judge by whether the other side hears them out. Then open a page of R06 and see what theirs lacks (mostly the verification and the day).

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
        "agreement": agreement,
        "targets": targets,
        "in_hand": in_hand,
        "to_agree": to_agree,
        "conclusion": conclusion,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 谈变化，不谈高低：协议里滑下去的那一行最有说服力。
# - 目标按可控的分，按做得到的封顶，合计要等于公司要的。
# - 分不下去的要写明，不要悄悄摊给好说话的部门。
# - 先认领自己的那一份，再请别人。
# - 没约定的事项列出来，比争论谁的责任有用。
# - 一页纸：问题、证据等级、请求、时限、核验。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - Speak of the change, not the level: the line of the agreement that slipped says most.
# - A target goes by what each controls, is capped by what it can do, and adds up.
# - What nobody can take is said openly, not spread over those who do not complain.
# - Name your own part before you ask others.
# - A list of what was never agreed is worth more than a quarrel over blame.
# - One page: problem, grade of evidence, what is asked, by when, how it is verified.
