# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 手册怎么保证和练习一致？
#
# **T04 · 讲师手册**（讲师用）
#
# - **要回答的问题**：每个练习的目标、时间、任务、提示、解答、已知错误和讲法，在哪里一次看全？
# - **学完能做到**：打印一本与当前练习完全一致的手册。
# - **用时**：5 分钟（生成 5）。
# - **先修**：无。
# - **数据**：`workshop/source`。
#
# 手册里有全部解答，只给讲师用。

# %% [markdown] tags=["en"] name="title"
# # How does the handbook stay true to the exercises?
#
# **T04 · Trainer's handbook** (for the trainer)
#
# - **Question**: where are objectives, minutes, tasks, hints, solutions, known mistakes and the trainer's notes of every exercise, all in one place?
# - **Afterwards you can**: print a handbook that agrees with the exercises as they are.
# - **Time**: 5 minutes (making it 5).
# - **Before this**: nothing.
# - **Data**: `workshop/source`.
#
# The handbook has all solutions: it is the trainer's.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
root: str = ""  # 放着 workshop/source 的目录；空则自己找 / folder that holds workshop/source; empty: found by itself
out_dir: str = "results/T04"  # 手册写在哪里 / where the handbook goes
role: str = "trainer"  # trainer

# %% name="begin"
from pathlib import Path

from ccsat.wording import set_language
from ccsat.workshop import handbook

set_language(lang)
root = root or str(handbook.workshop_root())

# %% [markdown] tags=["zh"] name="ask-overview"
# ## 一览
#
# 每个笔记本的分钟数、小题数和认得的错误数。

# %% [markdown] tags=["en"] name="ask-overview"
# ## At a glance
#
# Minutes, items and known mistakes of every notebook.

# %% tags=["nbval-ignore-output"] name="overview"
handbook.overview(root)

# %% [markdown] tags=["zh"] name="ask-write"
# ## 生成
#
# `.html` 可以直接打印，`.md` 可以接着编辑。

# %% [markdown] tags=["en"] name="ask-write"
# ## Make it
#
# The `.html` prints as it is; an `.md` can be edited on.

# %% name="write"
handbook.write_handbook(root, Path(out_dir) / f"handbook_{lang}.html", lang=lang).name

# %% [markdown] tags=["zh", "instructor"] name="trainer-words"
# ## 什么时候重新生成
#
# 改过任何一个练习之后。日程和错误答案目录用 `ccsat workshop handbook` 更新；忘了的话，测试会提醒。

# %% [markdown] tags=["en", "instructor"] name="trainer-words"
# ## When to make it again
#
# After any change of an exercise. The schedule and the catalogue of wrong answers are renewed by `ccsat workshop handbook`; a test tells who forgets.

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 手册从练习生成，不手写第二份。
# - 手册里有答案，不要放进学员的目录。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - The handbook is made from the exercises; nobody writes a second one.
# - It holds the answers: keep it out of trainees' folders.
