# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 二十三个指标，信哪一个？
#
# **案例 N10 · 智能客服指标体系**（远桥通信，虚构）
#
# - **要回答的问题**：机器人 3.2 版上线后，周报里有的指标大涨，有的在跌。哪几个互相矛盾？为什么？汇报的第一行该放哪一个？
# - **学完能做到**：按成熟度算清三个结果指标；一次出全五层指标，带样本量和区间；指出互相矛盾的指标，说出原因。
# - **用时**：75 分钟（手算 30、全表 15、矛盾 15、原因 15）。
# - **先修**：N01（口径）；N05（相关性）更好。
# - **数据**：一家虚构运营商十二周的机器人会话与话轮（发布前八周、发布后四周）。每个小组的种子不同，数字也不同。
#
# 分工建议：一人操作，一人守着分母，一人替智能服务部写周报，一人记录并汇报。

# %% [markdown] tags=["en"] name="title"
# # Twenty-three indicators: which to believe?
#
# **Case N10 · The indicator system of intelligent service** (Yuanqiao Telecom, an invented carrier)
#
# - **Question**: since release 3.2 of the bot some indicators of the weekly report have soared and others fall. Which of them contradict each other, why, and which belongs in the report's first line?
# - **Afterwards you can**: count three outcome indicators with their maturity; make all five layers at once, with n and interval; and name indicators that contradict each other, with the reason.
# - **Time**: 75 minutes (by hand 30, the sheet 15, contradictions 15, the reason 15).
# - **Before this**: N01 (calibers); N05 (correlation) helps.
# - **Data**: twelve weeks of bot sessions and turns of an invented carrier, eight before the release and four after. Each team has its own seed and so its own numbers.
#
# Roles: one drives, one guards the denominators, one writes the bot unit's weekly report, one takes notes and presents.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 请各组先不看数据，投票：拦截率、真实解决率、旅程解决率，同时看到前两个涨、第三个跌，可能吗？多数组会说“数据错了”。记下票数，结束时再投一次。时间不够时，任务 2 由讲师演示。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# Let the teams vote before they see data: containment and true resolution rise while journey resolution falls, is that possible? Most will say the data are wrong. Keep the count and vote again at the end. Short of time, show task 2 yourself.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S02"  # 案例 / the invented centre
seed: int = 7  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
as_of: str = "2025-05-25 23:59:59"  # 数据截止时刻 / last moment of the data
week: str = "2025-05-05/2025-05-11"  # 要看的一周 / the week to look at
before: str = "2025-04-14/2025-04-20"  # 对比周（发布前） / the week compared with, before the release
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N10"  # 结果目录 / where the result goes

# %% name="begin"
import pandas as pd

import ccsat as cs
from ccsat import workshop
from ccsat.figures import intelligent as figures
from ccsat.touchpoints import handoff, indicators, journey
from ccsat.wording import text

case = workshop.begin("N10", world=world, seed=seed, lang=lang, scale=scale, vary=vary, data_dir=data_dir, team=team, role=role)
case

# %% [markdown] tags=["zh"] name="ask-hand"
# ## 先手算三个
#
# `last_week` 是数据最后一周的会话：`handoff_requested` 要求转人工，`handoff_done` 转到了人工，`next_contact_at` 是同一事项的下一次接触（空：没有）。数据截止于 `as_of`。最后两天的会话，还没有等满 48 小时。

# %% [markdown] tags=["en"] name="ask-hand"
# ## Three by hand
#
# `last_week` holds the sessions of the last week of data: `handoff_requested` asked for a human, `handoff_done` reached one, `next_contact_at` is the next contact on the same issue (empty: none). The data end at `as_of`. Sessions of the last two days have not had their 48 hours.

# %% name="last-week"
last_week = workshop.material("last_week")
last_week.head()

# %% [markdown] tags=["zh", "task"] name="task-hand"
# ### 任务 1 拦截、真实解决、旅程解决
#
# - `containment`：没有转到人工的 ÷ 全部会话。
# - `true_resolution`：没有转到人工、并且 48 小时内没有再来的 ÷ 已成熟的会话。
# - `journey`：48 小时内没有再来的（转没转人工都算）÷ 已成熟的会话。
#
# 写成小数：`{"containment": 0.…, "true_resolution": 0.…, "journey": 0.…}`。

