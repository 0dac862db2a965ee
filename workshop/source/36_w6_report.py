# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 怎么让业务部门看懂并认账？
#
# **W6 · 成果汇报**（产出一、产出二，10 分由讲师按评分标准打）
#
# - **要回答的问题**：溯源分析表填全了吗，账平吗？没来上课的部门经理读了报告，知道该做什么吗？
# - **学完能做到**：填一张 33 列的溯源分析表；画出溯源流程；写一份按证据用词的解决方案报告。
# - **用时**：30 分钟（填表 10，报告 15，汇报 5）。
# - **先修**：W1 到 W4。
# - **数据**：小组自己的案例和前面各步的交卷。

# %% [markdown] tags=["en"] name="title"
# # How will the department understand it, and accept it?
#
# **W6 · Outputs** (outputs 1 and 2, 10 points by the trainer's rubric)
#
# - **Question**: is the trace-analysis table complete, does it close, and would a manager who was not here know what to do?
# - **Afterwards you can**: fill in a trace-analysis table of 33 columns, draw how the problem was traced, and write a report worded by its evidence.
# - **Time**: 30 minutes (table 10, report 15, presenting 5).
# - **Before this**: W1 to W4.
# - **Data**: the team's own world and what was handed in before.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S03"  # 小组的案例 / the team's world
seed: int = 104  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = True  # 各组问题不同 / teams differ in the problem
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
budget: float = 10.0  # 预算 / budget
as_of: str = "2025-05-25"  # 数据截止日 / last day of the data
team: str = ""  # 组号 / the team
role: str = "trainee"  # trainee, trainer
team_dir: str = ""  # 小组目录，空则为当前目录 / the team's folder; empty: this one
out_dir: str = "results/W6"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop

