# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 没有达标，是真的没做好，还是目标不对？
#
# **案例 N15 · 目标与现状分析**（前半用一家保险公司 2011 年的四项考核，后半用远桥通信，虚构）
#
# - **要回答的问题**：年终四项指标三项达标，满意度差 0.33 个百分点。要不要问责？换一家公司：满意率掉了一分多，目标还是 95%，班组该不该挨批？
# - **学完能做到**：按方向算达成度；判断差距是不是随机波动；算出还差几个评价、剩下的时间要做到多少；把变化拆成服务和结构；给出按结构调整的目标，并知道目标能分到哪一级。
# - **用时**：75 分钟（四项考核 30、年中测算 15、结构与目标 30）。
# - **先修**：N02（对比）。
# - **数据**：四项考核是公开的案例数字；后半的数据每个小组种子不同，答案要从自己的数据里找。
#
# 分工建议：一人操作，一人专问“n 是多少”，一人替被考核的班组说话，一人记录并汇报。

# %% [markdown] tags=["en"] name="title"
# # Missed: was it done badly, or is the target wrong?
#
# **Case N15 · Target versus status** (first with an insurer's four key figures of 2011, then Yuanqiao Telecom, an invented carrier)
#
# - **Question**: of four key figures three met their target and satisfaction missed it by 0.33 points. Is anybody to be held to account? And at another company: the rate fell by more than a point and the target is still 95 %: do the teams deserve the blame?
# - **Afterwards you can**: compute attainment in its direction; tell a miss from chance; say how many ratings are lacking and what the rest of the period needs; split a change into service and mix; give a target for the mix that came, and say how far a target can be handed
#   down.
# - **Time**: 75 minutes (four key figures 30, the rest of the period 15, mix and target 30).
# - **Before this**: N02 (comparison).
# - **Data**: the key figures are those of a published case; in the second half each team has its own seed: the answers are in your data.
#
# Roles: one drives, one asks for n, one speaks for the teams that are judged, one takes notes and presents.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 先只给“94.67%，目标 95%，未达标”，请各组写下要采取的管理动作，收上来。做完任务 3 再发回去：多数动作针对的是一个看不出真假的差距。`vary = True` 时后半各业务线的分流比例不同。时间不够时，任务 4 由讲师演示。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# Give them only "94.67 %, target 95 %, missed", and have each team write down what management should do; collect the sheets. Hand them back after task 3: most of it answers a gap that cannot be told from chance. With `vary = True` the shift of the lines differs in the second half.
# Short of time, show task 4 yourself.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S10"  # 案例 / the invented centre
seed: int = 7  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
as_of: str = "2025-05-25"  # 数据截止日 / last day of the data
current: str = "2025-04-28/2025-05-25"  # 当期 / current period
baseline: str = "2025-03-03/2025-04-27"  # 基期 / baseline period
so_far: str = "2025-03-03/2025-05-25"  # 已经过去的部分 / what has passed of the target's period
whole: str = "2025-03-03/2025-06-29"  # 目标的考核期 / the target's period
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N15"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop
from ccsat.business import decompose, targets
from ccsat.figures.business import plot_target_parts, plot_targets

