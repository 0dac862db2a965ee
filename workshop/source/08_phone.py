# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 电话满意度掉了：是谁的问题，还是派给谁的问题？
#
# **案例 N08 · 电话渠道满意度：服务咨询、营销、投诉**（远桥通信，虚构）
#
# - **要回答的问题**：电话渠道满意率往下走。运营例会上有人拿出坐席排名，末位几乎全是新员工，要求劝退。三类服务各是什么水平、各丢多少分？坐席能不能排名、谁不能排？中心自己能做的两项措施是什么？
# - **学完能做到**：给每个满意率带上区间和样本量；分清“最低的”和“丢分最多的”；扣除业务差别再比坐席，并说出谁不能排名；用同等难度的业务检验“新人不行”这句话；在中心权限内选两项措施。
# - **用时**：80 分钟（服务类型 20、坐席 25、难度 15、措施 20）。
# - **先修**：N02（比较分析）、N04（扣分贡献度）。
# - **数据**：一家虚构运营商十二周的电话接触与评价。每组种子不同，数字也不同。
#
# 分工建议：一人操作，一人当“排名表的辩护人”，一人代表新员工，一人记录并汇报。

# %% [markdown] tags=["en"] name="title"
# # Phone satisfaction fell: whose fault, or whose work?
#
# **Case N08 · Phone satisfaction: enquiry, marketing, complaint** (Yuanqiao Telecom, an invented carrier)
#
# - **Question**: phone satisfaction is going down. In the operations meeting somebody shows a ranking of agents: the last places are nearly all newcomers, and he wants them gone. How good is each of the three services, and what does each cost? Can agents be ranked at all, and who cannot? Which two actions are in the centre's own hands?
# - **Afterwards you can**: give every rate its interval and n; tell the lowest from the costliest; compare agents on equal work and name those who cannot be ranked; test "newcomers are no good" on work of equal difficulty; choose two actions within the centre's powers.
# - **Time**: 80 minutes (services 20, agents 25, difficulty 15, actions 20).
# - **Before this**: N02 (comparison), N04 (the deduction ledger).
# - **Data**: twelve weeks of phone contacts and ratings of an invented carrier. Each team has its own seed and so its own numbers.
#
# Roles: one drives, one defends the ranking, one speaks for the newcomers, one takes notes and presents.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 先不给数据，只念一句：“末位五名里有四名新员工。”请各组当场表决是否劝退，把票数写在白板上，课后再投一次。常见的争论是“新人本来就该慢”：请把话引到“同样难的业务上，新人怎么样”。`vary = True` 时强度和时间不同，任务 4 的方向不变。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# Give no data yet. Read one sentence: "Four of the last five are newcomers", have every team vote on dismissal, write the votes on the board, and vote again at the end. The usual quarrel is "newcomers are slow anyway": lead it to "how are they on work of equal difficulty?" With `vary = True` strength and onset differ; the direction of task 4 stays.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S04"  # 案例 / the invented centre
seed: int = 103  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
current: str = "2025-04-28/2025-05-25"  # 当期 / current period
baseline: str = "2025-03-03/2025-04-27"  # 基期 / baseline period
min_n: int = 30  # 少于此数的坐席不排名 / no ranking below
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N08"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop
from ccsat.figures.service import plot_agents, plot_types
from ccsat.touchpoints.phone import rank_agents_on_equal_work, satisfaction_by_type

