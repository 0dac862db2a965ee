# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 三个中心都掉了分：同一种毛病吗？
#
# **案例 N21 · 五大误差：认知、设计、执行、宣传、感知**（三家虚构的运营商分公司）
#
# - **要回答的问题**：甲、乙、丙三个中心的满意率都在下降，总部准备统一开展“服务态度提升月”。每个中心的分，丢在五大误差里的哪一种？对症的措施是什么？
# - **学完能做到**：把每一份扣分放进唯一的一种误差，让账合上；分清“水平高”和“变化大”；说明判断次序会怎样改变结论，并给出取舍的理由；给每种误差配上措施。
# - **用时**：75 分钟（账 20、变化 20、次序 15、措施 20）。
# - **先修**：N04（扣分贡献度）、N06（溯源流程）。
# - **数据**：三个中心各十二周的接触、评价、质检、工单和台账。每组种子不同，数字也不同。
#
# 分工建议：三人各代表一个中心，一人代表总部，坚持“统一搞活动”。

# %% [markdown] tags=["en"] name="title"
# # Three centres lost points: one ailment?
#
# **Case N21 · The five gaps: cognition, design, execution, promotion, perception** (three branches of invented carriers)
#
# - **Question**: satisfaction is falling in centres A, B and C, and headquarters wants one "month of good attitude" for all. Into which of the five gaps do each centre's points fall, and what cures it?
# - **Afterwards you can**: put every lost point into one gap and close the account; tell a high level from a large change; say how the order of looking changes the result, and defend your order; match each gap with an action.
# - **Time**: 75 minutes (account 20, movement 20, order 15, actions 20).
# - **Before this**: N04 (the deduction ledger), N06 (the trace).
# - **Data**: twelve weeks of contacts, ratings, quality reviews, tickets and registers of three centres. Each team has its own seed and so its own numbers.
#
# Roles: three people stand for a centre each, one for headquarters, who insists on one campaign for all.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 请“总部”先讲三分钟统一活动的好处。然后只给一张表：三个中心满意率各降了多少。问：凭这张表，能决定做同一件事吗？`vary = True` 时出事的单元和强度不同，三个中心的主要误差不变。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# Let headquarters praise the campaign for three minutes. Then show one table only: by how much each centre fell. Is that enough to do the same thing everywhere? With `vary = True` cells and strength differ; each centre's leading gap stays.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S06"  # 中心甲；乙和丙同一种子 / centre A; B and C have the same seed
seed: int = 107  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty

team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N21"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop
from ccsat.figures.service import plot_gaps
from ccsat.service.gaps import ORDERS, gap_movement

case = workshop.begin(
    "N21",
    world=world,
    seed=seed,
    lang=lang,
    scale=scale,
    vary=vary,
    data_dir=data_dir,
    team=team,
    role=role,
)
case

# %% name="centres"
centre_a, centre_b, centre_c = (workshop.material(name) for name in ("centre_a", "centre_b", "centre_c"))
question = cs.Question.of(centre_a.study)
views.sentences([cs.measure(one, question).sentence() for one in (centre_a, centre_b, centre_c)])

# %% [markdown] tags=["zh"] name="ask-account"
# ## 一个中心的账
#
# 每一份有扣分的评价，按次序看它带着哪种误差的记号：宣传（承诺大于兑现）、执行（没按流程、质检关键错误、工单超时）、设计（规则或流程本身）、认知（客户在意而内部不考核）、感知（标准都达到了，客户仍不满意）。碰到第一种就归它，一种都没有的归“未解释”，所以六项相加正好等于总扣分。

# %% [markdown] tags=["en"] name="ask-account"
# ## One centre's account
#
# Each rating that lost points is looked at in order for the sign of a gap: promotion (promised more than delivered), execution (process not followed, critical error, ticket late), design (the rule or process itself), cognition (customers mind, internal weights do not), perception (every standard met, still unhappy). It goes to the first; what shows none is "unexplained", so the six add up to the whole deduction exactly.

# %% name="account"
account = cs.five_errors(centre_a, question)
views.show_errors(account)

