# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 从哪里开始？
#
# **导览** · 10 分钟
#
# - **要回答的问题**：这里有什么，先做哪一本，怎么算做对了？
# - **学完能做到**：运行单元、作答、看懂检查的话、知道去哪里找材料。
# - **用时**：10 分钟。
# - **先修**：没有；先跑一遍 `00_check_environment` 更稳妥。
#
# 点进下面的单元，按 **Shift+Enter** 运行。

# %% [markdown] tags=["en"] name="title"
# # Where to begin?
#
# **Orientation** · 10 minutes
#
# - **Question**: what is here, which notebook comes first, and how do I know that I am right?
# - **Afterwards you can**: run cells, answer, read what a check says, and find the material.
# - **Time**: 10 minutes.
# - **Before this**: nothing; running `00_check_environment` first is safer.
#
# Click into the cell below and press **Shift+Enter**.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en

# %% tags=["nbval-ignore-output"] name="begin"
from ccsat import workshop
from ccsat.wording import set_language
from ccsat.workshop.orientation import contents, practice

set_language(lang)
contents()

# %% [markdown] tags=["zh"] name="how"
# ## 一道题长什么样
#
# 每道题都是同一个顺序：**任务 → 提示 → 作答 → 检查**。
#
# - 作答单元里有三个点 `...`：换成您的发现，再运行。
# - 检查单元马上回话：对不对，几分，不对时下一步往哪里看。可以一直改到对为止。
# - 练习 N01 起，提示折叠在题目旁边，点开就看，不扣分。工作坊 W1 起，提示有价：扣该题的 2%、5% 或 10%。
# - 写错了变量名、漏了括号不要紧：看红字最后一行，改了再运行。
#
# 下面试一次：把三个点换成任意一个数，运行，再运行检查。

# %% [markdown] tags=["en"] name="how"
# ## What a task looks like
#
# Always in the same order: **task → hints → answer → check**.
#
# - The answer cell holds three dots `...`: put your finding in their place and run it.
# - The check answers at once: right or not, how many points, and where to look next. Change it as often as you like.
# - In the exercises from N01 on hints are folded beside the task and free. In the workshop from W1 on they have a price: 2, 5 or 10 % of the item.
# - A wrong name or a missing bracket is no harm: read the last red line, mend it, run again.
#
# Try it: put any number in place of the dots, run the cell, then the check.

# %% name="try-it"
number = ...

# %% name="try-check"
practice(number)

# %% [markdown] tags=["zh"] name="next"
# ## 接下来
#
# - **自学方法**：从 `01_data_types` 开始，按编号往下。
# - **小组的一天**：先由讲师用 `ccsat workshop new` 建好小组目录，在目录里运行 `ccsat lab`，从 `30_w0_teams` 开始。
# - **用自己的数据**：`ccsat init 数据文件` 生成研究文件，再 `ccsat trace`。
#
# 遇到不认识的词，看 `workshop.register_table` 一类的表头，或者问讲师。

# %% [markdown] tags=["en"] name="next"
# ## What next
#
# - **Learning the methods**: begin with `01_data_types` and follow the numbers.
# - **The team's day**: the trainer makes a folder with `ccsat workshop new`; run `ccsat lab` in it and begin with `30_w0_teams`.
# - **Your own data**: `ccsat init FILE` proposes a study; then `ccsat trace`.
#
# Ask the trainer about any word you do not know.

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 任务、提示、作答、检查，每道题都一样。
# - 答案是发现，不是代码：怎么算出来都行。
# - 检查会说下一步，不会说答案。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - Task, hints, answer, check: every task is the same.
# - Answers are findings, not code: get them any way you like.
# - A check tells the next step, never the answer.
