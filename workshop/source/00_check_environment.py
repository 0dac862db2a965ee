# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 这台电脑准备好了吗？
#
# **环境检查** · 5 分钟，上课之前做
#
# - **要回答的问题**：软件版本、内核、中文字体、写入权限、内存、速度，够不够上课用？
# - **用时**：5 分钟。
#
# 运行下面的单元。哪一行写着“要处理”，就照那一行说的做，再运行一遍。

# %% [markdown] tags=["en"] name="title"
# # Is this computer ready?
#
# **Check of the environment** · 5 minutes, before the workshop
#
# - **Question**: are versions, kernel, Chinese fonts, write access, memory and speed good enough?
# - **Time**: 5 minutes.
#
# Run the cells below. Where a row says *needs care*, do what it says and run again.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en

# %% tags=["nbval-ignore-output"] name="begin"
from ccsat.wording import set_language
from ccsat.workshop.environment import check_environment

set_language(lang)
check_environment()

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 全部“可以”：合上电脑，上课见。
# - 有“要处理”：照说明改；改不好，把这一页截图发给讲师。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - All fine: see you at the workshop.
# - Something needs care: do what its row says, or send a picture of this page to the trainer.