# %% [markdown] tags=["zh", "task"] name="task-account_a"
# ### 任务 1 甲中心的账
#
# 写出甲中心当期每种误差丢的分（小数，例如 0.012 表示 1.2 个百分点）：`promotion`、`execution`、`design`、`cognition`、`perception`、`unexplained` 六项，相加等于 `account.total`。

# %% [markdown] tags=["en", "task"] name="task-account_a"
# ### Task 1: centre A's account
#
# Write the points that each gap costs centre A in the current period (fractions: 0.012 is 1.2 points): `promotion`, `execution`, `design`, `cognition`, `perception`, `unexplained`; they add up to `account.total`.

# %% [markdown] tags=["zh", "hint-1"] name="account_a-hint-1"
# `points` 是扣分，`share` 是占比，`surveys_flagged` 会重复计数：只有 `points` 能合上。

# %% [markdown] tags=["en", "hint-1"] name="account_a-hint-1"
# `points` closes; `share` is a part of it, and `surveys_flagged` counts surveys more than once.

# %% [markdown] tags=["zh", "hint-2"] name="account_a-hint-2"
# 认知误差在这份数据里看不出来（没有内部权重），写 0；别忘了“未解释”。

# %% [markdown] tags=["en", "hint-2"] name="account_a-hint-2"
# The data cannot show cognition (no internal weights): write 0, and do not leave out the unexplained.

# %% [markdown] tags=["zh", "hint-3"] name="account_a-hint-3"
# `account.table.set_index("error")["points"].to_dict()`。

# %% [markdown] tags=["en", "hint-3"] name="account_a-hint-3"
# `account.table.set_index("error")["points"].to_dict()`.

# %% tags=["answer"] name="account_a" points=20
account_a = account.table.set_index("error")["points"].to_dict()  # SOLUTION

# %% tags=["check"] name="check-account_a"
workshop.check("account_a", account_a)

# %% [markdown] tags=["zh"] name="read-account"
# 水平里什么都有：执行和感知误差年年都在。**要找的是变差的，不是一直都高的**；而且要看丢分的那个单元，不是把全中心搅在一起。

# %% [markdown] tags=["en"] name="read-account"
# The level holds a bit of everything: execution and perception are there every year. **Look for what grew, not for what was always high**, and look inside the cell where the points were lost rather than at the whole centre stirred together.

# %% [markdown] tags=["zh"] name="ask-movement"
# ## 变化，在出事的单元里
#
# `cells` 是三个中心溯源找到的单元。`gap_movement(centre, question, where=...)` 用同样的次序给基期和当期各算一本账，再相减；结果仍然合上。**落后的小组从这里接上。**

# %% [markdown] tags=["en"] name="ask-movement"
# ## The movement, inside the cell
#
# `cells` are the cells that a trace found in the three centres. `gap_movement(centre, question, where=...)` keeps one account for the baseline and one for the current period in the same order, and subtracts; the result closes too. **A team that is behind joins here.**

# %% tags=["checkpoint"] name="cells"
cells = workshop.material("cells")
cells

# %% name="movement"
moves = {
    "A": gap_movement(centre_a, question, where=cells["A"]),
    "B": gap_movement(centre_b, question, where=cells["B"]),
    "C": gap_movement(centre_c, question, where=cells["C"]),
}
views.sentences([f"{name}: {one.sentence()}" for name, one in moves.items()])

# %% name="figure-gaps"
plot_gaps(moves)

# %% [markdown] tags=["zh", "task"] name="task-leading"
# ### 任务 2 三个中心，各是哪一种？
#
# 按出事单元里的**变化**，写出三个中心增加最多的误差：`{"A": "…", "B": "…", "C": "…"}`。

# %% [markdown] tags=["en", "task"] name="task-leading"
# ### Task 2: which gap in each centre?
#
# By the **movement** inside the cells, write which gap grew most in each centre: `{"A": "…", "B": "…", "C": "…"}`.

# %% name="choices-leading"
workshop.choices("leading")

