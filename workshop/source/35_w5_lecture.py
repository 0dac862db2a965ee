# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 相对最优解：各组的方案差在哪里？
#
# **W5 · 讲师点评**（工作坊任务三，讲师用）
#
# - **要回答的问题**：同样的事实、预算和期限下，最好的组合是什么？各组少赢了多少，为什么？最优有多稳？
# - **学完能做到**：用遗憾值、稳定度和敏感性点评方案，而不是凭印象。
# - **用时**：30 分钟（比较 10，稳定与敏感 10，错误线索 10）。
# - **先修**：各组已交 W4。
# - **数据**：各组目录里的 `team.json` 和 `results/W4/result.json`。`class_dir` 留空时用三个示例小组。
#
# 本笔记本会显示各案例的最优解，只给讲师用，不发给学员。

# %% [markdown] tags=["en"] name="title"
# # The relatively optimal solution: where do the plans differ?
#
# **W5 · The lecturer's review** (task 3 of the workshop, for the trainer)
#
# - **Question**: with the same facts, budget and time, which set is best, how much did each team leave on the table and why, and how firm is the best?
# - **Afterwards you can**: discuss plans by regret, stability and sensitivity instead of by impression.
# - **Time**: 30 minutes (comparison 10, stability and sensitivity 10, wrong leads 10).
# - **Before this**: the teams have handed in W4.
# - **Data**: `team.json` and `results/W4/result.json` of the teams' folders. With `class_dir` empty three example teams are shown.
#
# This notebook shows the best sets: it is the trainer's and is not handed out.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
class_dir: str = ""  # 放各组目录的文件夹，空则用示例 / folder that holds the teams' folders; empty: an example
world: str = "S03"  # 示例的案例 / the example's world
seed: int = 104  # 示例的种子 / its seed
scale: str = "full"  # full, small
role: str = "trainer"  # trainer

# %% name="begin"
from ccsat.wording import set_language
from ccsat.workshop import lecture

set_language(lang)
plans = lecture.class_plans(class_dir) if class_dir else lecture.example_class(world, seed, scale)
len(plans)

# %% [markdown] tags=["zh"] name="ask-compare"
# ## 各组的方案和最优组合
#
# 遗憾值 =（最优提升 − 小组提升）÷ 最优提升。0 是与最优一样好，100% 是什么也没赢回。超预算的方案按没有提升算。

# %% [markdown] tags=["en"] name="ask-compare"
# ## The teams' plans and the best set
#
# Regret = (best − team's) ÷ best. 0 is as good as the best, 100 % wins nothing back. A plan over the budget counts as no gain.

# %% name="compare"
lecture.compare_plans(plans)

# %% [markdown] tags=["zh"] name="ask-firm"
# ## 最优有多稳？
#
# 点数、把握和消除比例都是估计。按它们的误差抽两百次，最优组合还是最优的比例就是稳定度。稳定度低时，次优也是好答案，不要为小数点后的差别争论。

# %% [markdown] tags=["en"] name="ask-firm"
# ## How firm is the best?
#
# Points, chances and fractions are estimates. Draw them two hundred times within their errors: how often the best set stays best is its stability. Where it is low, the runner-up is a good answer too; do not argue over decimals.

# %% name="firm"
lecture.firmness(plans)

# %% [markdown] tags=["zh"] name="ask-sensitive"
# ## 换一笔预算、换一个期限呢？
#
# “相对”最优：换了预算、期限或消除比例，最优组合可能就换了。先让各组猜，再运行。

# %% [markdown] tags=["en"] name="ask-sensitive"
# ## With another budget, another horizon?
#
# *Relatively* optimal: with another budget, horizon or fraction another set may be best. Let the teams guess before you run it.

# %% name="sensitive"
lecture.sensitivity(plans[0])

# %% [markdown] tags=["zh"] name="ask-wrong"
# ## 错误线索为什么赢不回多少？
#
# 不是这些事不该做，是它们改变不了这次的原因。

# %% [markdown] tags=["en"] name="ask-wrong"
# ## Why do wrong leads win little?
#
# Not that they are useless; they cannot change this cause.

# %% name="wrong"
lecture.wrong_leads(plans)

# %% [markdown] tags=["zh", "instructor"] name="trainer-words"
# ## 怎么讲
#
# 按遗憾值从小到大请各组各讲一分钟，遗憾值大的组最后讲：他们看完别人的方案，多半自己就说出了差在哪里。讲“相对”两个字时，指着敏感性那张表里“最优不变”为“否”的几行：预算少一点、期限短一点，来不及或买不起的措施退出，最优就换成另一组。

# %% [markdown] tags=["en", "instructor"] name="trainer-words"
# ## How to tell it
#
# Let teams speak for a minute each, smallest regret first: those with the largest have mostly seen by then what they missed. For the word *relatively* point at the rows of the sensitivity table that say *no*: with less money or time some actions drop out, and another set is best.

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 最优是相对的：相对于这份措施库、这笔预算、这些估计。
# - 看遗憾值，也看稳定度：差一点的方案可能一样好。
# - 责任方改不了的原因，投多少都赢不回来。
# - 换一个期限，最优就可能换人。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - The optimum is relative: to this library, this budget, these estimates.
# - Regret and stability together: a plan a little behind may be as good.
# - Where the owner cannot change the cause, no spending wins it back.
# - Another horizon may have another best set.
