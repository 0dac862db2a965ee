# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 拦截率高，客户就更满意吗？
#
# **课程 N03 · 关系分析**（远桥通信，虚构）
#
# - **要回答的问题**：会上有一张图：拦截率越高的意图，点赞越多。智能服务部据此要求继续提高拦截率。该不该听？
# - **学完能做到**：按两列的类型选对系数；分清“平均值之间的关系”和“客户之间的关系”；固定该固定的东西，看哪条关系变号、哪条褪色、哪条站住。
# - **用时**：75 分钟（系数 30、层次 20、调整 25）。
# - **先修**：N01（三种数据类型与口径）。
# - **数据**：一家虚构运营商十二周的机器人会话（有点赞或点踩的）和人工接触。每个小组的种子不同，数字也不同。

# %% [markdown] tags=["en"] name="title"
# # Does more containment make customers happier?
#
# **Lesson N03 · Relation** (Yuanqiao Telecom, an invented carrier)
#
# - **Question**: a chart in the meeting shows that intents with more containment get more thumbs up. The bot unit wants containment raised further.
#   Should it be?
# - **Afterwards you can**: choose the coefficient by the types of the two columns; tell a relation between averages from one between customers; hold the right thing
#   equal, and see which relation flips, which fades and which stays.
# - **Time**: 75 minutes (coefficients 30, levels 20, adjusting 25).
# - **Before this**: N01 (data types and calibers).
# - **Data**: twelve weeks of bot sessions with a thumb up or down, and contacts with agents, of an invented carrier. Each team has its own seed and so its own numbers.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 开场只放那张散点图，请每组写下一句建议和一个数字。多数组会写“提高拦截率，因为相关系数很高”。把这些话留在白板上，课末回来看：哪一句还站得住？

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# Show the scatter chart only, and have each team write one recommendation and one number. Most will write: raise containment, the correlation is high. Leave it on the
# board and come back at the end: which sentence still stands?

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S02"  # 案例 / the invented centre
seed: int = 7  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N03"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import figures, views, workshop