# %% [markdown] tags=["zh", "hint-1"] name="leading-hint-1"
# 看图里每种颜色最高的那一根，再看区间有没有和别的重叠。

# %% [markdown] tags=["en", "hint-1"] name="leading-hint-1"
# In the figure find the tallest bar of each colour, and see whether its interval overlaps the others.

# %% [markdown] tags=["zh", "hint-2"] name="leading-hint-2"
# 每个结果都有 `.leading`，`.clear` 说明是否明显。

# %% [markdown] tags=["en", "hint-2"] name="leading-hint-2"
# Each result has `.leading`; `.clear` says whether it is clear.

# %% [markdown] tags=["zh", "hint-3"] name="leading-hint-3"
# `{name: one.leading for name, one in moves.items()}`。

# %% [markdown] tags=["en", "hint-3"] name="leading-hint-3"
# `{name: one.leading for name, one in moves.items()}`.

# %% tags=["answer"] name="leading" points=25
leading = {name: one.leading for name, one in moves.items()}  # SOLUTION

# %% tags=["check"] name="check-leading"
workshop.check("leading", leading)

# %% [markdown] tags=["zh"] name="ask-order"
# ## 次序是谁定的？
#
# 乙中心上门报修的审批多了一道，流程变长，工单因此超了时限。超时是“执行”的记号，可是每一步都按新流程走了：这一份该算谁的？`ORDERS` 里有两种次序：`delivery_first` 先看执行，`design_first` 先看设计。

# %% [markdown] tags=["en"] name="ask-order"
# ## Who set the order?
#
# In centre B on-site repairs got another approval, the process grew longer, and tickets broke their deadlines. A broken deadline is a sign of execution; yet every step followed the new process. Whose points are these? `ORDERS` has two orders: `delivery_first` looks for execution first, `design_first` for design.

# %% [markdown] tags=["zh", "task"] name="task-order_b"
# ### 任务 3 换一种次序，设计误差变成多少？
#
# 在乙中心出事的单元里，两种次序下**设计误差比基期多失的分**：`{"delivery_first": …, "design_first": …}`（小数，减少写负数）。

# %% [markdown] tags=["en", "task"] name="task-order_b"
# ### Task 3: what becomes of design in the other order?
#
# In centre B's cell, the points that **design loses more than in the baseline** in each order: `{"delivery_first": …, "design_first": …}` (fractions, less is negative).

# %% [markdown] tags=["zh", "hint-1"] name="order_b-hint-1"
# `gap_movement` 有一个参数 `order`，上面用的是默认的 `design_first`。

# %% [markdown] tags=["en", "hint-1"] name="order_b-hint-1"
# `gap_movement` has an argument `order`; above it was the default, `design_first`.

# %% [markdown] tags=["zh", "hint-2"] name="order_b-hint-2"
# `gap_movement(centre_b, question, where=cells["B"], order=ORDERS["delivery_first"])`。

# %% [markdown] tags=["en", "hint-2"] name="order_b-hint-2"
# `gap_movement(centre_b, question, where=cells["B"], order=ORDERS["delivery_first"])`.

# %% [markdown] tags=["zh", "hint-3"] name="order_b-hint-3"
# 取 `.table.set_index("gap").loc["design", "points"]`，两种次序各一次。

# %% [markdown] tags=["en", "hint-3"] name="order_b-hint-3"
# Take `.table.set_index("gap").loc["design", "points"]`, once for each order.

# %% tags=["answer"] name="order_b" points=25
# BEGIN SOLUTION NO PROMPT
other = gap_movement(centre_b, question, where=cells["B"], order=ORDERS["delivery_first"])
first, second = (one.table.set_index("gap").loc["design", "points"] for one in (other, moves["B"]))
# END SOLUTION
order_b = {"delivery_first": first, "design_first": second}  # SOLUTION

# %% tags=["check"] name="check-order_b"
workshop.check("order_b", order_b)

# %% [markdown] tags=["zh"] name="read-order"
# 总数没有变，名目全变了。**归到哪一种误差，由先问什么决定**，所以次序要写在报告里。取舍的办法是回到台账：超时的工单都在那项变更的范围里，而且从变更那天开始，流程又照做了，那就是设计的账；没有这样的变更，超时才是执行的账。