case = workshop.begin(
    "N08",
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

# %% [markdown] tags=["zh"] name="ask-read"
# 坐席编号通常不进报告。这里由班组长自己看，所以读数据时把它放开；打印出去之前要收回来。

# %% [markdown] tags=["en"] name="ask-read"
# Agent ids do not usually enter a report. Here team leaders look for themselves, so they are let in; take them out before anything is printed.

# %% name="read"
centre = cs.read_centre(case.data_dir, settings={"privacy.hide": ["customer_id", "comment"]})
question = cs.Question(current=current, baseline=baseline, min_n=min_n)
views.sentences([cs.measure(centre, question, by="channel").sentence()])

# %% [markdown] tags=["zh"] name="ask-types"
# ## 三类服务
#
# 电话里有服务咨询（consult）、营销（marketing）和投诉（complaint）三类。`satisfaction_by_type` 只看电话，给出每类的满意率、区间、评价占比，以及它让电话满意率丢掉的分：三类加起来正好等于总的失分。

# %% [markdown] tags=["en"] name="ask-types"
# ## Three kinds of service
#
# On the phone there are enquiries (consult), marketing and complaints. `satisfaction_by_type` looks at the phone alone and gives for each its rate, interval and share of the ratings, and the points it costs the phone's rate: the three add up to the whole loss exactly.

# %% name="types"
types = satisfaction_by_type(centre, question)
views.sentences([types.sentence()])

# %% [markdown] tags=["zh", "task"] name="task-type_rates"
# ### 任务 1 三类服务的满意率各是多少？
#
# 从 `types.table` 取当期的满意率，写成 `{"consult": 0.…, "marketing": 0.…, "complaint": 0.…}`，0 到 1 之间的小数，三位。

# %% [markdown] tags=["en", "task"] name="task-type_rates"
# ### Task 1: how good is each kind of service?
#
# Take the current rates from `types.table` and write `{"consult": 0.…, "marketing": 0.…, "complaint": 0.…}`, fractions to three decimals.

# %% [markdown] tags=["zh", "hint-1"] name="type_rates-hint-1"
# 表里 `value` 是满意率，`share` 是评价占比，`points` 是失分：三个都是 0 到 1 的小数，别拿错列。

# %% [markdown] tags=["en", "hint-1"] name="type_rates-hint-1"
# In the table `value` is the rate, `share` the part of the ratings, `points` the loss: all three lie between 0 and 1, so mind the column.

# %% [markdown] tags=["zh", "hint-2"] name="type_rates-hint-2"
# `types.table.set_index("type")["value"]`。

# %% [markdown] tags=["en", "hint-2"] name="type_rates-hint-2"
# `types.table.set_index("type")["value"]`.

# %% [markdown] tags=["zh", "hint-3"] name="type_rates-hint-3"
# `types.table.set_index("type")["value"].round(3).to_dict()`。

# %% [markdown] tags=["en", "hint-3"] name="type_rates-hint-3"
# `types.table.set_index("type")["value"].round(3).to_dict()`.

# %% tags=["answer"] name="type_rates" points=15
type_rates = types.table.set_index("type")["value"].round(3).to_dict()  # SOLUTION

# %% tags=["check"] name="check-type_rates"
workshop.check("type_rates", type_rates)

# %% name="figure-types"
plot_types(types)

# %% [markdown] tags=["zh"] name="read-types"
# 区间宽窄不一样：投诉的评价少，区间宽。**评价最低的一类，不一定是丢分最多的一类**：丢分还要看它占多少评价。

# %% [markdown] tags=["en"] name="read-types"
# The intervals differ in width: complaints have few ratings and a wide one. **The lowest kind need not be the costliest**: what it costs depends on its share of the ratings as well.

# %% [markdown] tags=["zh", "task"] name="task-type_points"
# ### 任务 2 失分要能合上
#
# 写出每类让电话满意率丢了多少分（小数，例如 0.031 表示 3.1 个百分点），三项相加等于电话的总失分：`{"consult": 0.…, "marketing": 0.…, "complaint": 0.…}`。

# %% [markdown] tags=["en", "task"] name="task-type_points"
# ### Task 2: points that close
#
# Write the points each kind costs the phone's rate (fractions: 0.031 is 3.1 points); the three add up to the phone's whole loss: `{"consult": 0.…, "marketing": 0.…, "complaint": 0.…}`.

# %% [markdown] tags=["zh", "hint-1"] name="type_points-hint-1"
# 一类的失分 = 它的评价占比 ×（1 − 它的满意率）。

# %% [markdown] tags=["en", "hint-1"] name="type_points-hint-1"
# A kind's points = its share of the ratings × (1 − its rate).

# %% [markdown] tags=["zh", "hint-2"] name="type_points-hint-2"
# 表里已经有这一列；用 `types.total` 验算。

# %% [markdown] tags=["en", "hint-2"] name="type_points-hint-2"
# The table has the column; check it against `types.total`.

# %% [markdown] tags=["zh", "hint-3"] name="type_points-hint-3"
# `types.table.set_index("type")["points"].to_dict()`。

# %% [markdown] tags=["en", "hint-3"] name="type_points-hint-3"
# `types.table.set_index("type")["points"].to_dict()`.

# %% tags=["answer"] name="type_points" points=15
type_points = types.table.set_index("type")["points"].to_dict()  # SOLUTION

# %% tags=["check"] name="check-type_points"
workshop.check("type_points", type_points)

# %% [markdown] tags=["zh"] name="ask-agents"
# ## 坐席排名
#
# 四周里，一名坐席只有二十来个电话评价。先问三件事：评价够不够、业务是不是一样、差别是不是超出偶然。`rank_agents_on_equal_work` 把业务（业务线、难度、客户等）对评价的影响扣掉，再把数少的向总体收缩；评价少于 `min_n` 的人不排名，单独列出来。

# %% [markdown] tags=["en"] name="ask-agents"
# ## Ranking agents
#
# In four weeks an agent has some twenty phone ratings. Ask three things first: are there enough, is the work the same, is the difference beyond chance? `rank_agents_on_equal_work` takes off what the work (line, difficulty, customer) adds to a rating and draws small numbers towards all; nobody below `min_n` is ranked, they are listed apart.

# %% name="ranking"
ranking = rank_agents_on_equal_work(centre, question)
views.sentences([ranking.sentence(), *ranking.notes()])

# %% name="figure-agents"
plot_agents(ranking)

# %% [markdown] tags=["zh", "task"] name="task-rankable"
# ### 任务 3 谁能排名，谁不能？
#
# `rankable`：能排名的人数；`not_rankable`：评价太少、不能排名的人数；`apart`：扣除业务以后仍然明显不同于总体的坐席编号（一个都没有就写 `["none"]`）。`{"rankable": …, "not_rankable": …, "apart": […]}`

# %% [markdown] tags=["en", "task"] name="task-rankable"
# ### Task 3: who can be ranked, and who cannot?
#
# `rankable`: how many can be ranked; `not_rankable`: how many have too few ratings; `apart`: ids of those who still stand apart from the whole on equal work (write `["none"]` if there is none). `{"rankable": …, "not_rankable": …, "apart": […]}`

# %% [markdown] tags=["zh", "hint-1"] name="rankable-hint-1"
# 能排名的在 `ranking.table`，不能的在 `ranking.not_rankable`。

# %% [markdown] tags=["en", "hint-1"] name="rankable-hint-1"
# Those who can are in `ranking.table`, the others in `ranking.not_rankable`.

# %% [markdown] tags=["zh", "hint-2"] name="rankable-hint-2"
# `apart` 一列为真的，才是区间不含总体平均的。原始值低不算数。

# %% [markdown] tags=["en", "hint-2"] name="rankable-hint-2"
# Only those whose `apart` is true have an interval that leaves out the mean. A low plain value does not count.

# %% [markdown] tags=["zh", "hint-3"] name="rankable-hint-3"
# `ranking.table.loc[ranking.table["apart"], "agent"].tolist()`。

# %% [markdown] tags=["en", "hint-3"] name="rankable-hint-3"
# `ranking.table.loc[ranking.table["apart"], "agent"].tolist()`.

# %% tags=["answer"] name="rankable" points=20
# BEGIN SOLUTION NO PROMPT
stand_out = ranking.table.loc[ranking.table["apart"], "agent"].tolist() or ["none"]
few = len(ranking.not_rankable)
# END SOLUTION
rankable = {"rankable": len(ranking.table), "not_rankable": few, "apart": stand_out}  # SOLUTION

# %% tags=["check"] name="check-rankable"
workshop.check("rankable", rankable)

# %% [markdown] tags=["zh"] name="read-agents"
# 能排名的只有一小撮，而且几乎全是新员工。为什么偏偏是他们的评价够数？因为派给他们的业务**多**，也**难**。一张只列得出新员工的排名，量的是派单，不是能力。

# %% [markdown] tags=["en"] name="read-agents"
# Only a handful can be ranked, and nearly all of them are newcomers. Why do they have enough ratings? Because they are given **more** work, and **harder** work. A ranking that can only list newcomers measures the routing, not the people.

# %% [markdown] tags=["zh", "instructor"] name="trainer-agents"
# 停三分钟：请“排名表的辩护人”解释，为什么二百多名老员工不在榜上。再问：如果用全部十二周来排，会变成什么样？（几乎人人可排，但新员工的差别被前八周冲淡。）

# %% [markdown] tags=["en", "instructor"] name="trainer-agents"
# Stop for three minutes: let the defender of the ranking explain why more than two hundred others are not on it. Then: what if all twelve weeks were taken? (Nearly everybody can be ranked, and the newcomers' difference is diluted by the eight weeks before.)

# %% [markdown] tags=["zh"] name="ask-levels"
# ## 同样难的业务，新人怎么样？
#
# `levels` 是当期电话评价按难度（`complexity`，1 简单、3 复杂）和司龄（`newcomer`：不满 90 天）分组的评价数和满意率。**落后的小组从这里接上。**

# %% [markdown] tags=["en"] name="ask-levels"
# ## Newcomers on work of equal difficulty
#
# `levels` has the current phone ratings by difficulty (`complexity`, 1 simple to 3 complex) and tenure (`newcomer`: under 90 days): number and satisfaction. **A team that is behind joins here.**

# %% tags=["checkpoint"] name="levels"
levels = workshop.material("levels")
levels

# %% [markdown] tags=["zh", "task"] name="task-newcomers"
# ### 任务 4 新人比老员工低多少？
#
# 新人的满意率减去老员工的满意率：`simple`（难度 1）、`complex`（难度 3），以及不分难度的 `all`。`{"all": …, "simple": …, "complex": …}`，小数，低写负数。

# %% [markdown] tags=["en", "task"] name="task-newcomers"
# ### Task 4: by how much are newcomers lower?
#
# Newcomers' satisfaction less the others': `simple` (difficulty 1), `complex` (difficulty 3), and `all` without regard to difficulty. `{"all": …, "simple": …, "complex": …}`, fractions, lower is negative.

# %% [markdown] tags=["zh", "hint-1"] name="newcomers-hint-1"
# 三个数是同一个减法，分别在全部、简单、复杂的评价里做。

# %% [markdown] tags=["en", "hint-1"] name="newcomers-hint-1"
# The three are one subtraction, made on all ratings, on simple and on complex ones.

# %% [markdown] tags=["zh", "hint-2"] name="newcomers-hint-2"
# 不分难度的满意率要用评价数加权：`(levels["n"] * levels["satisfied"])` 按 `newcomer` 求和再除。

# %% [markdown] tags=["en", "hint-2"] name="newcomers-hint-2"
# Without difficulty the rates are weighted by `n`: sum `levels["n"] * levels["satisfied"]` by `newcomer`, then divide.

# %% [markdown] tags=["zh", "hint-3"] name="newcomers-hint-3"
# `levels.pivot(index="complexity", columns="newcomer", values="satisfied")`，真的一列减去假的一列。

# %% [markdown] tags=["en", "hint-3"] name="newcomers-hint-3"
# `levels.pivot(index="complexity", columns="newcomer", values="satisfied")`, the column for true less the one for false.

# %% tags=["answer"] name="newcomers" points=20
# BEGIN SOLUTION NO PROMPT
rates = levels.pivot(index="complexity", columns="newcomer", values="satisfied")
whole = levels.assign(good=levels["n"] * levels["satisfied"]).groupby("newcomer")[["good", "n"]].sum()
lower = rates[True] - rates[False]
overall = whole["good"] / whole["n"]
# END SOLUTION
newcomers = {"all": overall[True] - overall[False], "simple": lower["1"], "complex": lower["3"]}  # SOLUTION

# %% tags=["check"] name="check-newcomers"
workshop.check("newcomers", newcomers)

# %% [markdown] tags=["zh"] name="read-newcomers"
# 简单业务上，新人和老员工没有差别；复杂业务上差几个点。把他们放在一起比，差距就显得更宽，因为派给新人的多半是复杂业务：这是**业务结构**在说话。问题不在“招了新人”，而在“把复杂业务派给了新人”，这正是中心自己能改的。

# %% [markdown] tags=["en"] name="read-newcomers"
# On simple work newcomers are as good as the others; on complex work they are some points lower. Thrown together the gap looks wider still, since most of what newcomers get is complex: that is the **mix of work** speaking. The trouble is not that newcomers were hired, it is that complex work is sent to them, and that the centre can change.

# %% [markdown] tags=["zh", "task"] name="task-plan"
# ### 任务 5 中心能做的两项措施
#
# 从措施库里选两项，责任方必须是中心（坐席或中心流程），而且够得着原因。写成列表：`["…", "…"]`。

# %% [markdown] tags=["en", "task"] name="task-plan"
# ### Task 5: two actions in the centre's hands
#
# Choose two actions from the library: in the hands of the centre (agents or centre process), and reaching the cause. A list: `["…", "…"]`.

# %% name="choices-plan"
workshop.choices("plan")

# %% [markdown] tags=["zh", "hint-1"] name="plan-hint-1"
# 原因是派单，不是态度。先划掉和派单、带教都无关的。

# %% [markdown] tags=["en", "hint-1"] name="plan-hint-1"
# The cause is the routing, not attitude. First cross out what has to do with neither routing nor coaching.

# %% [markdown] tags=["zh", "hint-2"] name="plan-hint-2"
# 劝退和降目标让数字好看，客户的问题一个都没少。

# %% [markdown] tags=["en", "hint-2"] name="plan-hint-2"
# Dismissal and lower targets make the figures look better; no customer is better served.

# %% [markdown] tags=["zh", "hint-3"] name="plan-hint-3"
# 一项管“派给谁”，一项管“新人怎么学会”。

# %% [markdown] tags=["en", "hint-3"] name="plan-hint-3"
# One settles who gets the work, one how newcomers learn it.

# %% tags=["answer"] name="plan" points=30
plan = ["d1", "d2"]  # SOLUTION

# %% tags=["check"] name="check-plan"
workshop.check("plan", plan)

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
        "type_rates": type_rates,
        "type_points": type_points,
        "rankable": rankable,
        "newcomers": newcomers,
        "plan": plan,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 每个满意率都带区间和样本量；投诉评价少，别用小数点后两位讲故事。
# - 最低的一类，不一定是丢分最多的一类；失分要能合上。
# - 排名之前问三件事：够不够数，业务一不一样，差别有没有超出偶然。
# - 不能排名的人要点名说明，不要悄悄排进去，也不要悄悄去掉。
# - 同等难度再比一次：结构会把小差距放大，也会凭空造出差距。
# - 中心的措施先改派单，再改人。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - Every rate comes with its interval and n; with few complaints' ratings tell no story by the second decimal.
# - The lowest kind need not be the costliest; points must close.
# - Before ranking ask three things: enough ratings, the same work, beyond chance?
# - Name those who cannot be ranked: neither slip them in nor drop them quietly.
# - Compare again on equal difficulty: the mix can widen a small gap, or make one out of nothing.
# - In the centre mend the routing first, then train people.