# %% [markdown] tags=["en", "task"] name="task-hand"
# ### Task 1: containment, true resolution, journey resolution
#
# - `containment`: sessions that reached no human / all sessions.
# - `true_resolution`: reached no human and nobody back within 48 hours / mature sessions.
# - `journey`: nobody back within 48 hours, with a human or without / mature sessions.
#
# As fractions: `{"containment": 0.…, "true_resolution": 0.…, "journey": 0.…}`.

# %% [markdown] tags=["zh", "hint-1"] name="hand-hint-1"
# 先问每个数：今天就能知道，还是要等？要等的，谁还没等够？

# %% [markdown] tags=["en", "hint-1"] name="hand-hint-1"
# Ask of each: is it known today, or does it take time? Who has not had that time yet?

# %% [markdown] tags=["zh", "hint-2"] name="hand-hint-2"
# 成熟只看时间：会话开始到 `as_of` 至少 48 小时。已经又来了的年轻会话，也一样不判。

# %% [markdown] tags=["en", "hint-2"] name="hand-hint-2"
# Maturity is a matter of time alone: at least 48 hours from the start to `as_of`. A young session that is already back is not judged either.

# %% [markdown] tags=["zh", "hint-3"] name="hand-hint-3"
# 两个布尔列：是否成熟、是否 48 小时内又来。后两个指标都只在成熟的行里求平均。

# %% [markdown] tags=["en", "hint-3"] name="hand-hint-3"
# Two boolean columns: old enough, and back within 48 hours. Both of the latter indicators are means over the mature rows only.

# %% tags=["answer"] name="by_hand" points=30
# BEGIN SOLUTION NO PROMPT
window = pd.Timedelta("48h")
mature = last_week["started_at"] <= pd.Timestamp(as_of) - window
back = (last_week["next_contact_at"] - last_week["started_at"]) <= window
alone = ~last_week["handoff_done"]
# END SOLUTION
by_hand = {"containment": alone.mean(), "true_resolution": (alone & ~back)[mature].mean(), "journey": (~back)[mature].mean()}  # SOLUTION

# %% tags=["check"] name="check-hand"
workshop.check("by_hand", by_hand)

# %% [markdown] tags=["zh", "instructor"] name="trainer-hand"
# 常见的两种错：把没到期的都当成没再来（偏高），和“到期的，加上没到期但已经又来的”（偏低得多）。第二种看起来更仔细，其实更糟：早来的失败留下了，早来的成功丢掉了。让算出不同数的两组互相讲自己的分母。

# %% [markdown] tags=["en", "instructor"] name="trainer-hand"
# Two common mistakes: to count all young sessions as not back (too high), and "old enough, or already back" (much too low). The second looks more careful and is worse: early failures stay, early successes go. Let two teams with different numbers explain their denominators to each other.

# %% [markdown] tags=["zh"] name="ask-sheet"
# ## 一次出全五层
#
# `indicators.indicator_table(centre, 当周, 对比周)` 把触达、理解、对话、结果、协同五层指标放在一张表里：值、区间、样本量、变化、方向。没有数据的指标也在表里，`lacks` 写着缺哪张表、哪一列。

# %% [markdown] tags=["en"] name="ask-sheet"
# ## All five layers at once
#
# `indicators.indicator_table(centre, week, before)` puts reach, understanding, dialogue, outcome and cooperation into one table: value, interval, n, change, direction. Indicators without data stand in it too: `lacks` says which table or column is missing.

# %% name="sheet"
centre = cs.read_centre(case.data_dir)
sheet = indicators.indicator_table(centre, week, before)
print(sheet.sentence())
sheet.table.loc[sheet.table["n"] > 0, ["layer", "kpi", "id", "value", "lower", "upper", "n", "change", "moved"]].round(4)

# %% name="lacks"
sheet.table.loc[sheet.table["lacks"] != "", ["layer", "kpi", "id", "lacks"]]

# %% [markdown] tags=["zh", "task"] name="task-sheet"
# ### 任务 2 当周的全部指标
#
# 把有数据的每一行（`n` 大于 0）写成字典：键是“kpi/id”，值是当周的 `value`，不取整。

# %% [markdown] tags=["en", "task"] name="task-sheet"
# ### Task 2: every indicator of the week
#
# Turn every row with data (`n` above 0) into a dictionary: the key is "kpi/id", the value the week's `value`, unrounded.