# %% [markdown] tags=["en"] name="read-order"
# The sum is the same, the names are not. **Which gap a point falls into depends on what is asked first**, so the order belongs into the report. Decide by the register: where late tickets lie in the scope of a change, begin on its day, and the process was followed, the points are design's; without such a change a late ticket is execution's.

# %% [markdown] tags=["zh", "instructor"] name="trainer-order"
# 请“乙中心”和“总部”各辩一分钟：乙要求算设计（审批是总部加的），总部要求算执行（是你们超时的）。再问丙：换次序以后丙的结论变了吗？（没有：派单合并不是设计规则类变更，执行仍然最大。）

# %% [markdown] tags=["en", "instructor"] name="trainer-order"
# Let centre B and headquarters argue a minute each: B wants design (headquarters added the approval), headquarters execution (you were late). Then ask C: does the other order change its result? (No: merging the routing is no change of a rule or process, execution still leads.)

# %% [markdown] tags=["zh", "task"] name="task-cures"
# ### 任务 4 对症下药
#
# 给每个中心选一项针对其主要误差的措施（代码见下表）：`{"A": "g…", "B": "g…", "C": "g…"}`。

# %% [markdown] tags=["en", "task"] name="task-cures"
# ### Task 4: a cure for each
#
# For each centre choose the action that treats its leading gap (codes below): `{"A": "g…", "B": "g…", "C": "g…"}`.

# %% name="choices-cures"
workshop.choices("cures")

# %% [markdown] tags=["zh", "hint-1"] name="cures-hint-1"
# 先想清楚每种误差由谁来改：话术由营销改，流程由设计它的部门改，派单和带教由中心改。

# %% [markdown] tags=["en", "hint-1"] name="cures-hint-1"
# First think who can change each gap: marketing its script, a process whoever designed it, routing and coaching the centre.

# %% [markdown] tags=["zh", "hint-2"] name="cures-hint-2"
# 态度培训治不了这三种里的任何一种。

# %% [markdown] tags=["en", "hint-2"] name="cures-hint-2"
# Attitude training cures none of the three.

# %% [markdown] tags=["zh", "hint-3"] name="cures-hint-3"
# 让客户看见进度能缓解感受，但流程还是那么长。

# %% [markdown] tags=["en", "hint-3"] name="cures-hint-3"
# Showing progress eases the feeling; the process stays as long.

# %% tags=["answer"] name="cures" points=30
cures = {"A": "g5", "B": "g2", "C": "g6"}  # SOLUTION

# %% tags=["check"] name="check-cures"
workshop.check("cures", cures)

# %% [markdown] tags=["zh"] name="hand-in-words"
# ## 交卷
#
# 答案和检查结果写进 `result.json`，讲师的班级看板读它。

# %% [markdown] tags=["en"] name="hand-in-words"
# ## Hand in
#
# The answers and what the checks said go into `result.json`, which the trainer's board reads.

# %% name="hand-in"
workshop.hand_in(
    {
        "account_a": account_a,
        "leading": leading,
        "order_b": order_b,
        "cures": cures,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 每份扣分只进一种误差，六项相加等于总扣分；没有记号的留在“未解释”，不硬塞。
# - 看变化，不看水平；看出事的单元，不看搅在一起的全中心。
# - 次序决定归属：换一种次序再算一遍，变了的要写明理由。
# - 数据里没有的记号（如内部权重）不等于没有这种误差，只是看不出来。
# - 同样是掉分，甲要改话术，乙要改流程，丙要改派单；统一的“态度月”三家都不对症。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - Each lost point goes into one gap and the six close; what shows no sign stays unexplained rather than being pressed in.
# - Movement, not level; the cell where it happened, not the whole centre stirred together.
# - The order decides: compute again in another order, and defend what changes.
# - A sign that the data lack (internal weights, say) does not mean there is no such gap: it cannot be seen.
# - All three lost points: A must mend its script, B its process, C its routing. One "month of attitude" cures none of them.
