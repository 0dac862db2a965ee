# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 换成自己公司的数据，第一步能走多远？
#
# **T03 · 用本企业数据替换**（讲师、分析员用）
#
# - **要回答的问题**：手里这份导出文件，哪一列是什么，字典对不对得上，数据可不可信？
# - **学完能做到**：把一份又脏又乱的导出变成可以分析的研究文件，并说清缺了什么、因此不能说什么。
# - **用时**：30 分钟（映射 10，字典 5，第一步 15）。
# - **先修**：31_w1_data。
# - **数据**：一份导出（CSV 或 Excel，一行一个评价）和它的数据字典。`export` 留空时现场做一份又脏又乱的示例。不需要标准答案。

# %% [markdown] tags=["en"] name="title"
# # With our own data, how far does the first stage get?
#
# **T03 · Swap in own data** (for trainers and analysts)
#
# - **Question**: in this export, which column is what, does the dictionary hold, and can the data be trusted?
# - **Afterwards you can**: turn a messy export into a study, and say what is missing and what therefore cannot be said.
# - **Time**: 30 minutes (mapping 10, dictionary 5, first stage 15).
# - **Before this**: 31_w1_data.
# - **Data**: an export (CSV or Excel, one row a rating) and its data dictionary. With `export` empty a messy example is made here. No truth is needed.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
export: str = ""  # 导出文件，空则做一份示例 / the export; empty: an example is made
dictionary: str = ""  # 数据字典（字段、含义、取值），可空 / data dictionary (column, meaning, levels); may be empty
mode_column: str = ""  # 哪一列是回访方式，可空 / which column is the survey mode; may be empty
seed: int = 104  # 示例的种子 / the example's seed
out_dir: str = "results/T03"  # 研究文件写在哪里 / where the study file goes
role: str = "trainer"  # trainer

# %% name="begin"
from pathlib import Path

import ccsat as cs
from ccsat import views
from ccsat.wording import set_language
from ccsat.workshop import messy, own_data

set_language(lang)
if not export:
    export = str(messy.messy_export(out_dir, seed=seed, lang=lang))
    dictionary = str(Path(out_dir) / messy.DICTIONARY)
    mode_column = messy.column("mode", lang)
Path(export).name

# %% [markdown] tags=["zh"] name="ask-map"
# ## 哪一列是什么
#
# 产品先猜一遍，拿不准的写在最后一列。猜错了不要改数据，改研究文件。

# %% [markdown] tags=["en"] name="ask-map"
# ## Which column is what
#
# The product proposes; what it is unsure of stands in the last column. Where it is wrong, edit the study file and not the data.

# %% name="map"
mapped = own_data.map_export(export, out_dir)
mapped

# %% [markdown] tags=["zh"] name="ask-dictionary"
# ## 字典对得上吗
#
# 字典没写的列、多写的列、没列出的取值，都先问清楚再分析：没列出的取值多半是新开的渠道、地市，或者录错的字。

# %% [markdown] tags=["en"] name="ask-dictionary"
# ## Does the dictionary hold?
#
# Columns it does not know, columns that are gone, values it does not list: ask before you analyse. A value that is not listed is a new channel or region, or a slip of the pen.

# %% name="dictionary"
own_data.check_dictionary(mapped, dictionary) if dictionary else None

# %% [markdown] tags=["zh"] name="ask-read"
# ## 读进来多少，放下多少
#
# 每一行要么用上，要么说明为什么不用：合计行、重复行、没有评价的行。

# %% [markdown] tags=["en"] name="ask-read"
# ## What was read, and what was set aside
#
# Every row is used or accounted for: totals, rows that stand twice, rows without a rating.

# %% name="read"
centre = cs.read_centre(mapped.path)
views.show_intake(centre)

# %% name="lacks"
own_data.what_is_missing(centre)

# %% [markdown] tags=["zh"] name="ask-check"
# ## 第一步怎么说
#
# 变化是真的，还是数据造成的？这里不需要标准答案：三条腿（测评方式、没有变的范围、运营数据）各说各的证据，没有数据的一条会写明“没有做”。

# %% [markdown] tags=["en"] name="ask-check"
# ## What the first stage says
#
# Is the change real, or made by the data? No truth is needed: the three legs (instrument, unchanged scope, operations) each give their evidence, and one without data says that it was not done.

# %% name="check"
question = cs.Question.of(centre.study)
before = cs.check_data(centre, question)
views.show_check(before)

# %% name="legs"
views.show_legs(before)

# %% [markdown] tags=["zh"] name="ask-mode"
# ## 指明一列，结论会变吗
#
# 上面“缺什么”里若有回访方式，就在研究文件的 `[columns]` 里加一行 `mode = "列名"`。下面做的是同一件事：换了回访方式的范围和没有换的范围，这时才分得开。

# %% [markdown] tags=["en"] name="ask-mode"
# ## Does one column change the answer?
#
# Where the survey mode is among what is missing, add `mode = "COLUMN"` to `[columns]` of the study file. The cell below does the same: only now can the scope whose survey changed be told from the rest.

# %% name="mode"
if mode_column:
    centre = cs.read_centre(mapped.path, settings={"columns.mode": mode_column})
after = cs.check_data(centre, question) if mode_column else before
views.show_check(after)

# %% name="legs-mode"
views.show_legs(after)

# %% [markdown] tags=["zh", "instructor"] name="trainer-words"
# ## 留意
#
# 带学员用自己的数据时，先看“缺什么”。多数公司的导出只有评价过的客户，没有没评的：参评率算不了，谁没有评也看不出，这时候不要让学员谈“沉默的客户”。示例里换了回访方式的地市，在没有指明那一列之前看不出来，值得停下来讲。

# %% [markdown] tags=["en", "instructor"] name="trainer-words"
# ## Watch out
#
# With trainees' own data begin with what is missing. Most exports hold those who rated and nobody else: participation cannot be counted, and nobody should speak of the silent ones. In the example the regions whose survey changed cannot be seen before that column is named: worth stopping for.

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 不改数据，改研究文件。
# - 字典和数据不一致，先问人。
# - 缺什么，就不说什么。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - Edit the study, never the data.
# - Where dictionary and data differ, ask a person.
# - What is missing is not spoken of.