case = workshop.begin(
    "N15",
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

# %% name="key-figures"
key_figures = workshop.material("key_figures")
key_figures

# %% [markdown] tags=["zh"] name="read-figures"
# 四项考核：接通率、满意率、平均应答速度（秒）、人均日话务量（通）。`better` 写着方向：`low` 是越低越好。

# %% [markdown] tags=["en"] name="read-figures"
# Four key figures: connect rate, satisfaction rate, average speed of answer (seconds), calls per agent and day. `better` says the direction: `low` is better when low.

# %% [markdown] tags=["zh", "task"] name="task-attained"
# ### 任务 1 各自完成了多少？
#
# 算四项的达成度，方向要对：越高越好的是达成 ÷ 目标，越低越好的反过来。写成字典：`{"connect_rate": …, "satisfaction_rate": …, "asa": …, "calls_per_agent_day": …}`，1 以上为达标。

# %% [markdown] tags=["en", "task"] name="task-attained"
# ### Task 1: how much of each is reached?
#
# The attainment of all four, in its direction: achieved / target where high is better, the other way round where low is. A dictionary: `{"connect_rate": …, "satisfaction_rate": …, "asa": …, "calls_per_agent_day": …}`; 1 and above is met.

# %% [markdown] tags=["zh", "hint-1"] name="attained-hint-1"
# 6 秒应答和 7 秒的目标，哪个更好？达成度应当大于还是小于 1？

# %% [markdown] tags=["en", "hint-1"] name="attained-hint-1"
# Six seconds against a target of seven: which is better, and is the attainment above or below 1?

# %% [markdown] tags=["zh", "hint-2"] name="attained-hint-2"
# `targets.target_status(key_figures).table` 里有 `attainment` 一栏，方向已经算好。

# %% [markdown] tags=["en", "hint-2"] name="attained-hint-2"
# `targets.target_status(key_figures).table` has a column `attainment` that knows the direction.

# %% [markdown] tags=["zh", "hint-3"] name="attained-hint-3"
# 把 `kpi` 设为索引，取 `attainment` 一栏，再 `.to_dict()`。

# %% [markdown] tags=["en", "hint-3"] name="attained-hint-3"
# Set `kpi` as the index, take the column `attainment`, and `.to_dict()`.

# %% tags=["answer"] name="attained" points=15
status = targets.target_status(key_figures)  # SOLUTION NO PROMPT
attained = status.table.set_index("kpi")["attainment"].to_dict()  # SOLUTION

# %% tags=["check"] name="check-attained"
workshop.check("attained", attained)

# %% name="status-figure"
plot_targets(targets.target_status(key_figures.assign(n=[None, 10_000, None, None])))

# %% [markdown] tags=["zh"] name="read-status"
# 三项在 100% 右边，满意率在左边一点点。图上的横线是一万个评价时的区间：它跨过 100% 了吗？

# %% [markdown] tags=["en"] name="read-status"
# Three stand right of 100 %, satisfaction just left of it. The bar is the interval with ten thousand ratings: does it cross 100 %?

# %% [markdown] tags=["zh", "task"] name="task-missed"
# ### 任务 2 差多少，换成人话
#
# 满意率差几个点（`points`，小数，未达标为负）？每一万个评价还要多几个满意的（`more`）？占现在不满意的多大比例（`share`，小数）？`{"points": …, "more": …, "share": …}`

# %% [markdown] tags=["en", "task"] name="task-missed"
# ### Task 2: the miss in plain words
#
# By how much was satisfaction missed (`points`, a fraction, negative)? How many more of ten thousand ratings would have to be satisfied (`more`), and what share is that of those that are not (`share`, a fraction)? `{"points": …, "more": …, "share": …}`

# %% [markdown] tags=["zh", "hint-1"] name="missed-hint-1"
# 一万个评价里，目标要多少个满意？现在有多少个？

# %% [markdown] tags=["en", "hint-1"] name="missed-hint-1"
# Of ten thousand ratings, how many would be satisfied at the target, and how many are?

# %% [markdown] tags=["zh", "hint-2"] name="missed-hint-2"
# `share` 的分母是现在不满意的个数，不是一万。

# %% [markdown] tags=["en", "hint-2"] name="missed-hint-2"
# `share` is of those that are not satisfied now, not of ten thousand.

# %% [markdown] tags=["zh", "hint-3"] name="missed-hint-3"
# 给 `key_figures` 加一栏 `n`（满意率那行写 10000），`target_status` 的结果里有 `gap`、`more`、`more_share`。

# %% [markdown] tags=["en", "hint-3"] name="missed-hint-3"
# Give `key_figures` a column `n` (10000 in the row of satisfaction): `target_status` then has `gap`, `more`, `more_share`.

# %% tags=["answer"] name="missed_by" points=15
# BEGIN SOLUTION NO PROMPT
of_ten_thousand = targets.target_status(key_figures.assign(n=[None, 10_000, None, None]))
row = of_ten_thousand.table.set_index("kpi").loc["satisfaction_rate"]
# END SOLUTION
missed_by = {"points": row["gap"], "more": row["more"], "share": row["more_share"]}  # SOLUTION

# %% tags=["check"] name="check-missed"
workshop.check("missed_by", missed_by)

# %% [markdown] tags=["zh", "task"] name="task-chance"
# ### 任务 3 差 0.33 个点，算不算没达标？
#
# 年报没有写评价数。假如是一万个、三万个，结论各是什么（代码见下表）？至少要多少个评价，这么大的差距才超出随机波动（`enough`，差 2% 以内都算对）？`{"with_10000": "…", "with_30000": "…", "enough": …}`

# %% [markdown] tags=["en", "task"] name="task-chance"
# ### Task 3: is a third of a point a miss?
#
# The report does not say how many ratings. Were they ten thousand, or thirty thousand, what is the verdict each time (codes below)? And how many does it take for such a gap to be beyond chance (`enough`, within 2 %)? `{"with_10000": "…", "with_30000": "…", "enough": …}`

# %% name="choices-chance"
workshop.choices("chance")

# %% [markdown] tags=["zh", "hint-1"] name="chance-hint-1"
# 区间里还有目标，就不能说没有达标。

# %% [markdown] tags=["en", "hint-1"] name="chance-hint-1"
# While the interval holds the target, nobody can say that it was missed.

# %% [markdown] tags=["zh", "hint-2"] name="chance-hint-2"
# 把 `n` 换成 30_000 再算一次，看 `verdict` 一栏。

# %% [markdown] tags=["en", "hint-2"] name="chance-hint-2"
# Compute again with `n` as 30_000, and read the column `verdict`.

# %% [markdown] tags=["zh", "hint-3"] name="chance-hint-3"
# `enough_n` 一栏就是要多少个评价，和 `n` 无关。

# %% [markdown] tags=["en", "hint-3"] name="chance-hint-3"
# The column `enough_n` is how many ratings it takes; it does not depend on `n`.

# %% tags=["answer"] name="chance" points=15
# BEGIN SOLUTION NO PROMPT
of_thirty_thousand = targets.target_status(key_figures.assign(n=[None, 30_000, None, None]))
wide = of_thirty_thousand.table.set_index("kpi").loc["satisfaction_rate"]
# END SOLUTION
chance = {"with_10000": row["verdict"], "with_30000": wide["verdict"], "enough": wide["enough_n"]}  # SOLUTION

# %% tags=["check"] name="check-chance"
workshop.check("chance", chance)

# %% [markdown] tags=["zh", "instructor"] name="trainer-chance"
# 把课前收的动作发回去，请各组划掉只因为这 0.33 个点而采取的。再问：小班组每月三四百个评价，差几个点才看得出来？

# %% [markdown] tags=["en", "instructor"] name="trainer-chance"
# Hand back the sheets and have them cross out what only answers a third of a point. Then ask: a small team with three or four hundred ratings a month, how many points does it take there?

# %% [markdown] tags=["zh"] name="ask-rest"
# ## 年中测算：剩下的要做到多少？
#
# 换到远桥通信。满意率目标 95%，考核期 17 周，已经过去 12 周。评价数按现在的速度继续。

# %% [markdown] tags=["en"] name="ask-rest"
# ## Half-way: what does the rest need?
#
# Now Yuanqiao Telecom. The target is 95 % over seventeen weeks, of which twelve have passed; ratings go on as before.

# %% name="read"
centre = cs.read_centre(case.data_dir)
question = cs.Question(current=current, baseline=baseline, as_of=as_of)
centre.targets

# %% [markdown] tags=["zh", "task"] name="task-rest"
# ### 任务 4 剩下五周的满意率要做到多少？
#
# 写一个小数，四位。用 `targets.centre_status(centre, current=so_far, whole=whole)`，或者自己按公式算。

# %% [markdown] tags=["en", "task"] name="task-rest"
# ### Task 4: what rate do the five weeks left need?
#
# One fraction, four decimals. Use `targets.centre_status(centre, current=so_far, whole=whole)`, or the formula by hand.

# %% [markdown] tags=["zh", "hint-1"] name="rest-hint-1"
# 前面低于目标，后面就要高于目标。

# %% [markdown] tags=["en", "hint-1"] name="rest-hint-1"
# With less than the target before, the rest needs more.

# %% [markdown] tags=["zh", "hint-2"] name="rest-hint-2"
# （目标 × 全期评价数 − 已满意数）÷ 剩下的评价数。全期评价数 = 已有评价数 × 17 ÷ 12。

# %% [markdown] tags=["en", "hint-2"] name="rest-hint-2"
# (target × ratings of the whole − satisfied so far) / ratings left; ratings of the whole = those so far × 17 / 12.

# %% [markdown] tags=["zh", "hint-3"] name="rest-hint-3"
# 结果表里 `satisfaction_rate` 那行的 `required`。

# %% [markdown] tags=["en", "hint-3"] name="rest-hint-3"
# `required` in the row `satisfaction_rate` of the table.

# %% tags=["answer"] name="rest_needs" points=15
half_way = targets.centre_status(centre, current=so_far, whole=whole)  # SOLUTION NO PROMPT
rest_needs = round(half_way.table.set_index("kpi").loc["satisfaction_rate", "required"], 4)  # SOLUTION

# %% tags=["check"] name="check-rest"
workshop.check("rest_needs", rest_needs)

# %% name="status-words"
views.sentences([targets.centre_status(centre, current=current, as_of=as_of).sentence()])

# %% [markdown] tags=["zh"] name="ask-mix"
# ## 掉了一分多：是服务变差了吗？
#
# 当期满意率比基期低，离目标更远。先别问责：把变化拆成两本账——各业务线自己的变化（`within`），和各业务线占比的变化（`mix`）。

# %% [markdown] tags=["en"] name="ask-mix"
# ## Down by more than a point: is the service worse?
#
# The current rate is below the baseline and farther from the target. Before anybody is blamed, split the change into what the lines did themselves (`within`) and what their shares did (`mix`).

# %% [markdown] tags=["zh", "task"] name="task-parts"
# ### 任务 5 拆成服务和结构
#
# 按一级业务（`biz_l1`）拆开，把 `within` 一栏之和写成 `rate`，`mix` 一栏之和写成 `mix`（小数，下降为负）。两项相加等于总变化。`{"rate": …, "mix": …}`

# %% [markdown] tags=["en", "task"] name="task-parts"
# ### Task 5: split it into service and mix
#
# Split by first-level business (`biz_l1`): the sum of `within` is `rate`, that of `mix` is `mix` (fractions, a fall negative). They add up to the change. `{"rate": …, "mix": …}`

# %% [markdown] tags=["zh", "hint-1"] name="parts-hint-1"
# 如果每条业务线的满意率都没有变，总的满意率还会变吗？

# %% [markdown] tags=["en", "hint-1"] name="parts-hint-1"
# If no line's rate changed, can the whole still change?

# %% [markdown] tags=["zh", "hint-2"] name="parts-hint-2"
# `cs.split_change(centre, question, by="biz_l1")` 的 `.table` 里有这两栏。

# %% [markdown] tags=["en", "hint-2"] name="parts-hint-2"
# `cs.split_change(centre, question, by="biz_l1")` has both columns in its `.table`.

# %% [markdown] tags=["zh", "hint-3"] name="parts-hint-3"
# 分别 `.sum()`，保留四位小数。

# %% [markdown] tags=["en", "hint-3"] name="parts-hint-3"
# `.sum()` of each, four decimals.

# %% tags=["answer"] name="rate_and_mix" points=15
by_line = cs.split_change(centre, question, by="biz_l1").table  # SOLUTION NO PROMPT
rate_and_mix = {"rate": round(by_line["within"].sum(), 4), "mix": round(by_line["mix"].sum(), 4)}  # SOLUTION

# %% tags=["check"] name="check-parts"
workshop.check("rate_and_mix", rate_and_mix)

# %% name="split-view"
views.show_split(cs.split_change(centre, question, by="biz_l1"), most=9)

# %% [markdown] tags=["zh"] name="read-split"
# 资费查询这类又多又容易满意的业务，被手机营业厅分走了；留给人工的，难的更多。**落后的小组从这里接上**：变化的大头是结构。单条业务线上下一个点，多半在误差之内，别顺着它往下追。

# %% [markdown] tags=["en"] name="read-split"
# Enquiries, many and easily satisfied, went to the app; what is left for agents is harder. **A team that is behind joins here**: most of the change is mix. A line that moves by a point is mostly within its noise; do not chase it.

# %% [markdown] tags=["zh", "task"] name="task-fair"
# ### 任务 6 公平的目标是多少？
#
# 目标 95% 是按原来的结构定的。用 `cs.check_data` 检查这个问题，再用 `cs.mix_target` 算按今天的结构调整后的目标，以及服务和它相比如何（代码见下表）：`{"target": 0.…, "standing": "…"}`

# %% [markdown] tags=["en", "task"] name="task-fair"
# ### Task 6: what is a fair target?
#
# 95 % was set for the old mix. Check the question with `cs.check_data`, and with `cs.mix_target` of that find the target for today's mix, and how the service stands to it (codes below): `{"target": 0.…, "standing": "…"}`

# %% name="choices-fair"
workshop.choices("fair_target")

# %% [markdown] tags=["zh", "hint-1"] name="fair-hint-1"
# 难的业务多了，同样的服务水平，满意率会高还是低？

# %% [markdown] tags=["en", "hint-1"] name="fair-hint-1"
# With more hard work, is the rate of the same service higher or lower?

# %% [markdown] tags=["zh", "hint-2"] name="fair-hint-2"
# `cs.mix_target` 的参数就是 `cs.check_data` 的结果；`.adjusted` 是调整后的目标，`.standing` 是结论。

# %% [markdown] tags=["en", "hint-2"] name="fair-hint-2"
# `cs.mix_target` takes what `cs.check_data` returned; `.adjusted` is the target, `.standing` the verdict.

# %% [markdown] tags=["zh", "hint-3"] name="fair-hint-3"
# 目标写四位小数；结论照抄代码。

# %% [markdown] tags=["en", "hint-3"] name="fair-hint-3"
# The target to four decimals; the verdict as the code says.

# %% tags=["answer"] name="fair_target" points=15
# BEGIN SOLUTION NO PROMPT
check = cs.check_data(centre, question)
fair = cs.mix_target(check)
# END SOLUTION
fair_target = {"target": round(fair.adjusted, 4), "standing": fair.standing}  # SOLUTION

# %% tags=["check"] name="check-fair"
workshop.check("fair_target", fair_target)

# %% [markdown] tags=["zh"] name="ask-parts"
# 目标定好了，能往下分吗？每个指标都有**最低责任层级**：满意率可以到班组，参评率、接通率只能到中心——没有哪个班组能单独左右它。硬分下去会被拒绝。

# %% [markdown] tags=["en"] name="ask-parts"
# With the target settled, can it be handed down? Each KPI has a **lowest level that can own it**: satisfaction may go to teams, participation and the connect rate stop at the centre, since no team can move them alone. Below that it is refused.

# %% name="parts"
handed = decompose.decompose_on(centre, question, by="team", level="team", target=fair_target["target"] if isinstance(fair_target, dict) else 0.95)
plot_target_parts(handed)

# %% name="refused"
try:
    decompose.decompose_target(handed.table.assign(numerator=handed.table["n"] * 0.3), 0.35, kpi="participation_rate", level="team")
except cs.CcsatError as error:
    print(error)

# %% [markdown] tags=["zh", "instructor"] name="trainer-parts"
# 讨论：各班组的目标为什么几乎一样？（班组之间的差别没有超出随机波动，收缩以后看不出谁该多担。）如果领导坚持按上月排名分配，会发生什么？

# %% [markdown] tags=["en", "instructor"] name="trainer-parts"
# Discuss: why are the teams' targets almost equal? (Teams differ by no more than chance, and once shrunken nobody stands out.) What happens if the boss insists on last month's ranking?

# %% [markdown] tags=["zh", "task"] name="task-conclusion"
# ### 任务 7 下结论，先做什么？
#
# 会上有五种说法（代码以 `m` 开头），措施库里有七项措施。哪种说法站得住？先做哪一项？`{"claim": "m…", "first": "…"}`

# %% [markdown] tags=["en", "task"] name="task-conclusion"
# ### Task 7: the conclusion, and what first
#
# Five things are said in the meeting (codes with `m`), and the library has seven actions. Which statement holds, and what comes first? `{"claim": "m…", "first": "…"}`

# %% name="choices-conclusion"
workshop.choices("conclusion")

# %% [markdown] tags=["zh", "hint-1"] name="conclusion-hint-1"
# 说服务变差的看任务 5、6；说一条业务线的看误差；说撤回的想想客户。

# %% [markdown] tags=["en", "hint-1"] name="conclusion-hint-1"
# For worse service see tasks 5 and 6, for one line its noise, for withdrawing think of the customers.

# %% [markdown] tags=["zh", "hint-2"] name="conclusion-hint-2"
# 原因是结构，不是服务。哪些措施和目标、结构有关？

# %% [markdown] tags=["en", "hint-2"] name="conclusion-hint-2"
# The cause is the mix, not the service. Which actions are about the target or the mix?

# %% [markdown] tags=["zh", "hint-3"] name="conclusion-hint-3"
# 先把考核改公平，再谈别的。

# %% [markdown] tags=["en", "hint-3"] name="conclusion-hint-3"
# First make the appraisal fair.

# %% tags=["answer"] name="conclusion" points=10
conclusion = {"claim": "m2", "first": "j1"}  # SOLUTION

# %% tags=["check"] name="check-conclusion"
workshop.check("conclusion", conclusion)

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
        "attained": attained,
        "missed_by": missed_by,
        "chance": chance,
        "rest_needs": rest_needs,
        "rate_and_mix": rate_and_mix,
        "fair_target": fair_target,
        "conclusion": conclusion,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 达成度有方向：越低越好的要倒过来除。
# - 低于目标不等于没有达标：先看区间里有没有目标，再看 n。
# - 把差距换成“还要多几个满意的”，大家才听得懂。
# - 剩下的时间要做到多少，取决于已经欠下多少。
# - 总的变了，各条线可以都没变：先拆结构，再问责。
# - 目标跟着结构走；按结构调整以后再谈好坏。
# - 目标只能分到管得了它的那一级。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - Attainment has a direction: where low is better, divide the other way round.
# - Below the target is not yet missed: see whether the interval holds it, and ask for n.
# - Say a gap as ratings that are lacking, and everybody understands it.
# - What the rest needs depends on what is owed already.
# - The whole can move while no line does: split the mix before you blame.
# - A target follows the mix; judge after the adjustment.
# - A target goes down only as far as somebody can own it.
