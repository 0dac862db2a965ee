# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] tags=["zh"] name="title"
# # 新菜单上线，自助率升了：是成功吗？
#
# **案例 N11 · 智能IVR策略、流程、话术**（远桥通信，虚构）
#
# - **要回答的问题**：热线菜单 v5 上线后，自助接待率从五成多升到六成多。客户是办成了，还是没找到人工？哪个节点、哪句提示语要改？
# - **学完能做到**：读节点漏斗；把提示语的失败率跟别的节点比；用没有改的渠道当对照，算菜单变更的影响；把多拦下来的分成“留住了”和“又来了”。
# - **用时**：90 分钟（流程 15、话术 20、对照 25、虚假拦截 20、结论 10）。
# - **先修**：N02（对比）；N10（指标体系）更好。
# - **数据**：一家虚构运营商十二周的热线菜单事件、自助任务和人工接触。每个小组的种子不同，数字也不同。
#
# 分工建议：一人操作，一人盯分母，一人替菜单设计组辩护，一人记录并汇报。

# %% [markdown] tags=["en"] name="title"
# # A new menu, more self-service: a success?
#
# **Case N11 · Strategy, flow and script of the voice menu** (Yuanqiao Telecom, an invented carrier)
#
# - **Question**: since menu v5 of the hotline more than six in ten calls end in self-service, where it was a little over five. Were these callers served, or did they find no agent? Which node and which prompt need mending?
# - **Afterwards you can**: read a node funnel; compare a prompt's failures with those of other nodes; judge a menu change beside a channel that was not changed; and part the extra containment into what held and what came back.
# - **Time**: 90 minutes (flow 15, script 20, control 25, false containment 20, conclusion 10).
# - **Before this**: N02 (comparison); N10 (the indicator system) helps.
# - **Data**: twelve weeks of menu events, self-service tasks and contacts with agents of an invented carrier. Each team has its own seed and so its own numbers.
#
# Roles: one drives, one guards the denominators, one defends the designers of the menu, one takes notes and presents.

# %% [markdown] tags=["zh", "instructor"] name="trainer-before"
# ## 上课之前
#
# 让一组扮演菜单设计组，报告“自助接待率提高约八个百分点，分流效果显著”。其余各组每组只许提一个问题。多数组会问满意度，少有组问“自助完的人后来又打来没有”。`vary = True` 时只有部分地区换了菜单，强度不同。时间不够时，任务 1 由讲师演示。

# %% [markdown] tags=["en", "instructor"] name="trainer-before"
# ## Before the session
#
# Let one team play the designers and report that self-service rose by about eight points. Every other team may ask one question. Most ask about satisfaction; few ask whether those who were served called again. With `vary = True` only some regions have the new menu and the strength differs. Short of time, show task 1 yourself.

# %% tags=["parameters"] name="parameters"
lang: str = "zh"  # zh, en
world: str = "S07"  # 案例 / the invented centre
seed: int = 7  # 小组的种子 / the team's seed
scale: str = "full"  # full, small
vary: bool = False  # 各组问题也不同 / teams differ in the problem too
data_dir: str = ""  # 数据目录，空则自动生成 / folder with the data; made when empty
hours: int = 24  # 多少小时内又来算虚假拦截 / back within so many hours is false containment
treated: str = "phone"  # 改了的渠道 / the channel that was changed
control: str = "online"  # 没改的渠道 / the channel that was not
team: str = ""  # 组名 / name of the team
role: str = "trainee"  # trainee, trainer
out_dir: str = "runs/N11"  # 结果目录 / where the result goes

# %% name="begin"
import ccsat as cs
from ccsat import views, workshop
from ccsat.figures import intelligent as figures
from ccsat.touchpoints import ivr, menu_change

case = workshop.begin("N11", world=world, seed=seed, lang=lang, scale=scale, vary=vary, data_dir=data_dir, team=team, role=role)
case

# %% [markdown] tags=["zh"] name="ask-flow"
# ## 流程：客户在哪里走了？
#
# 每个节点的通话有四种去向：进入下一层、在此完成、转到人工、挂断，加起来等于进入的通话数。只播信息的节点，听完挂断可能是成功；这份菜单里没有这样的节点。

