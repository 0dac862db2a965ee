# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 数据可信吗？这次变化是真的吗？
#
# **W1 · 数据分析与数据问题**（工作坊内容一，20 分）
#
# - **要回答的问题**：满意率和基期（或目标）的差，是服务、数据、业务结构，还是随机波动造成的？
# - **学完能做到**：用三条腿判断数据问题；列出缺陷和行数；给出校正后的指标。
# - **用时**：60 分钟（读数 15，三条腿 20，缺陷 15，校正 10）。
# - **先修**：W0。
# - **数据**：小组自己的案例。

# %% [markdown] tags=["en"] name="title"
# # Can the data be trusted, and is the change real?
#
# **W1 · Data analysis and data problem** (content 1 of the workshop, 20 points)
#
# - **Question**: the distance to the baseline (or target): is it the service, the data, the mix of contacts, or chance?
# - **Afterwards you can**: judge a data problem by three legs, list defects with their rows, and give the corrected figure.
# - **Time**: 60 minutes (reading 15, three legs 20, defects 15, correction 10).
# - **Before this**: W0.
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
out_dir: str = "results/W1"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop

case = workshop.begin(
    "W1",
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

# %% [markdown] tags=["zh"] name="ask-measure"
# ## 先读数
#
# 满意率连同区间、样本量和口径一起读。再按渠道、地区看：最低的一行不等于变差的一行。

# %% [markdown] tags=["en"] name="ask-measure"
# ## Read first
#
# Read the rate with its interval, count and definition. Then by channel and region: the lowest row is not the row that fell.

# %% name="read"
centre = cs.read_centre(case.data_dir)
views.show_intake(centre)

# %% name="question"
question = cs.Question.of(centre.study)
cs.measure(centre, question)

# %% name="by-channel"
cs.measure(centre, question, by="channel")

# %% name="by-region"
cs.measure(centre, question, by="region")

# %% [markdown] tags=["zh"] name="ask-participation"
# ## 谁在评价？
#
# 同样的服务，换一批人来评，分数就不一样。看各地区、各班组的参评率：哪里突然变了？

# %% [markdown] tags=["en"] name="ask-participation"
# ## Who answers?
#
# The same service rated by other people gives another figure. Look at participation by region and team: where did it jump?

# %% name="participation"
answering = cs.Question("participation_rate", current=question.current, baseline=question.baseline)
cs.measure(centre, answering, by="region")

# %% name="participation-team"
cs.measure(centre, answering, by="team")

# %% [markdown] tags=["zh"] name="ask-legs"
# ## 三条腿
#
# - **测评方式**（`instrument`）：渠道、问法、邀评、参评率在变化前后一样吗？
# - **未变范围**（`unchanged_scope`）：测评方式变了的话，没变的那部分接触降了没有？没变就用不上。
# - **运营指标**（`operational`）：按等待、转接、解决情况推算，满意率该不该变？没有基期就用不上。
#
# 下面是系统看到的事实。

# %% [markdown] tags=["en"] name="ask-legs"
# ## Three legs
#
# - **The survey** (`instrument`): were mode, wording, invitation and participation the same before and after?
# - **The unchanged scope** (`unchanged_scope`): if the survey changed, did the contacts outside that change fall? If it did not, this leg does not apply.
# - **Operations** (`operational`): by waits, transfers and resolution, should the rate have moved? Without a baseline it does not apply.
#
# These are the facts that the system sees.

# %% name="checked"
checked = cs.check_data(centre, question)
views.sentences(checked.because_in_words())

# %% name="leg-states"
workshop.material("legs")

# %% [markdown] tags=["zh", "task"] name="task-legs"
# ### 任务 1 三条腿
#
# 每条腿写一个状态：`{"instrument": "…", "unchanged_scope": "…", "operational": "…"}`。

# %% [markdown] tags=["en", "task"] name="task-legs"
# ### Task 1: the three legs
#
# Give each leg a state: `{"instrument": "…", "unchanged_scope": "…", "operational": "…"}`.

# %% name="choices-legs"
workshop.choices("legs")

# %% [markdown] tags=["zh", "hint-1"] name="legs-hint-1"
# 在空白单元里运行 `workshop.hint("legs", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="legs-hint-1"
# Run `workshop.hint("legs", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="legs" points=5
legs = {"instrument": "flat", "unchanged_scope": "not_assessed", "operational": "flat"}  # SOLUTION

# %% tags=["check"] name="check-legs"
workshop.check("legs", legs)

# %% [markdown] tags=["zh"] name="ask-split"
# ## 服务变了，还是结构变了？
#
# 每类业务的变化拆成“表现”（自己变好变差）和“结构”（份额变了），各行相加等于总变化。只有目标、没有基期时，看每类业务低于目标多少。

# %% [markdown] tags=["en"] name="ask-split"
# ## The service, or the mix?
#
# Each line's change is split into performance (better or worse itself) and mix (its share moved); rows add up to the whole. With a target only, it shows how far each line lies below it.

# %% name="by-line"
views.show_split(cs.split_change(centre, question, by="biz_l1"))

# %% [markdown] tags=["zh", "task"] name="task-verdict"
# ### 任务 2 下结论
#
# 从下表选一个代码。说得出两条依据，再往下走。

# %% [markdown] tags=["en", "task"] name="task-verdict"
# ### Task 2: the verdict
#
# Choose one code of the table. Name two reasons before you go on.

# %% name="choices-verdict"
workshop.choices("verdict")

# %% [markdown] tags=["zh", "hint-1"] name="verdict-hint-1"
# 在空白单元里运行 `workshop.hint("verdict", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="verdict-hint-1"
# Run `workshop.hint("verdict", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="verdict" points=6
verdict = "real"  # SOLUTION

# %% tags=["check"] name="check-verdict"
workshop.check("verdict", verdict)

# %% [markdown] tags=["zh"] name="ask-defects"
# ## 缺陷清单
#
# 每一种缺陷都会留下痕迹：重复的评价编号、没有参评时间的评分、某个班组突然不邀评、某一天没有数据。

# %% [markdown] tags=["en"] name="ask-defects"
# ## The list of defects
#
# Every defect leaves traces: survey ids that repeat, ratings without a time of answer, a team that stops inviting, a day without data.

# %% name="traces"
workshop.material("traces")

# %% [markdown] tags=["zh", "task"] name="task-defects"
# ### 任务 3 缺陷和行数
#
# 写成 `{"代码": 行数}`；没有缺陷时写 `{"none": 0}`。多报和漏报一样扣分。

# %% [markdown] tags=["en", "task"] name="task-defects"
# ### Task 3: defects with their rows
#
# Write `{"code": rows}`; without a defect `{"none": 0}`. Reporting what is not there costs as much as missing what is.

# %% name="choices-defects"
workshop.choices("defects")

# %% [markdown] tags=["zh", "hint-1"] name="defects-hint-1"
# 在空白单元里运行 `workshop.hint("defects", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="defects-hint-1"
# Run `workshop.hint("defects", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="defects" points=5
defects = {"none": 0}  # SOLUTION

# %% tags=["check"] name="check-defects"
workshop.check("defects", defects)

# %% [markdown] tags=["zh", "task"] name="task-corrected"
# ### 任务 4 校正后的指标
#
# 去掉缺陷之后，本期的满意率是多少？写成 `{"value": 0.95}` 这样的比例。

# %% [markdown] tags=["en", "task"] name="task-corrected"
# ### Task 4: the corrected figure
#
# What is the current rate without the defects? Write it as a share, `{"value": 0.95}`.

# %% [markdown] tags=["zh", "hint-1"] name="corrected-hint-1"
# 在空白单元里运行 `workshop.hint("corrected", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="corrected-hint-1"
# Run `workshop.hint("corrected", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="corrected" points=4
measured = cs.measure(centre, question).headline["current"].value  # SOLUTION NO PROMPT
corrected = {"value": checked.corrected.value if checked.corrected else measured}  # SOLUTION

# %% tags=["check"] name="check-corrected"
workshop.check("corrected", corrected)

# %% [markdown] tags=["zh", "instructor"] name="trainer-legs"
# ## 点评要点
#
# S08 组最容易在这里丢分：看见某地区掉了八分就去整改服务。问他们：同一地区的在线渠道掉了吗？S10 组常把“整体降了”当作“服务差了”，让他们念一遍“表现”那一列的合计。没有缺陷的组爱硬找一个，多报一样扣分。

# %% [markdown] tags=["en", "instructor"] name="trainer-legs"
# ## Debriefing
#
# Teams of S08 lose most here: they see a region fall by eight points and put its service right. Ask whether its online contacts fell. Teams of S10 take a fall of the whole for worse service: let them add up the performance column. Teams without a defect like to find one; that costs as much.

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
        "legs": legs,
        "verdict": verdict,
        "defects": defects,
        "corrected": corrected,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 先问数据，再问结构，最后才问服务。
# - 换一批人评，分数就不一样：参评率和平均分要一起看。
# - 未变范围最有说服力：该变的变了，不该变的没变。
# - 数据问题、结构变化都可以是最后的答案，到此为止不丢人。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - The data first, then the mix, and the service last.
# - Other people rate differently: read participation beside the rate.
# - The unchanged scope persuades most: what should have moved did, what should not did not.
# - A data problem or a shift of the mix may be the final answer; stopping there is no failure.
