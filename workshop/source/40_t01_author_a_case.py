# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 这道题找得到吗，又够不够诱人？
#
# **T01 · 出题工具**（讲师用）
#
# - **要回答的问题**：换一个案例、强度、单元或干扰项之后，真正的原因还找得到吗？急着下结论的人会不会被带偏？
# - **学完能做到**：出一道自己的题，先用多个种子试过，再发给小组。
# - **用时**：30 分钟（设定 5，模拟 15，调整 10）。
# - **先修**：看过 07_charging_case。
# - **数据**：不需要；案例现场模拟。
#
# 本笔记本会显示答案，只给讲师用，不发给学员。

# %% [markdown] tags=["en"] name="title"
# # Can this case be found, and does it tempt?
#
# **T01 · Author a case** (for the trainer)
#
# - **Question**: with another world, strength, cell or number of decoys, can the true cause still be found? Would a hurried reader be led astray?
# - **Afterwards you can**: author a case of your own, tried on many seeds before a team gets it.
# - **Time**: 30 minutes (settings 5, simulation 15, adjusting 10).
# - **Before this**: a look at 07_charging_case.
# - **Data**: none; the worlds are simulated here.
#
# This notebook shows answers: it is the trainer's and is not handed out.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S03"  # S01, S03, S04, S05, S06, S07, S08, S10
strength: float = 0.0  # 效应的倍数，最大 2；0 为各组略有不同 / times the effect, at most 2; 0: varies by team
cell: str = ""  # 写法见下面的表；空则各组不同 / as the table below writes it; empty: differs by team
decoys: int = -1  # 无害变更的个数，0 到 10；-1 为默认 / harmless changes, 0 to 10; -1: as the story has it
first_seed: int = 104  # 从哪个种子开始 / the seed to begin with
seeds: int = 2  # 模拟几个种子；正式出题用 20 / how many seeds; 20 for a real case
scale: str = "full"  # full, small
out_dir: str = "results/T01"  # 案例文件写在哪里 / where the case file goes
role: str = "trainer"  # trainer

# %% name="begin"
from ccsat.wording import set_language
from ccsat.workshop import case_file, case_maker

set_language(lang)

# %% [markdown] tags=["zh"] name="ask-cells"
# ## 有哪些单元可选
#
# 一个案例能把问题放在几个不同的单元上。指定单元之后，各组的问题都在那里，只是种子不同；不指定，各组问题也不同，抄邻组的答案就通不过。

# %% [markdown] tags=["en"] name="ask-cells"
# ## Which cells there are
#
# A world can place its problem in several cells. With one named every team has its problem there, on a seed of its own; with none named the teams differ in the problem too, and a neighbour's answer does not fit.

# %% name="cells"
case_maker.cells_of(world)

# %% [markdown] tags=["zh"] name="ask-try"
# ## 模拟
#
# 每个种子都照 `ccsat workshop new` 的办法抽一个小组的案例，用产品自己的第二步去找，再让五种“急着下结论”的读法各说一个答案。
#
# - **找得到**：够大、可以发给小组的案例里，真正的单元排第一的比例至少 80%，而且抽到的案例有一半够大。
# - **诱人**：至少有一种读法，在一半以上的案例里被带偏。
#
# 两个比例都带 95% 区间：两个种子只能看个大概，正式出题用 20 个。

# %% [markdown] tags=["en"] name="ask-try"
# ## Simulate
#
# For each seed a team's world is drawn as `ccsat workshop new` draws it; stage 2 of the product looks for the cell, and five hurried readings each name a culprit.
#
# - **It can be found**: of the worlds big enough to be dealt, the planted cell comes first in at least 80 %, and half of those drawn are big enough.
# - **It tempts**: one reading at least is led astray in half of the worlds or more.
#
# Both shares come with a 95 % interval: two seeds give a first idea, a real case takes 20.

# %% name="try"
trial = case_maker.try_case(
    world,
    strength=strength or None,
    cell=cell or None,
    decoys=None if decoys < 0 else decoys,
    seeds=range(first_seed, first_seed + seeds),
    scale=scale,
)
trial

# %% [markdown] tags=["zh"] name="ask-each"
# ## 一个种子一行
#
# 哪些种子上走偏了，被什么带偏的？

# %% [markdown] tags=["en"] name="ask-each"
# ## One line a seed
#
# On which seeds was a reading led astray, and by what?

# %% name="each"
trial.by_seed()

# %% [markdown] tags=["zh"] name="ask-publish"
# ## 发布
#
# 找不到的题不会发布；确实要用，写 `anyway=True`，文件里会写明。发题：`ccsat workshop new --team 1 --case 文件`。

# %% [markdown] tags=["en"] name="ask-publish"
# ## Publish
#
# A case that cannot be found is not published; with `anyway=True` it is, and the file says so. Hand it out with `ccsat workshop new --team 1 --case FILE`.

# %% name="publish"
published = case_file.publish(trial, out_dir, scale=scale, anyway=False) if trial.findable else None
published.name if published else trial.verdict()

# %% [markdown] tags=["zh", "instructor"] name="trainer-words"
# ## 怎么调
#
# 先动强度，再动单元，最后动干扰项。强度调到 1.5 还找不到，多半是单元太小：换一个。诱人的题不是难题：学员走偏以后，应当有一个事实能把他们拉回来；`lowest` 和 `most_named` 两种读法最好讲，因为它们的反例就在基期里。

# %% [markdown] tags=["en", "instructor"] name="trainer-words"
# ## How to adjust it
#
# Strength first, then the cell, decoys last. If 1.5 does not make it findable, the cell is too small: take another. A tempting case is not a hard one: there must be a finding that brings people back. `lowest` and `most_named` are the readings that are best to discuss, for what refutes them lies in the baseline.

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 先试二十个种子，再发给小组。
# - 找得到，是对产品说的；诱人，是对人说的。两个都要。
# - 没有诱人的地方，题目教不了人怀疑。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - Twenty seeds before a team gets it.
# - Findable is about the method, tempting about people. A case needs both.
# - Where nothing tempts, nobody learns to doubt.