# %% [markdown] tags=["en"] name="ask-flow"
# ## Flow: where do callers leave?
#
# A call at a node goes on, is served there, is put through, or hangs up; the four add up to the calls that entered. At nodes that only inform, hanging up may be success; this menu has none.

# %% name="nodes"
centre = cs.read_centre(case.data_dir)
nodes = ivr.node_funnel(centre)
print(nodes.sentence())
figures.plot_nodes(nodes)

# %% name="node-table"
nodes.table[["node", "level", "n", "exited", "share_exited", "lower_exited", "upper_exited", "to_agent", "served", "went_on"]].round(4)

# %% [markdown] tags=["zh", "task"] name="task-exit"
# ### 任务 1 挂断最多的节点
#
# 写出挂断通话最多的节点，和它的流失率（在此挂断 ÷ 进入该节点）：`{"node": "…", "share": 0.…}`。

# %% [markdown] tags=["en", "task"] name="task-exit"
# ### Task 1: where most hang up
#
# Name the node at which most calls hang up, with its exit rate (hung up there / entered it): `{"node": "…", "share": 0.…}`.

# %% name="choices-exit"
workshop.choices("exit_node")

# %% [markdown] tags=["zh", "hint-1"] name="exit-hint-1"
# 图里红色的一段，最长的在哪一行？

# %% [markdown] tags=["en", "hint-1"] name="exit-hint-1"
# In which row of the figure is the red piece longest?

# %% [markdown] tags=["zh", "hint-2"] name="exit-hint-2"
# 两栏：`exited` 是通话数，`share_exited` 是占进入者的比例。

# %% [markdown] tags=["en", "hint-2"] name="exit-hint-2"
# Two columns: `exited` counts calls, `share_exited` is their share of those who entered.

# %% [markdown] tags=["zh", "hint-3"] name="exit-hint-3"
# `nodes.table.loc[nodes.table["exited"].idxmax()]` 就是那一行。

# %% [markdown] tags=["en", "hint-3"] name="exit-hint-3"
# `nodes.table.loc[nodes.table["exited"].idxmax()]` is the row.

# %% tags=["answer"] name="exit_node" points=15
most_exits = nodes.table.loc[nodes.table["exited"].idxmax()]  # SOLUTION NO PROMPT
exit_node = {"node": most_exits["node"], "share": most_exits["share_exited"]}  # SOLUTION

# %% tags=["check"] name="check-exit"
workshop.check("exit_node", exit_node)

# %% [markdown] tags=["zh"] name="ask-script"
# ## 话术：哪一句没说清？
#
# 一句提示语可能没人按（静默）、按了不被接受（拒识），也可能让人挂断。人多的节点次数自然多，所以要把每个节点的比例跟其余节点比。`extra` 是超出别处的次数，`found` 为真表示超出随机波动（已按比较次数校正）。空心圆是改版前。

# %% [markdown] tags=["en"] name="ask-script"
# ## Script: which prompt is unclear?
#
# A prompt may get no key (no input), a key that is not accepted (no match), or make people hang up. A busy node has many failures anyway, so each node's share is held against all others. `extra` counts failures beyond the others'; `found` marks what is beyond chance, corrected for the number of comparisons. Open circles are before the change.

# %% name="prompts"
prompts = ivr.worst_prompts(centre)
figures.plot_prompts(prompts)

# %% name="prompt-table"
prompts.table.head(8).round(4)

# %% [markdown] tags=["zh", "task"] name="task-prompt"
# ### 任务 2 最差的一句提示语
#
# 不算挂断（那是流程），哪个节点的提示语失败得最异常，是静默还是拒识？`{"node": "…", "failure": "…"}`

# %% [markdown] tags=["en", "task"] name="task-prompt"
# ### Task 2: the worst prompt
#
# Leaving hang-ups aside (they are flow), at which node does the prompt fail out of the ordinary, and how? `{"node": "…", "failure": "…"}`