case = workshop.begin(
    "W6",
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

# %% name="gate"
workshop.gate("W4", "C")

# %% name="standing"
workshop.standing(case.team_dir)

# %% name="read"
centre = cs.read_centre(case.data_dir)
question = cs.Question.of(centre.study)
cs.measure(centre, question)

# %% [markdown] tags=["zh", "task"] name="task-table"
# ### 任务 1 溯源分析表（产出一）
#
# 生成 33 列的表，换上小组自己的结论，交成一行一个字典的列表。各行点数加起来必须等于差距。

# %% [markdown] tags=["en", "task"] name="task-table"
# ### Task 1: the trace-analysis table (output 1)
#
# Make the table of 33 columns, put in the team's own findings, and hand it in as a list with a dict for each row. The points must add up to the gap.

# %% [markdown] tags=["zh", "hint-1"] name="table-hint-1"
# 在空白单元里运行 `workshop.hint("table", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="table-hint-1"
# Run `workshop.hint("table", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["answer"] name="table" points=0
from ccsat.tracetable import trace_table  # SOLUTION NO PROMPT
trace = cs.run_trace(centre, question, budget=budget)  # SOLUTION NO PROMPT
table = workshop.with_findings(trace_table(trace, as_of=as_of)).to_dict("records")  # SOLUTION

# %% tags=["check"] name="check-table"
workshop.check("table", table)

# %% [markdown] tags=["zh"] name="ask-report"
# ## 产出二：解决方案报告
#
# 五段，每段两三句，写给没来上课的部门经理：
#
# - `problem` 多少、从哪天起、和什么比；
# - `evidence` 哪几条、各是什么等级；
# - `cause` 原因和责任方，按等级用词（B 以上“确认”，C“很可能”，D“疑似”）；
# - `solution` 谁、做什么、多少钱、多少天、预计赢回多少；
# - `verification` 看哪个指标、每组多少评价、什么时候读数。

# %% [markdown] tags=["en"] name="ask-report"
# ## Output 2: the solution report
#
# Five sections of two or three sentences, for a department manager who was not here:
#
# - `problem`: how much, since when, compared with what;
# - `evidence`: which pieces, of which grade;
# - `cause`: cause and owner, worded by the grade (from B *confirmed*, C *probable*, D *suspected*);
# - `solution`: who does what, at what cost, in how many days, for how many points;
# - `verification`: which outcome, how many ratings in each group, when it is read.

# %% [markdown] tags=["zh", "task"] name="task-report"
# ### 任务 2 写报告
#
# 写成一个字典，五个键就是五段。检查只看齐不齐、用词过不过头；内容由讲师打分。

# %% [markdown] tags=["en", "task"] name="task-report"
# ### Task 2: the report
#
# Write a dict with the five sections as its keys. The check only looks whether it is complete and not worded beyond its evidence; the trainer judges the content.

# %% [markdown] tags=["zh", "hint-1"] name="report-hint-1"
# 在空白单元里运行 `workshop.hint("report", 1)`：1 往哪里看（扣 2%），2 用什么方法（扣 5%），3 差一步到答案（扣 10%）。打开过的记在小组目录里，再看不重复扣。

# %% [markdown] tags=["en", "hint-1"] name="report-hint-1"
# Run `workshop.hint("report", 1)` in an empty cell: 1 where to look (costs 2%), 2 which method (5%), 3 nearly the answer (10%). What was opened is kept in the team's folder; opening it again is free.

# %% tags=["zh", "answer"] name="report" points=0
### BEGIN SOLUTION NO PROMPT
words = {
    "problem": "4月28日以来，满意率由94.5%降到93.6%，低了约1分；其中约0.9分落在体验包到期扣费（overage）这一类争议上。",
    "evidence": "没受影响的业务当对照（B）；没收到提醒的客户明显更不满意（C）。",
    "cause": "可以确认：到期提醒短信停用（CH-107），由资费与产品侧为节约成本而改，未经服务评审。",
    "solution": "恢复提醒（10天）、开通时二次确认（40天）、72小时内退费（20天），合计费用6，预计赢回约0.7分。",
    "verification": "在恢复提醒的地市看该类争议的满意率，与未恢复的地市比较，每组约700个评价，8周后读数。",
}
### END SOLUTION NO PROMPT
report = words  # SOLUTION

# %% tags=["en", "answer"] name="report" points=0
### BEGIN SOLUTION NO PROMPT
words = {
    "problem": "Since 28 April the rate fell from 94.5% to 93.6%, about one point; 0.9 of it lies in disputes about overage charges.",
    "evidence": "Untouched lines as a control (B); customers without a reminder are less satisfied after adjusting (C).",
    "cause": "Confirmed: the reminder job was switched off (CH-107) to save cost, by billing and product, without a service review.",
    "solution": "Reminder back (10 days), double confirmation (40 days), refund within 72 hours (20 days): cost 6, about 0.7 points.",
    "verification": "Satisfaction of these disputes where the reminder is back against where it is not yet: 700 ratings each, read after 8 weeks.",
}
### END SOLUTION NO PROMPT
report = words  # SOLUTION

# %% tags=["check"] name="check-report"
workshop.check("report", report)

# %% [markdown] tags=["zh"] name="ask-output"
# ## 导出
#
# 溯源分析表（CSV、XLSX）、流程图（SVG）和报告（一个离线网页）写进结果目录。

# %% [markdown] tags=["en"] name="ask-output"
# ## Export
#
# The table (CSV, XLSX), the flow diagram (SVG) and the report (one offline page) go into the results folder.

# %% name="show"
done = workshop.check("table", table).ok and workshop.check("report", report).ok
workshop.show_table(table) if done else None

# %% name="flow"
workshop.flow(table) if done else None

# %% name="write"
workshop.write_outputs(table, report, out_dir=out_dir) if done else None

# %% [markdown] tags=["zh", "instructor"] name="trainer-rubric"
# ## 评分标准（10 分）
#
# 结论 3 分：差距、单元、根因说得准，和数据一致。证据 3 分：等级恰当，用词不过头，替代解释有交代。方案 2 分：责任方、费用、期限、预期齐全，可以验证。表达 2 分：没来上课的人读得懂，有数有单位。在 `ccsat workshop grade` 生成的 `rubric.yaml` 里打分。

# %% [markdown] tags=["en", "instructor"] name="trainer-rubric"
# ## Rubric (10 points)
#
# Claim 3: gap, cell and cause are right and agree with the data. Evidence 3: graded fairly, worded no further, alternatives dealt with. Action 2: owner, cost, time and expectation are there and can be verified. Words 2: somebody who was not here understands it; numbers have units. Points go into the `rubric.yaml` that `ccsat workshop grade` writes.

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
        "table": table,
        "report": report,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 表要平：剩余也是一行，不藏起来。
# - 用词跟着证据走：B 才能写“确认”。
# - 报告写给没来的人：谁、做什么、什么时候、怎么知道有效。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - The table closes: the remainder is a row and is not hidden.
# - Words follow evidence: *confirmed* needs B.
# - Write for those who were not here: who does what, when, and how the effect will be seen.