# %% [markdown] tags=["zh", "hint-1"] name="sheet-hint-1"
# 表里有两周的值。要哪一列？

# %% [markdown] tags=["en", "hint-1"] name="sheet-hint-1"
# The table holds two weeks. Which column is it?

# %% [markdown] tags=["zh", "hint-2"] name="sheet-hint-2"
# 先筛 `n > 0`，再把 `kpi`、`id` 两列用 `"/"` 连起来当键。

# %% [markdown] tags=["en", "hint-2"] name="sheet-hint-2"
# Keep the rows with `n > 0`, and join `kpi` and `id` with `"/"` for the key.

# %% [markdown] tags=["zh", "hint-3"] name="sheet-hint-3"
# `dict(zip(键, 值))`：键是 `known["kpi"] + "/" + known["id"]`，值是 `known["value"]`。

# %% [markdown] tags=["en", "hint-3"] name="sheet-hint-3"
# `dict(zip(keys, values))`, with `known["kpi"] + "/" + known["id"]` for the keys and `known["value"]` for the values.

# %% tags=["answer"] name="whole_sheet" points=25
known = sheet.table[sheet.table["n"] > 0]  # SOLUTION NO PROMPT
whole_sheet = {f"{row.kpi}/{row.id}": row.value for row in known.itertuples()}  # SOLUTION

# %% tags=["check"] name="check-sheet"
workshop.check("whole_sheet", whole_sheet)

# %% [markdown] tags=["zh"] name="ask-trio"
# ## 谁和谁矛盾？
#
# 一周的样本有限，下面换成发布后四周比发布前八周。右边是变好，左边是变差；区间碰到虚线的，看不出变化。
#
# **落后的小组从这里接上**：下面这张图不用前面的结果。

# %% [markdown] tags=["en"] name="ask-trio"
# ## Which contradict each other?
#
# A week is a small sample; below are the four weeks since the release against the eight before. Better is to the right, worse to the left; where the interval touches the dotted line no change is shown.
#
# **A team that is behind joins here**: the figure needs nothing from above.

# %% tags=["checkpoint"] name="figure"
both = indicators.indicator_table(cs.read_centre(case.data_dir))
figures.plot_indicators(both)

# %% [markdown] tags=["zh", "task"] name="task-trio"
# ### 任务 3 互相矛盾的三个指标
#
# 找出三个都叫得上“结果”的指标：两个变好，一个变差，而且不是同一件事的正反两面。写成三个 `kpi` 代码的列表。

# %% [markdown] tags=["en", "task"] name="task-trio"
# ### Task 3: three that contradict each other
#
# Find three that may all be called outcomes: two got better, one got worse, and none is merely another's mirror. List their three `kpi` codes.

# %% name="choices-trio"
workshop.choices("trio")

# %% [markdown] tags=["zh", "hint-1"] name="trio-hint-1"
# 只看结果层。先找绿色的，再找和它说法相反的红色。

# %% [markdown] tags=["en", "hint-1"] name="trio-hint-1"
# Look at the outcome layer only. First the green ones, then a red one that says the opposite.

# %% [markdown] tags=["zh", "hint-2"] name="trio-hint-2"
# 转人工率就是拦截率的反面，重复进线就是旅程解决的反面：它们不是新的证据。

# %% [markdown] tags=["en", "hint-2"] name="trio-hint-2"
# The transfer rate mirrors containment, repeat contacts mirror journey resolution: they are no new evidence.

# %% [markdown] tags=["zh", "hint-3"] name="trio-hint-3"
# `both.contradictions` 列出了成对的矛盾；三个指标在前两行里都出现了。

# %% [markdown] tags=["en", "hint-3"] name="trio-hint-3"
# `both.contradictions` lists contradictions in pairs; all three stand in its first two rows.

# %% tags=["answer"] name="trio" points=25
trio = ["containment_rate", "true_resolution_rate", "journey_resolution_rate"]  # SOLUTION

# %% tags=["check"] name="check-trio"
workshop.check("trio", trio)

# %% name="contradictions"
[text(f"intelligent.contradiction.{code}") for code in both.contradictions["code"]]

# %% [markdown] tags=["zh"] name="ask-why"
# ## 为什么会这样？
#
# 把会话按走过的路分成三种：只用机器人、转到了人工、要人工没要到。下面两张表说各路的旅程解决率和点赞率，以及每条路上的人多了还是少了。

