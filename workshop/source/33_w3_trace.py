# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 为什么？追到谁可以改变的决定为止
#
# **W3 · 深度溯源**（工作坊内容三，25 分）
#
# - **要回答的问题**：圈定的单元为什么变差？证据够到哪一级？谁能改变它？
# - **学完能做到**：搭一条从感受到决定的原因链；和没受影响的接触比；给证据定级；找对责任方和误差类型。
# - **用时**：75 分钟（原因 15，原因链 20，对照 20，证据与责任 20）。
# - **先修**：W1、W2。
# - **数据**：小组自己的案例。

# %% [markdown] tags=["en"] name="title"
# # Why? Down to the decision that somebody can change
#
# **W3 · Deep trace** (content 3 of the workshop, 25 points)
#
# - **Question**: why did the cell get worse, how good is the evidence, and who can change it?
# - **Afterwards you can**: build a chain from what is felt to what was decided, compare with what was not touched, grade evidence, and name owner and kind of error.
# - **Time**: 75 minutes (cause 15, chain 20, comparison 20, evidence and owner 20).
# - **Before this**: W1 and W2.
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
out_dir: str = "results/W3"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop

case = workshop.begin(
    "W3",
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
workshop.gate("W2", "B")

# %% name="read"
centre = cs.read_centre(case.data_dir)
question = cs.Question.of(centre.study)
cs.measure(centre, question)

# %% [markdown] tags=["zh"] name="ask-changes"
# ## 有谁动过什么？
#
# 变更台账、带规则的接触、参加活动的客户，都可能是原因。时间和范围都对得上，才值得查下去。

# %% [markdown] tags=["en"] name="ask-changes"
# ## Who changed what?
#
# The register of changes, contacts under a rule, members of a campaign: any of them may be the cause. Date and scope must both fit before it is worth a look.

# %% name="changes"
workshop.register_table(centre.changes)

# %% name="campaigns"
workshop.register_table(case.table("campaigns"))

# %% [markdown] tags=["zh", "task"] name="task-cause"
# ### 任务 1 指认原因
#
# 从下表选一个代码。W1 的结论是数据问题或结构变化时，选造成它的那个变更。

# %% [markdown] tags=["en", "task"] name="task-cause"
# ### Task 1: the cause
#
# Choose one code of the table. After an artefact or a shift of the mix, choose the change that brought it about.

# %% name="choices-cause"
workshop.choices("cause")

# %% [markdown] tags=["zh", "hint-1"] name="cause-hint-1"
# 在空白单元里运行 `workshop.hint("cause", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="cause-hint-1"
# Run `workshop.hint("cause", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="cause" points=5
cause = "change:CH-107"  # SOLUTION

# %% tags=["check"] name="check-cause"
workshop.check("cause", cause)

# %% [markdown] tags=["zh", "task"] name="task-chain"
# ### 任务 2 搭原因链
#
# 从客户的感受（或报表上的表象）开始，一环一环问“为什么”，直到有人可以改变的决定。从下表挑出需要的环节，按次序写成列表；有几环是多余的。

# %% [markdown] tags=["en", "task"] name="task-chain"
# ### Task 2: the chain
#
# Start from what customers feel (or what the report shows), ask why link by link, until you reach a decision that somebody can change. Pick the links you need, in order; some are not needed.

# %% name="choices-chain"
workshop.choices("chain")

# %% [markdown] tags=["zh", "hint-1"] name="chain-hint-1"
# 在空白单元里运行 `workshop.hint("chain", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="chain-hint-1"
# Run `workshop.hint("chain", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="chain" points=8
chain = ["k4", "k3", "k5", "k1", "k7"]  # SOLUTION

# %% tags=["check"] name="check-chain"
workshop.check("chain", chain)

# %% [markdown] tags=["zh"] name="ask-contrast"
# ## 和谁比？
#
# 单元变差，可能是整个中心都在变差。要和没有受影响的接触比：
#
# - **有基期**：（单元本期 − 单元基期）−（其余本期 − 其余基期）；
# - **只有目标**：单元 − 其余；
# - **数据问题**：把测评方式变了的范围当单元，照第一条算；
# - **结构变化**：各类业务“表现”的合计，也就是结构不变时会变多少。

# %% [markdown] tags=["en"] name="ask-contrast"
# ## Compared with whom?
#
# The cell may have got worse because the whole centre did. Compare with contacts that were not touched:
#
# - **with a baseline**: (cell now − cell before) − (rest now − rest before);
# - **with a target only**: cell − rest;
# - **a data problem**: take the scope of the changed survey for the cell, as in the first line;
# - **a shift of the mix**: the sum of performance over the lines, that is the change there would be at the old mix.

# %% [markdown] tags=["zh", "task"] name="task-contrast"
# ### 任务 3 算出差别
#
# 写成 `{"value": 差别}`，0 到 1 的比例，变差为负。

# %% [markdown] tags=["en", "task"] name="task-contrast"
# ### Task 3: the difference
#
# Write `{"value": difference}`, a share of 1, negative for worse.

# %% [markdown] tags=["zh", "hint-1"] name="contrast-hint-1"
# 在空白单元里运行 `workshop.hint("contrast", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="contrast-hint-1"
# Run `workshop.hint("contrast", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="contrast" points=5
rows = cs.measure(centre, question, by="biz_l2").table  # SOLUTION NO PROMPT
mine = rows["biz_l2"].eq("overage")  # SOLUTION NO PROMPT
rate = rows.groupby(["period", mine])[["numerator", "n"]].sum().eval("numerator / n")  # SOLUTION NO PROMPT
contrast = {"value": (rate["current", True] - rate["baseline", True]) - (rate["current", False] - rate["baseline", False])}  # SOLUTION

# %% tags=["check"] name="check-contrast"
workshop.check("contrast", contrast)

# %% [markdown] tags=["zh", "task"] name="task-evidence"
# ### 任务 4 证据和等级
#
# 挑至少两条您的数据里拿得到的证据，按设计定级，写成 `{"代码": "等级"}`：**A** 抽签；**B** 有没受影响的对照，事前走势一致；**C** 调整之后仍有关联；**D** 时间、个案、看法。

# %% [markdown] tags=["en", "task"] name="task-evidence"
# ### Task 4: evidence and grades
#
# Choose at least two pieces that your data can give and grade each by its design, as `{"code": "grade"}`: **A** drawn by lot; **B** an untouched control that moved alike before; **C** an association that stays after adjusting; **D** timing, cases, opinions.

# %% name="choices-evidence"
workshop.choices("evidence")

# %% [markdown] tags=["zh", "hint-1"] name="evidence-hint-1"
# 在空白单元里运行 `workshop.hint("evidence", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="evidence-hint-1"
# Run `workshop.hint("evidence", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="evidence" points=4
evidence = {"control_group": "B", "adjusted_dose": "C"}  # SOLUTION

# %% tags=["check"] name="check-evidence"
workshop.check("evidence", evidence)

# %% [markdown] tags=["zh", "task"] name="task-owner"
# ### 任务 5 谁能改变它？
#
# 写成 `{"owner": "责任方", "gap": "误差类型"}`。

# %% [markdown] tags=["en", "task"] name="task-owner"
# ### Task 5: who can change it?
#
# Write `{"owner": "code", "gap": "code"}`.

# %% name="choices-owner"
workshop.choices("owner")

# %% [markdown] tags=["zh", "hint-1"] name="owner-hint-1"
# 在空白单元里运行 `workshop.hint("owner", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="owner-hint-1"
# Run `workshop.hint("owner", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="owner" points=3
owner = {"owner": "billing_product", "gap": "design"}  # SOLUTION

# %% tags=["check"] name="check-owner"
workshop.check("owner", owner)

# %% [markdown] tags=["zh"] name="ask-why"
# ## 系统怎么看？
#
# 系统从变更台账、扣分原因、过程指标三处找假设，逐个检验。和您的链比一比：措辞里的“很可能”“疑似”由证据等级决定。W1 的结论是数据问题或结构变化时，这里列出的不必当真。

# %% [markdown] tags=["en"] name="ask-why"
# ## What does the system say?
#
# It takes hypotheses from the register, from reasons and from process measures and tests each. Compare with your chain: *probable* and *suspected* follow from the grade. After an artefact or a shift of the mix, do not take this list at its word.

# %% name="why"
why = cs.explain_cells(centre, question, cs.locate_gap(centre, question))
why

# %% [markdown] tags=["zh", "instructor"] name="trainer-chain"
# ## 点评要点
#
# 链停在“没有提醒”“审批太慢”这样的环节，是停早了：再问一次，谁做的决定、谁没评审。把责任给坐席的，请他们看同一批坐席的其他业务。只凭时间吻合的，请他们列出那一周发生的另外两件事。

# %% [markdown] tags=["en", "instructor"] name="trainer-chain"
# ## Debriefing
#
# A chain that ends at "no reminder" or "approval takes long" stopped early: who decided, and who did not review it? Teams that blame agents look at the same agents' other contacts. Teams with timing alone list two other things that happened that week.

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
        "cause": cause,
        "chain": chain,
        "contrast": contrast,
        "evidence": evidence,
        "owner": owner,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 原因链的最后一环，是有人可以改变的决定。
# - 不和没受影响的比，就不知道变了多少。
# - 时间吻合只是 D；“确认”要 B。
# - 规则和流程的问题，不算到坐席头上。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - A chain ends at a decision that somebody can change.
# - Without a comparison with the untouched nobody knows how much changed.
# - Timing alone is D; *confirmed* needs B.
# - What a rule or a process did is not the agents' fault.
