# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 全班卡在哪里？
#
# **T02 · 班级看板**（讲师用）
#
# - **要回答的问题**：各组走到哪里了，哪一小题错得最多，谁的方案少赢了多少？
# - **学完能做到**：十分钟里决定接下来讲哪一题。
# - **用时**：10 分钟（看板 5，挑题 5）。
# - **先修**：各组交过至少一个环节，或已经评过分。
# - **数据**：`ccsat workshop grade` 的结果目录，或放各组目录的文件夹。`results` 留空时用三个示例小组。

# %% [markdown] tags=["en"] name="title"
# # Where is the class stuck?
#
# **T02 · Class board** (for the trainer)
#
# - **Question**: how far is each team, which item fails most, and how much does each plan leave on the table?
# - **Afterwards you can**: decide within ten minutes what to discuss next.
# - **Time**: 10 minutes (board 5, choice 5).
# - **Before this**: the teams have handed in a stage, or have been graded.
# - **Data**: the folder of `ccsat workshop grade`, or the one with the teams' folders. With `results` empty three example teams are shown.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
results: str = ""  # 评分结果，或各组目录所在的文件夹 / of a grading, or the folder with the teams' folders; empty: an example
world: str = "S03"  # 示例的案例 / the example's world
seed: int = 104  # 示例的种子 / its seed
scale: str = "full"  # full, small
out_dir: str = "results/T02"  # 看板写在哪里 / where the board goes
role: str = "trainer"  # trainer

# %% name="begin"
from pathlib import Path

from ccsat.wording import set_language
from ccsat.workshop import board

set_language(lang)
entries = board.read_class(results) if results else board.example_class(world, seed, scale)
len({entry.team for entry in entries})

# %% [markdown] tags=["zh"] name="ask-board"
# ## 各组
#
# 分数、提示扣分和遗憾值。遗憾值是方案比最优组合少赢回的比例。

# %% [markdown] tags=["en"] name="ask-board"
# ## The teams
#
# Scores, what help cost, and regret: what part of the best set's gain a plan leaves on the table.

# %% name="teams"
board.team_table(entries)

# %% [markdown] tags=["zh"] name="ask-items"
# ## 哪一小题错得最多
#
# 先讲排在最前、而且区间下限也高的那一题：几个组的差别可能只是运气。“最常见的提示语”就是讲解的开头。

# %% [markdown] tags=["en"] name="ask-items"
# ## Which item fails most
#
# Take the first one whose interval begins high, too: with a few teams a difference may be luck. What was said most is how to begin.

# %% name="items"
board.item_table(entries)

# %% [markdown] tags=["zh"] name="ask-page"
# ## 投影用的网页
#
# 一个文件，不联网，中英文都在里面，点一下就切换。

# %% [markdown] tags=["en"] name="ask-page"
# ## A page for the projector
#
# One file, no network, both languages in it, one click apart.

# %% name="page"
board.write_board(entries, Path(out_dir) / "board.html", lang=lang).name

# %% [markdown] tags=["zh", "instructor"] name="trainer-words"
# ## 怎么用
#
# 每个环节开始一刻钟后看一次。三组以上错在同一处，就停下来讲；只有一组错，让助教过去问“检查说了什么”。不要当众念名次。

# %% [markdown] tags=["en", "instructor"] name="trainer-words"
# ## How to use it
#
# Look a quarter of an hour into each stage. Where three teams fail at the same place, stop and discuss it; where one does, an assistant asks them what the check said. Do not read out the ranking.

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 先看哪题错得最多，再看谁的分高。
# - 比例要带区间：四组里错三组，和四十组里错三十组不是一回事。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - First the item that fails most, then who leads.
# - A share needs its interval: three of four is not thirty of forty.