# %% [markdown] tags=["en"] name="ask-why"
# ## Why?
#
# Part the sessions by the path they took: bot alone, handed to a human, asked for one in vain. The two tables show journey resolution and thumbs on each path, and whether more or fewer took it.

# %% name="paths"
paths = journey.journey_account(centre)
print(paths.sentence())
paths.table[["path", "value", "n", "value_baseline", "n_baseline", "share", "share_baseline", "points"]].round(4)

# %% name="layers"
handoff.layer_ratings(centre).table[["layer", "value", "lower", "upper", "n", "value_baseline", "share", "share_baseline"]].round(3)

# %% [markdown] tags=["zh", "task"] name="task-why"
# ### 任务 4 原因，和汇报的第一行
#
# 选一个原因代码；再选一个指标，放在给领导的汇报第一行。`{"why": "…", "report": "…"}`

# %% [markdown] tags=["en", "task"] name="task-why"
# ### Task 4: the reason, and the report's first line
#
# Choose a reason, and the indicator that goes first in the report to the management. `{"why": "…", "report": "…"}`

# %% name="choices-why"
workshop.choices("why")

# %% [markdown] tags=["zh", "hint-1"] name="why-hint-1"
# 看转人工率的三行：要求、转成、没转成，各往哪边动？

# %% [markdown] tags=["en", "hint-1"] name="why-hint-1"
# See the three rows of the transfer rate: asked, reached, in vain. Which way did each move?

# %% [markdown] tags=["zh", "hint-2"] name="why-hint-2"
# 真实解决率的分子是“没转人工、也没再来”。如果本来会转人工的人转不了，这个分子会怎样？

# %% [markdown] tags=["en", "hint-2"] name="why-hint-2"
# The numerator of true resolution is "no human, and not back". What happens to it when those who would have gone to a human cannot?

# %% [markdown] tags=["zh", "hint-3"] name="why-hint-3"
# 汇报第一行要经得起“转人工被挡住”这一招：把转人工的也算进来的，只有一个。

# %% [markdown] tags=["en", "hint-3"] name="why-hint-3"
# The first line must withstand the trick of blocking hand-off: only one of them counts those handed off as well.

# %% tags=["answer"] name="why" points=20
why = {"why": "blocked", "report": "journey_resolution_rate"}  # SOLUTION

# %% tags=["check"] name="check-why"
workshop.check("why", why)

# %% [markdown] tags=["zh", "instructor"] name="trainer-why"
# 再投一次票。然后讨论：贵公司的智能服务部门考核哪几个？如果只能留三个，留哪三个？（建议：旅程解决率、要人工没要到的比例、意图识别准确率。）提醒：放在一起看变化，才看得出谁在“自动变好”。

# %% [markdown] tags=["en", "instructor"] name="trainer-why"
# Vote again. Then discuss: which of these is your own bot unit measured by, and if only three may stay, which? (A proposal: journey resolution, asked for a human in vain, intent accuracy.) Seen side by side, one notices which get better by themselves.

# %% [markdown] tags=["zh"] name="hand-in-words"
# ## 交卷
#
# 答案和检查结果写进 `result.json`，讲师的班级看板读它。

# %% [markdown] tags=["en"] name="hand-in-words"
# ## Hand in
#
# The answers and what the checks said go into `result.json`, which the trainer's board reads.

# %% name="hand-in"
workshop.hand_in({"by_hand": by_hand, "whole_sheet": whole_sheet, "trio": trio, "why": why}, out_dir=out_dir)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 要等的指标，没等够就不判；早失败的也不例外。
# - 每个指标都带分母：有效会话、拦下的会话、已成熟的会话，是三个分母。
# - 拦截不等于解决；机器人独立解决率会随着转人工被挡住而自动上升。
# - 旅程解决率把转人工的也算进来，放在第一行。
# - 要求转人工和转成的一起报，差额是被挡住的需求。
# - 没有数据的指标写明缺什么，不写 0。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - What takes time is not judged before its time, early failures included.
# - Every indicator travels with its denominator: valid, contained and mature sessions are three.
# - Contained is not solved, and what the bot resolves alone rises by itself when hand-off is blocked.
# - Journey resolution counts those handed off as well, and goes first.
# - Report who asked for a human beside who got one: the difference is blocked demand.
# - An indicator without data says what is missing; it is not 0.