# %% name="choices-prompt"
workshop.choices("worst_prompt")

# %% [markdown] tags=["zh", "hint-1"] name="prompt-hint-1"
# 找一个比别的节点高出一大截、而且改版前没有这么高的点。

# %% [markdown] tags=["en", "hint-1"] name="prompt-hint-1"
# Look for a point far above the other nodes that was not so high before the change.

# %% [markdown] tags=["zh", "hint-2"] name="prompt-hint-2"
# 不要看次数，看 `value` 和 `others` 差多少；再看 `found`。

# %% [markdown] tags=["en", "hint-2"] name="prompt-hint-2"
# Not the counts: see how far `value` is from `others`, and then `found`.

# %% [markdown] tags=["zh", "hint-3"] name="prompt-hint-3"
# 表已经按 `found` 和 `extra` 排好：取 `failure` 不是 exited 的第一行。

# %% [markdown] tags=["en", "hint-3"] name="prompt-hint-3"
# The table is sorted by `found` and `extra`: take the first row whose `failure` is not exited.

# %% tags=["answer"] name="worst_prompt" points=20
spoken = prompts.table[prompts.table["failure"] != "exited"]  # SOLUTION NO PROMPT
worst_prompt = {"node": spoken["node"].iloc[0], "failure": spoken["failure"].iloc[0]}  # SOLUTION

# %% tags=["check"] name="check-prompt"
workshop.check("worst_prompt", worst_prompt)

# %% [markdown] tags=["zh", "instructor"] name="trainer-prompt"
# 追问：这一句由谁改，多久能改？话术改一句，通常是本周就能上的事；流程要评审，策略要拍板。三件事分开报，见效才快。

# %% [markdown] tags=["en", "instructor"] name="trainer-prompt"
# Ask on: who changes this sentence, and how soon? A prompt is often this week's work, a flow needs a review, a strategy a decision. Reported apart, the quick one is not held up by the slow.

# %% [markdown] tags=["zh"] name="ask-control"
# ## 策略：人工键后移，满意度动了多少？
#
# 先看谁被送到了哪里：第一个键按 0（要人工）的客户，改版前后的去向。再算影响：电话换了菜单，在线人工没有换，正好当对照。
#
# **落后的小组从这里接上**：下面不用前面的结果。

# %% [markdown] tags=["en"] name="ask-control"
# ## Strategy: the agent key moved, and satisfaction?
#
# First, who is sent where: callers whose first key is 0 (an agent), before and after. Then the effect: the phone has a new menu, online human service has not, so it serves as control.
#
# **A team that is behind joins here**: nothing above is needed.

# %% tags=["checkpoint"] name="routing"
routes = ivr.routing(cs.read_centre(case.data_dir), "first_key")
routes.table.head(3).round(3)

# %% name="change-day"
day = workshop.material("change_day")
day

# %% [markdown] tags=["zh", "task"] name="task-effect"
# ### 任务 3 菜单变更的影响
#
# 用 `menu_change.menu_change(centre, at=day, by="channel", treated=treated, control=control)` 做双重差分。`effect` 是电话满意率相对在线变了多少（小数，下降写负数）；`holds` 是变更前两者是否同步（True 或 False）。

# %% [markdown] tags=["en", "task"] name="task-effect"
# ### Task 3: what the menu did
#
# Take the difference in differences by `menu_change.menu_change(centre, at=day, by="channel", treated=treated, control=control)`. `effect` is how far the phone moved against online (a fraction, a fall negative); `holds` whether the two moved alike before the change (True or False).

# %% [markdown] tags=["zh", "hint-1"] name="effect-hint-1"
# 电话自己的前后之差里，有多少是那几周大家都有的？

# %% [markdown] tags=["en", "hint-1"] name="effect-hint-1"
# How much of the phone's own change did everyone have in these weeks?

# %% [markdown] tags=["zh", "hint-2"] name="effect-hint-2"
# 结果有 `.effect`、`.lower`、`.upper` 和 `.p_before`。`.p_before` 小于 0.05，比较就站不住。