case = workshop.begin(
    "N03",
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

# %% [markdown] tags=["zh"] name="ask-tables"
# ## 两张表，和会上的那张图
#
# `sessions` 每行一次有点赞或点踩的机器人会话：`satisfied` 是点赞，`contained` 是没有转人工（被拦截），`asked` 是客户要求过转人工，`recognised` 是听懂了。`calls` 每行一次有评价的人工接触：评分和态度评分是五级，复杂度是三级，时长是秒。

# %% [markdown] tags=["en"] name="ask-tables"
# ## Two tables, and the chart of the meeting
#
# `sessions` has a row a bot session with a thumb: `satisfied` is a thumb up, `contained` means that no human took over, `asked` that the customer asked for one,
# `recognised` that the bot understood. `calls` has a row a rated contact with an agent; rating and attitude rating are on five levels, complexity on three, times in
# seconds.

# %% name="read"
centre = cs.read_centre(case.data_dir)
views.show_intake(centre)

# %% name="tables"
sessions = workshop.material("sessions")
calls = workshop.material("calls")
sessions[["intent", "turns", "latency_ms", "recognised", "asked", "contained", "satisfied"]].dtypes

# %% name="averages"
averages = sessions.groupby("intent", observed=True)[["contained", "satisfied"]].mean()
figures.plot_points(averages, "contained", "satisfied")

# %% [markdown] tags=["zh"] name="read-chart"
# 每点一个意图，横轴是被拦截的比例，纵轴是点赞的比例。图没有画错。先记住它，最后再回来。

# %% [markdown] tags=["en"] name="read-chart"
# One point an intent: across, the share contained; up, the share of thumbs up. The chart is correct. Keep it in mind; we shall come back to it.

# %% [markdown] tags=["zh"] name="ask-ladder"
# ## 九个“关系”格：两列各是什么类型？
#
# 关系只有一个问题：**两列是不是一起变，有多紧？** 系数由两列的类型决定：
#
# | 两列 | 系数 |
# |---|---|
# | 定类 × 定类 | 克拉默 V；都只有两个取值时 φ，有正负号 |
# | 是否 × 定距 | 点二列相关 |
# | 定类 × 定距 | η²：离散里有多少属于类别 |
# | 看次序（定序 × 定序，定序 × 定距） | 肯德尔 τ-b、γ、斯皮尔曼 |
# | 定距 × 定距 | 皮尔逊，旁边放斯皮尔曼：差得远说明有弯曲或极端值 |
#
# 级别还是三级：初级看图和表，中级给系数和区间，高级做模型。下面走几格。

# %% [markdown] tags=["en"] name="ask-ladder"
# ## Nine cells of relation: which type is each column?
#
# Relating asks one thing: **do two columns move together, and how closely?** Their types choose the coefficient:
#
# | the two columns | coefficient |
# |---|---|
# | nominal × nominal | Cramér's V; phi, which has a sign, where both have two values |
# | yes/no × interval | point-biserial |
# | nominal × interval | eta squared: how much of the scatter belongs to the kinds |
# | by order (ordinal × ordinal, ordinal × interval) | Kendall's tau-b, gamma, Spearman |
# | interval × interval | Pearson, with Spearman beside it: far apart means a bend or outliers |
#
# There are three levels again: basic looks at charts and tables, intermediate gives a coefficient with its interval, advanced makes a model. A few cells:

# %% [markdown] tags=["zh"] name="ask-nominal"
# ### 定类 × 定类：哪些意图更常要求转人工？

# %% [markdown] tags=["en"] name="ask-nominal"
# ### Nominal × nominal: which intents ask for a human more often?

# %% name="nominal-basic"
shares = cs.relate(sessions, "intent", "asked", level="basic", roles=cs.Roles(cluster=False))
shares.table.query("b == True").sort_values("lift")[["a", "n", "lift", "lower", "upper", "p_adjusted"]]

# %% name="nominal-intermediate"
asking = cs.relate(sessions, "intent", "asked", roles=cs.Roles(cluster=False))
views.sentences([asking.sentence(), *asking.notes()])

# %% [markdown] tags=["zh"] name="read-nominal"
# `lift` 是这一格比“毫无关联”时多出几倍：1 是没有关联。容易的意图排在前面，难的在后面。记住这个次序。

# %% [markdown] tags=["en"] name="read-nominal"
# `lift` is how much commoner the pair is than if the columns had nothing to do with each other: 1 is no relation. Easy intents come first, hard ones last. Remember the order.

# %% [markdown] tags=["zh"] name="ask-ordinal"
# ### 定序 × 定序：问题越复杂，评分越低吗？

# %% [markdown] tags=["en"] name="ask-ordinal"
# ### Ordinal × ordinal: the more complex the issue, the lower the rating?

# %% name="ordinal-intermediate"
cs.relate(calls, "rating", "complexity", roles=cs.Roles(cluster="agent_id"))

# %% name="ordinal-advanced"
behind = cs.relate(calls, "rating", "complexity", level="advanced", roles=cs.Roles(cluster=False))
views.sentences([behind.sentence(), *behind.notes()])

# %% [markdown] tags=["zh"] name="read-ordinal"
# 同一对列，几个系数大小不同：γ 不理会并列，τ-b 算进并列，多分格相关问的是“评分背后那个连续的满意程度”。没有哪个更“对”，但报数时必须带名字，更不能拿这家的 γ 和那家的 τ-b 比。

# %% [markdown] tags=["en"] name="read-ordinal"
# One pair, several sizes: gamma leaves ties out, tau-b counts them in, the polychoric correlation asks of the continuous satisfaction behind the levels. None is truer; but a
# value travels with its name, and one company's gamma is not comparable with another's tau-b.

# %% [markdown] tags=["zh"] name="ask-interval"
# ### 定距 × 定距，再到模型：通话和保持时长，以及几个因素一起看

# %% [markdown] tags=["en"] name="ask-interval"
# ### Interval × interval, and on to a model: talk and hold time, then several factors at once

# %% name="interval-basic"
cs.relate(calls, "talk_s", "hold_s", level="basic", roles=cs.Roles(cluster="agent_id"))

# %% name="interval-model"
known_before = cs.Roles(cluster="customer_id", time_rank={"recognised": 1, "latency_ms": 1, "turns": 2, "contained": 3, "satisfied": 4})
drivers = cs.relate(sessions, "satisfied", ["recognised", "latency_ms", "turns", "contained"], roles=known_before)
drivers.table[["term", "odds_ratio", "lower", "upper", "p_adjusted"]]

# %% [markdown] tags=["zh"] name="read-model"
# 模型里每一行都是“别的因素相同时”。`time_rank` 说明谁先谁后：点赞在会话之后，所以它不能成为前面任何一项的原因。模型仍然只说一起变，不说谁造成谁。

# %% [markdown] tags=["en"] name="read-model"
# Each row of the model holds the others equal. `time_rank` says what comes first: the thumb follows the session and cannot bring about anything before it. The model still says
# what moves together, not what causes what.

# %% [markdown] tags=["zh", "task"] name="task-coefficients"
# ### 任务 1 六对关系，各用什么系数，数值是多少？
#
# 下表是六对列和它们所在的表。每对写系数的代码（第二张表）和数值（三位小数），形如 `{"p1": {"name": "…", "value": 0.123}, …}`。

# %% [markdown] tags=["en", "task"] name="task-coefficients"
# ### Task 1: six pairs, which coefficient, and what value?
#
# The table has six pairs and where they are. For each write a coefficient's code (second table) and its value (three decimals), as
# `{"p1": {"name": "…", "value": 0.123}, …}`.

# %% name="pairs"
workshop.material("pairs")

# %% name="choices-coefficients"
workshop.choices("coefficients")

# %% [markdown] tags=["zh", "hint-1"] name="coefficients-hint-1"
# 先写下两列的类型。是/否列算定类，两个取值。

# %% [markdown] tags=["en", "hint-1"] name="coefficients-hint-1"
# Write down both types first. A yes/no column is nominal, with two values.

# %% [markdown] tags=["zh", "hint-2"] name="coefficients-hint-2"
# `cs.choose(sessions, "latency_ms", "intent", want="relate")` 列出合适的方法；用 `method=` 点名。

# %% [markdown] tags=["en", "hint-2"] name="coefficients-hint-2"
# `cs.choose(sessions, "latency_ms", "intent", want="relate")` lists what fits; name one with `method=`.

# %% [markdown] tags=["zh", "hint-3"] name="coefficients-hint-3"
# 点二列是 `method="point_biserial"`，η² 是 `"correlation_ratio"`，斯皮尔曼是 `"spearman"`；数值在 `answer.effect.value`。

# %% [markdown] tags=["en", "hint-3"] name="coefficients-hint-3"
# Point-biserial is `method="point_biserial"`, eta squared `"correlation_ratio"`, Spearman `"spearman"`; the value is `answer.effect.value`.

# %% tags=["answer"] name="coefficients" points=40
# BEGIN SOLUTION NO PROMPT
bots, agents = cs.Roles(cluster=False), cs.Roles(cluster="agent_id")
found = {
    "p1": ("phi", cs.relate(sessions, "satisfied", "contained", roles=bots)),
    "p2": ("point_biserial", cs.relate(sessions, "latency_ms", "satisfied", method="point_biserial", roles=bots)),
    "p3": ("eta_squared", cs.relate(sessions, "latency_ms", "intent", method="correlation_ratio", roles=bots)),
    "p4": ("tau_b", cs.relate(calls, "rating", "attitude", roles=agents)),
    "p5": ("spearman", cs.relate(calls, "rating", "queue_wait_s", method="spearman", roles=agents)),
    "p6": ("pearson", cs.relate(sessions, "turns", "latency_ms", method="pearson", roles=bots)),
}
# END SOLUTION
coefficients = {pair: {"name": name, "value": round(answer.effect.value, 3)} for pair, (name, answer) in found.items()}  # SOLUTION

# %% tags=["check"] name="check-coefficients"
workshop.check("coefficients", coefficients)

# %% [markdown] tags=["zh"] name="read-coefficients"
# 看第一对：单次会话里，拦截和点赞几乎不相关。可是会上的图上，点都排在一条斜线上。两个都没算错，怎么回事？

# %% [markdown] tags=["en"] name="read-coefficients"
# Look at the first pair: among sessions containment and thumbs hardly go together. Yet on the chart the points lie along a slope. Neither is miscalculated. What is going on?

# %% [markdown] tags=["zh", "task"] name="task-levels"
# ### 任务 2 平均值之间，和客户之间
#
# 算两个相关系数，写成 `{"between": …, "within": …}`：`between` 用 `averages`（每个意图一个点）；`within` 用单次会话，把意图固定住（偏相关，`given=["intent"]`）。是/否列要当 0 和 1 用，就得写明：`cs.Cast("contained", values={False: 0, True: 1})`。

# %% [markdown] tags=["en", "task"] name="task-levels"
# ### Task 2: between averages, and between customers
#
# Compute two correlations, as `{"between": …, "within": …}`: `between` from `averages` (one point an intent); `within` from sessions with the intent held equal (a partial
# correlation, `given=["intent"]`). To use yes/no as 0 and 1, say so: `cs.Cast("contained", values={False: 0, True: 1})`.

# %% [markdown] tags=["zh", "hint-1"] name="levels-hint-1"
# 两个数回答两个问题：哪些**意图**点赞多？哪些**客户**点赞多？

# %% [markdown] tags=["en", "hint-1"] name="levels-hint-1"
# Two numbers, two questions: which **intents** get more thumbs up, and which **customers** give them?

# %% [markdown] tags=["zh", "hint-2"] name="levels-hint-2"
# `averages` 的两列已经是数字，可以直接交给 `cs.relate`。

# %% [markdown] tags=["en", "hint-2"] name="levels-hint-2"
# Both columns of `averages` are numbers already: hand them to `cs.relate`.

# %% [markdown] tags=["zh", "hint-3"] name="levels-hint-3"
# 偏相关：`cs.relate(sessions, 甲, 乙, method="partial_correlation", given=["intent"])`，甲、乙各是一个 `cs.Cast`。

# %% [markdown] tags=["en", "hint-3"] name="levels-hint-3"
# The partial one: `cs.relate(sessions, one, other, method="partial_correlation", given=["intent"])`, with a `cs.Cast` for each.

# %% tags=["answer"] name="levels" points=20
# BEGIN SOLUTION NO PROMPT
contained, satisfied = (cs.Cast(name, values={False: 0, True: 1}) for name in ("contained", "satisfied"))
of_intents = cs.relate(averages, "contained", "satisfied", method="pearson", roles=bots)
of_sessions = cs.relate(sessions, contained, satisfied, method="partial_correlation", given=["intent"], roles=bots)
# END SOLUTION
levels = {"between": of_intents.effect.value, "within": of_sessions.effect.value}  # SOLUTION

# %% tags=["check"] name="check-levels"
workshop.check("levels", levels)

# %% [markdown] tags=["zh"] name="read-levels"
# 难的意图既更常转人工，也更不讨好；容易的意图两样都好。图上那条斜线说的是**意图的难易**，不是拦截的作用。把平均值的相关当成客户的相关，叫生态学谬误。凡是按天、按班组、按地市求过平均再算的相关，都要先问这一句。

# %% [markdown] tags=["en"] name="read-levels"
# Hard intents go to humans more often and are liked less; easy ones do well on both. The slope of the chart tells of the **difficulty of intents**, not of the work of
# containment. To take a correlation of averages for one of customers is the ecological fallacy. Ask this of every correlation made of daily, team or regional averages.

# %% [markdown] tags=["zh", "instructor"] name="trainer-levels"
# 请各组举自己公司里“按班组平均”的图：通话时长和满意率、质检分和满意率……问：图上的每个点背后，班组之间还有什么不同？谁能拿到逐通的数据再算一遍？

# %% [markdown] tags=["en", "instructor"] name="trainer-levels"
# Ask the teams for charts of team averages at home: talk time and satisfaction, quality score and satisfaction. What else differs between the teams behind the points? Who can get
# the single calls and compute again?

# %% [markdown] tags=["zh"] name="ask-adjust"
# ## 固定该固定的：要求转人工的客户里，被拦下的更满意吗？
#
# 意图不是唯一的搅局者。要求过转人工的客户本来就不太顺；只有他们才可能“转”或“被拦”。`roles` 里写明混杂因素，答案就把固定前后的效应并排放出来，方向变了会发警报。

# %% [markdown] tags=["en"] name="ask-adjust"
# ## Hold the right thing equal: of those who asked for a human, are the contained happier?
#
# The intent is not the only thing in the way. Customers who asked for a human were in trouble already, and only they can be handed over or contained. Name the confounder in `roles` and
# the answer puts the effect before and after side by side, with an alarm where the direction turns.

# %% name="adjusted"
asked = cs.compare(sessions, "satisfied", by="contained", roles=cs.Roles(cluster="customer_id", confounders=("asked",)))
asked.extra["beside"][["crude", "crude_lower", "crude_upper", "adjusted", "adjusted_lower", "adjusted_upper"]]

# %% name="adjusted-notes"
views.sentences(asked.notes())

# %% name="among-asked"
wanted_human = sessions[sessions["asked"]]
cs.plot(cs.compare(wanted_human, "satisfied", by="contained", level="basic", roles=cs.Roles(cluster="customer_id")))

# %% [markdown] tags=["zh", "task"] name="task-adjusting"
# ### 任务 3 哪条变号，哪条褪色，哪条站住？
#
# 下表三条关系，各写着固定前看什么、固定什么。每条用偏相关算固定之后的系数，和固定前比，从第二张表选代码，写成 `{"a1": "…", …}`。

# %% [markdown] tags=["en", "task"] name="task-adjusting"
# ### Task 3: which flips, which fades, which stays?
#
# Three relations, each with what to look at before and what to hold equal. Compute the partial correlation, compare it with the one before, choose a code of the second table, and
# write `{"a1": "…", …}`.

# %% name="relations"
workshop.material("relations")

# %% name="choices-adjusting"
workshop.choices("adjusting")

# %% [markdown] tags=["zh", "hint-1"] name="adjusting-hint-1"
# 偏相关那张表有三行：`partial` 是固定之后，`plain` 是固定之前（单次会话）。

# %% [markdown] tags=["en", "hint-1"] name="adjusting-hint-1"
# The table of a partial correlation has `partial`, with the column held equal, and `plain`, without (single sessions).

# %% [markdown] tags=["zh", "hint-2"] name="adjusting-hint-2"
# 先看正负号，再算褪去多少：1 减去“固定之后 ÷ 固定之前”。

# %% [markdown] tags=["en", "hint-2"] name="adjusting-hint-2"
# The sign first; then the part that is gone: 1 less after over before.

# %% [markdown] tags=["zh", "hint-3"] name="adjusting-hint-3"
# a1 的“固定之前”是任务 2 的 between；“固定之后”用 `given=["asked"]`。

# %% [markdown] tags=["en", "hint-3"] name="adjusting-hint-3"
# For a1, before is `between` of task 2; after takes `given=["asked"]`.

# %% tags=["answer"] name="adjusting" points=20
# BEGIN SOLUTION NO PROMPT
understood = cs.Cast("recognised", values={False: 0, True: 1})
held = {
    "a1": cs.relate(sessions, contained, satisfied, method="partial_correlation", given=["asked"], roles=bots),
    "a2": cs.relate(sessions, "latency_ms", satisfied, method="partial_correlation", given=["intent"], roles=bots),
    "a3": cs.relate(sessions, understood, satisfied, method="partial_correlation", given=["intent"], roles=bots),
}
after = {code: answer.table.set_index("coefficient")["value"] for code, answer in held.items()}
before = {"a1": levels["between"], "a2": after["a2"]["plain"], "a3": after["a3"]["plain"]}
left = {code: after[code]["partial"] / before[code] for code in held}
# END SOLUTION
adjusting = {code: "flips" if part < 0 else "fades" if part < 2 / 3 else "stays" for code, part in left.items()}  # SOLUTION

# %% tags=["check"] name="check-adjusting"
workshop.check("adjusting", adjusting)

# %% [markdown] tags=["zh", "task"] name="task-conclusion"
# ### 任务 4 经理可以说哪一句？
#
# 从下表选一句数据撑得住的，把代码写进 `conclusion`。

# %% [markdown] tags=["en", "task"] name="task-conclusion"
# ### Task 4: which sentence may a manager say?
#
# Choose the one that the data carry, and write its code into `conclusion`.

# %% name="choices-conclusion"
workshop.choices("conclusion")

# %% [markdown] tags=["zh", "hint-1"] name="conclusion-hint-1"
# 一句话若是建议，先问：照做了，数据里哪个比较说它会有用？

# %% [markdown] tags=["en", "hint-1"] name="conclusion-hint-1"
# If it is advice, ask which comparison in the data says it would help.

# %% [markdown] tags=["zh", "hint-2"] name="conclusion-hint-2"
# 变号的那条和褪色的那条，都不能拿来当建议的依据。

# %% [markdown] tags=["en", "hint-2"] name="conclusion-hint-2"
# What flips and what fades cannot carry advice.

# %% [markdown] tags=["zh", "hint-3"] name="conclusion-hint-3"
# 关联到不了因果时，最稳妥的下一步是小范围对照。

# %% [markdown] tags=["en", "hint-3"] name="conclusion-hint-3"
# Where association falls short of a cause, the safe next step is a small comparison.

# %% tags=["answer"] name="conclusion" points=20
conclusion = "try_handoff"  # SOLUTION

# %% tags=["check"] name="check-conclusion"
workshop.check("conclusion", conclusion)

# %% [markdown] tags=["zh", "instructor"] name="trainer-conclusion"
# 回到白板上的建议，逐句问：它靠的是哪个数？那个数是平均值的还是客户的？固定了什么？最后问一句难的：固定“要求转人工”之后剩下的关系，就是因果吗？（还可能有别的：被拦下的多在新版本上线之后。这正是 N05 要接着查的。）

# %% [markdown] tags=["en", "instructor"] name="trainer-conclusion"
# Back to the recommendations on the board: which number does each rest on, of averages or of customers, with what held equal? Then a hard one: is what remains with `asked` held equal a
# cause? (There may be more: most of the contained ones came after the new release. N05 goes on from here.)

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
    {"coefficients": coefficients, "levels": levels, "adjusting": adjusting, "conclusion": conclusion}, out_dir=out_dir
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 两列的类型决定系数；数值和系数的名字一起报。
# - 平均值之间的相关，不是客户之间的相关。
# - 报一个相关之前先问：固定了什么？固定之后变号、褪色还是站住？
# - 发生在后面的，不能解释前面的。
# - 相关很小可能很重要，相关很大可能什么也不说明：看区间，看层次，看固定了什么。
# - 关联给线索，小范围对照给答案。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - The types of the two columns choose the coefficient; a value travels with its name.
# - A correlation of averages is not a correlation of customers.
# - Before reporting one ask what was held equal, and whether it then flips, fades or stays.
# - What comes later explains nothing that came before.
# - A small correlation may matter and a large one may say nothing: see the interval, the level, and what was held equal.
# - Association gives the lead, a small comparison the answer.