# %% [markdown] tags=["en", "hint-2"] name="effect-hint-2"
# The result has `.effect`, `.lower`, `.upper` and `.p_before`; with `.p_before` below 0.05 the comparison does not hold.

# %% [markdown] tags=["zh", "hint-3"] name="effect-hint-3"
# `.effect` 直接填进去；`.holds` 就是那句判断。

# %% [markdown] tags=["en", "hint-3"] name="effect-hint-3"
# Fill in `.effect`; `.holds` is the judgement.

# %% tags=["answer"] name="menu_effect" points=30
moved = menu_change.menu_change(centre, at=day, by="channel", treated=treated, control=control)  # SOLUTION NO PROMPT
menu_effect = {"effect": moved.effect, "holds": bool(moved.holds)}  # SOLUTION

# %% tags=["check"] name="check-effect"
workshop.check("menu_effect", menu_effect)

# %% name="weeks"
beside = menu_change.menu_change(centre, at=day, by="channel", treated=treated, control=control)
print(beside.sentence())
figures.plot_change_weeks(beside)

# %% [markdown] tags=["zh"] name="read-weeks"
# 虚线左边围着 0 摆动，是“改版前同步”；右边掉到灰带里，灰带是影响的区间。区间有多宽要一起报：每周电话评价一千多、在线五百上下，一个百分点以内的影响看不出来。

# %% [markdown] tags=["en"] name="read-weeks"
# Left of the dashed line the points swing about 0: alike before the change. To the right they fall into the grey band, the effect's interval. Report its width as well: with some thousand phone and five hundred online ratings a week an effect below a point cannot be seen.

# %% [markdown] tags=["zh"] name="ask-false"
# ## 多拦下来的，留住了吗？
#
# `ivr.containment_account` 把拦截率的变化分成两份：拦下后没有再来的（held），和 24 小时内又来的（back）。两份相加等于拦截率的变化。只算已经等满时间的通话。

# %% [markdown] tags=["en"] name="ask-false"
# ## Did the extra containment hold?
#
# `ivr.containment_account` parts the change of containment in two: contained and not back (held), contained and back within 24 hours (back). They add up to the change. Only calls old enough to be judged count.

# %% [markdown] tags=["zh", "task"] name="task-false"
# ### 任务 4 虚假拦截
#
# - `gained`：拦截率变化了多少。
# - `came_back`：其中又来了的那一份。
# - `false_rate`：当期拦下的通话里，24 小时内又来的比例。
#
# `{"gained": 0.…, "came_back": 0.…, "false_rate": 0.…}`

# %% [markdown] tags=["en", "task"] name="task-false"
# ### Task 4: false containment
#
# - `gained`: the change of containment.
# - `came_back`: the part of it that came back.
# - `false_rate`: of the calls contained now, those back within 24 hours.
#
# `{"gained": 0.…, "came_back": 0.…, "false_rate": 0.…}`

# %% [markdown] tags=["zh", "hint-1"] name="false-hint-1"
# 前两个的分母是全部来电，第三个的分母是拦下的来电。

# %% [markdown] tags=["en", "hint-1"] name="false-hint-1"
# The first two are of all calls, the third of the contained ones.

# %% [markdown] tags=["zh", "hint-2"] name="false-hint-2"
# `ivr.containment_account(centre, "ivr", hours=hours)`：`.total`、表里 back 一行的 `points`、`.false_value`。

# %% [markdown] tags=["en", "hint-2"] name="false-hint-2"
# `ivr.containment_account(centre, "ivr", hours=hours)`: `.total`, `points` of the row back, `.false_value`.

# %% [markdown] tags=["zh", "hint-3"] name="false-hint-3"
# 取那一行：先 `set_index("part")`，再 `.loc["back", "points"]`。

# %% [markdown] tags=["en", "hint-3"] name="false-hint-3"
# For the row: `set_index("part")`, then `.loc["back", "points"]`.

# %% tags=["answer"] name="false_containment" points=25
# BEGIN SOLUTION NO PROMPT
gain = ivr.containment_account(centre, "ivr", hours=hours)
parts = gain.table.set_index("part")["points"]
# END SOLUTION
false_containment = {"gained": gain.total, "came_back": parts["back"], "false_rate": gain.false_value}  # SOLUTION

# %% tags=["check"] name="check-false"
workshop.check("false_containment", false_containment)

# %% name="account"
views.sentences([ivr.containment_account(centre, "ivr", hours=hours).sentence()])

# %% [markdown] tags=["zh", "instructor"] name="trainer-false"
# 提醒：没有再来的那一份，也不全是办成了；有人去了营业厅，有人算了。所以 `held` 是“留住”的上限，`back` 是“假的”的下限。

# %% [markdown] tags=["en", "instructor"] name="trainer-false"
# A reminder: those not back were not all served; some went to a shop, some let it be. So `held` is at most what was won, and `back` at least what was false.

# %% [markdown] tags=["zh", "task"] name="task-conclusion"
# ### 任务 5 下结论，先做什么？
#
# 会上有四种说法（代码以 `m` 开头），措施库里有若干措施。哪种说法站得住？先做哪一项？`{"claim": "m…", "first": "…"}`

# %% [markdown] tags=["en", "task"] name="task-conclusion"
# ### Task 5: the conclusion, and what first
#
# Four things are said in the meeting (codes with `m`), and there is a library of actions. Which statement holds, and what comes first? `{"claim": "m…", "first": "…"}`

# %% name="choices-conclusion"
workshop.choices("conclusion")

# %% [markdown] tags=["zh", "hint-1"] name="conclusion-hint-1"
# 逐条对照：说成功的看任务 4，说坐席的看任务 3 的对照，说排队的看排队时长动没动。

# %% [markdown] tags=["en", "hint-1"] name="conclusion-hint-1"
# One by one: for success see task 4, for the agents the control of task 3, for the queue whether the wait moved at all.

# %% [markdown] tags=["zh", "hint-2"] name="conclusion-hint-2"
# 措施要够得着原因：原因是菜单，哪几项措施改的是菜单本身？

# %% [markdown] tags=["en", "hint-2"] name="conclusion-hint-2"
# An action must reach the cause: the cause is the menu, so which actions change the menu itself?

# %% [markdown] tags=["zh", "hint-3"] name="conclusion-hint-3"
# 把人工入口还回第一层的那一项，排在改选项名称之前。

# %% [markdown] tags=["en", "hint-3"] name="conclusion-hint-3"
# The one that brings the agent key back to the first level comes before better labels.

# %% tags=["answer"] name="conclusion" points=10
conclusion = {"claim": "m1", "first": "v1"}  # SOLUTION

# %% tags=["check"] name="check-conclusion"
workshop.check("conclusion", conclusion)

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
        "exit_node": exit_node,
        "worst_prompt": worst_prompt,
        "menu_effect": menu_effect,
        "false_containment": false_containment,
        "conclusion": conclusion,
    },
    out_dir=out_dir,
)

# %% [markdown] tags=["zh"] name="key-points"
# ## 要点
#
# - 策略（谁被送到哪里）、流程（在哪里走掉）、话术（哪句没说清）分开看，归三个人管。
# - 信息节点听完就挂可能是成功，先分清节点是做什么的。
# - 次数多不等于差：跟别的节点比比例，并按比较次数校正。
# - 菜单变更的影响要有对照；先看变更前两者是否同步。
# - 多拦下来的要分两份报：留住的，和又来的。
# - 没有再来的也不全是办成了，话不要说满。

# %% [markdown] tags=["en"] name="key-points"
# ## Key points
#
# - Strategy (who is sent where), flow (where they leave) and script (which sentence is unclear) are looked at apart: they have three owners.
# - At a node that only informs, hanging up may be success: know what a node is for.
# - Many failures are not a bad prompt: compare shares with other nodes, and correct for the number of comparisons.
# - A menu change needs a control; see first whether the two moved alike before it.
# - Report extra containment in two parts: what held, and what came back.
# - Not back is not always served: do not claim too much.
