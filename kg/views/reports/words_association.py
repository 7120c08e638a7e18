"""Texts of the association report in Chinese and English; Markdown, with names filled in that are already escaped."""

from __future__ import annotations

from typing import Final

from kg.views.page.words import Catalogue

ASSOCIATION: Final[Catalogue] = {
    "a-lead": (
        "本报告说明知识库中的概念如何相互关联：哪些概念居于核心、它们怎样连成整体、哪里断开、最该补上哪些关联。"
        "所有数字都由笔记中声明的关系算出，并指回文件与行。",
        "How the concepts of this knowledge base hang together: which are at its core, how they form a whole, where it is "
        "torn, and which ties are missing most. Every number is computed from relations that notes state, and leads back "
        "to a file and a line.",
    ),
    "a-sum-size": (
        "**规模**：{concepts} 个概念，{typed} 条类型化关系（{kinds} 种），{untyped} 条未声明类型的链接。",
        "**Size**: {concepts} {concepts:concept|concepts}, {typed} typed {typed:relation|relations} of {kinds} "
        "{kinds:kind|kinds}, {untyped} {untyped:link|links} without a type.",
    ),
    "a-sum-measure": (
        "**{name}**：{value}（{counted}），目标 ≥ {target}，{verdict}{claimed}。",
        "**{name}**: {value} ({counted}), target ≥ {target}: {verdict}{claimed}.",
    ),
    "a-sum-shown": ("**{name}**：{value}（{counted}）{claimed}。", "**{name}**: {value} ({counted}){claimed}."),
    "a-claimed": ("；团队声称 {value}", "; the team claims {value}"),
    "a-sum-untyped": (
        "**规模**：{concepts} 个概念，还没有类型化关系，{untyped} 条未声明类型的链接。",
        "**Size**: {concepts} {concepts:concept|concepts}, no typed relations yet, {untyped} "
        "{untyped:link|links} without a type.",
    ),
    "a-sum-whole": (
        "**结构**：{n} 个社区；每个概念都有类型化关系。",
        "**Structure**: {n} {n:community|communities}; every concept has a typed relation.",
    ),
    "a-sum-core": ("**核心**：{names}。", "**Core**: {names}."),
    "a-sum-groups": (
        "**结构**：{n} 个社区；{alone} 个概念没有任何关联，{loose} 个只有未声明类型的链接。",
        "**Structure**: {n} {n:community|communities}; {alone} {alone:concept has|concepts have} no tie at all, {loose} only "
        "links without a type.",
    ),
    "a-sum-pairs": (
        "**缺失**：最强的一处缺失关联在 {a} 与 {b} 之间。",
        "**Missing**: the strongest missing tie is the one between {a} and {b}.",
    ),
    "a-core": ("核心概念", "Core concepts"),
    "a-core-how": (
        "按 PageRank、介数、相邻概念数三项名次的平均值排序：PageRank 表示有多少重要概念指向它，介数表示有多少最短路径经过它，"
        "核数表示它处于多紧密的内核。",
        "Ordered by the mean of three ranks: PageRank (how much important concepts point to it), betweenness (how many "
        "shortest paths lead through it) and number of neighbours. The core number tells how dense a kernel it belongs to.",
    ),
    "a-core-few": (
        "{all} 个概念中只有 {n} 个与别的概念相连，因此下面的名次只说明这一部分。",
        "Only {n} of {all} concepts {n:is|are} tied to another, so the ranks below tell about that part alone.",
    ),
    "map": ("图谱", "Map"),
    "meaning": ("含义", "Meaning"),
    "a-relations-how": (
        "这些关系类型就是关联模型：每条关系都由一篇笔记声明，含义取自词汇表。",
        "These types are the model: each relation is stated by a note, and what it means is what the vocabulary says.",
    ),
    "a-core-none": (
        "概念之间还没有任何关联，没有哪个概念比别的更居中心。",
        "No concept is tied to another yet, so none is more central than the rest.",
    ),
    "pagerank": ("PageRank", "PageRank"),
    "betweenness": ("介数", "Betweenness"),
    "degree": ("相邻", "Neighbours"),
    "core-number": ("核数", "Core"),
    "fig-pagerank": ("PageRank 最高的概念", "Concepts with the highest PageRank"),
    "why-pagerank": ("PageRank 第 {n}", "PageRank no. {n}"),
    "why-betweenness": ("最短路径的枢纽（介数第 {n}）", "on many shortest paths (betweenness no. {n})"),
    "why-degree": ("直接相邻 {n} 个概念", "{n} direct {n:neighbour|neighbours}"),
    "why-core": ("位于最内层内核（核数 {n}）", "in the innermost core ({n})"),
    "why-bridge": ("连接不同社区", "bridges communities"),
    "a-structure": ("关联结构", "How they hang together"),
    "a-relations": ("关联模型：关系类型", "The model: relation types"),
    "a-relations-none": (
        "还没有类型化关系。{untyped} 条未声明类型的链接是最好的起点。",
        "There are no typed relations yet. The {untyped} {untyped:link|links} without a type are the place to start.",
    ),
    "a-matrix": ("领域与关系类型", "Areas and relation types"),
    "a-matrix-how": (
        "每格是由该领域的概念发出的该类关系数。",
        "Each cell counts relations of that type that leave concepts of that area.",
    ),
    "fig-areas": ("领域之间的类型化关系数（行指向列）", "Typed relations between areas (from row to column)"),
    "a-inner": (
        "{inner}（{share}）的类型化关系在同一领域之内，{outer} 条跨领域。",
        "{inner} typed {inner:relation|relations} ({share}) stay inside one area, {outer} lead from one to another.",
    ),
    "a-communities": ("社区", "Communities"),
    "a-communities-how": (
        "社区由关联的疏密算出，与声明的领域无关；桥梁概念与其他社区的联系最多。",
        "Communities follow from how densely concepts are tied, not from declared areas; bridge concepts have most ties to "
        "other communities.",
    ),
    "a-communities-none": ("没有可划分的社区。", "There are no communities to tell apart."),
    "a-sampled": (
        "{measure}是估计值：按 {method} 的方法，从 {of} 个概念中以种子 {seed} 抽取 {size} 个作为源点，"
        "标准误不超过最大可能值的 {error}。",
        "{measure} is estimated after {method} from {size} sources of {of} concepts, drawn with seed {seed}; its standard "
        "error is at most {error} of the largest possible value.",
    ),
    "terms": ("特征术语", "Telling terms"),
    "ties": ("联系", "Ties"),
    "expected": ("期望联系", "Expected"),
    "likeness": ("用语相似", "Likeness"),
    "strongest-ties": ("主要桥梁", "Between"),
    "a-bridges": ("社区之间的桥梁", "Bridges between communities"),
    "a-bridges-how": (
        "每行两个社区；联系指分居两边而直接相连的概念对，列出其中最重要的几对。",
        "Two communities a row; a tie is a pair of neighbours of which one lies in each, the most important ones are named.",
    ),
    "a-bridges-none": ("没有跨社区的联系。", "No tie leads from one community to another."),
    "a-gaps": ("社区之间的缺口", "Gaps between communities"),
    "a-gaps-how": (
        "两个社区谈论相同的事物（术语余弦相似度高于中位数），直接联系却不到期望的四分之一：这里最可能漏写了关联。"
        "期望联系按每个概念保持相邻数而随机连接计算。",
        "Two communities that speak of the same things (cosine of their terms above the median) and have less than a quarter "
        "of the ties to be expected: here associations are most likely forgotten. Expected is what chance would give if each "
        "concept kept its number of neighbours.",
    ),
    "a-gaps-none": ("没有这样的缺口。", "There are none."),
    "fig-degrees": ("相邻概念数的分布：至少有这么多相邻概念的概念数", "Degrees: concepts with at least so many neighbours"),
    "plot-all": ("关系与链接", "relations and links"),
    "plot-typed": ("类型化关系", "typed relations"),
    "plot-neighbours": ("相邻概念数", "neighbours"),
    "plot-concepts": ("概念数", "concepts"),
    "fig-model": ("关联模型：领域（行）与关系类型（列）", "The association model: areas (rows) by relation types (columns)"),
    "fig-over-time": ("各次快照的概念关联度", "Association at each snapshot"),
    "plot-now": ("本次", "now"),
    "a-changes": ("自上次快照以来的变化", "What changed since the last snapshot"),
    "a-changes-none": (
        "还没有快照可供比较：`kg snapshot` 记下当前状态，之后的构建会在此列出变化。",
        "There is no snapshot to compare with yet: `kg snapshot` records this state, and later builds show here what changed.",
    ),
    "a-changes-since": ("与 {date}{commit} 的快照比较。", "Compared with the snapshot of {date}{commit}."),
    "a-changes-nothing": ("没有变化。", "Nothing has changed."),
    "changes-before": ("当时", "Then"),
    "changes-now": ("现在", "Now"),
    "changes-by": ("变化", "Change"),
    "changes-concepts": ("概念", "Concepts"),
    "changes-typed": ("类型化关系", "Typed relations"),
    "changes-untyped": ("未声明类型的链接", "Links without a type"),
    "a-changes-new": ("**新增 {n} 个概念**：{names}。", "**{n} new {n:concept|concepts}**: {names}."),
    "a-changes-gone": ("**{n} 个概念已不存在**：{names}。", "**{n} {n:concept is|concepts are} gone**: {names}."),
    "a-changes-groups": ("**新增 {n} 个社区**：{names}。", "**{n} new {n:community|communities}**: {names}."),
    "a-changes-lost": (
        "**{n} 个社区已并入其他社区或解散。**",
        "**{n} {n:community has|communities have} dissolved into others.**",
    ),
    "a-changes-moved": (
        "**{n} 个概念转入社区 {group}**：{names}。",
        "**{n} {n:concept|concepts} went over to {group}**: {names}.",
    ),
    "community": ("社区", "Community"),
    "central": ("中心概念", "Central concepts"),
    "bridges": ("桥梁概念", "Bridges"),
    "a-isolated": ("孤立与薄弱", "Isolated and weak"),
    "a-isolated-none": (
        "没有孤立概念：每个概念至少与另一个概念相连。",
        "No concept is isolated: each is tied to at least one other.",
    ),
    "a-isolated-some": (
        "{n} 个概念既没有关系也没有链接：",
        "{n} {n:concept has|concepts have} neither relations nor links:",
    ),
    "a-loose-some": (
        "{n} 个概念只有未声明类型的链接，尚无类型化关系：",
        "{n} {n:concept has|concepts have} links but no typed relation:",
    ),
    "a-single-some": (
        "{n} 个概念只靠一个相邻概念连接，失去它即孤立：",
        "{n} {n:concept hangs|concepts hang} on a single neighbour and would be alone without it:",
    ),
    "a-pairs": ("缺失的关联", "Missing associations"),
    "a-suggested-how": (
        "`kg suggest` 认为作者遗漏的关联，得分最高者在前；得分是各项证据之和，证据可逐条核对。仅为提议，是否成立由人判断。"
        "共 {all} 条。",
        "What `kg suggest` takes for forgotten, strongest first; a score is the sum of its evidence, which can be looked up. "
        "These are proposals; whether one holds is for people to judge. {all} in all.",
    ),
    "a-suggested-caps": ("范围：{caps}。", "Bounds: {caps}."),
    "a-by-structure": ("仅凭结构", "By structure alone"),
    "a-lane-mention": ("提及而未链接", "named, not linked"),
    "a-lane-latent": ("未提及而相近", "near, not named"),
    "a-lane-type": ("关系类型", "relation type"),
    "a-why-concepts": ("经由", "by way of"),
    "a-why-terms": ("共有词语", "terms in both:"),
    "a-why-separator": ("；", "; "),
    "source": ("概念", "Concept"),
    "suggested-target": ("应关联到", "To be tied to"),
    "lane": ("类别", "Lane"),
    "a-pairs-how": (
        "两个未相连的概念共享的邻居越多、这些邻居越专一，Adamic–Adar 得分越高。得分高只是线索，是否成立由人判断。",
        "Two concepts that are not tied score higher on Adamic–Adar the more neighbours they share and the fewer others "
        "these have. A high score is a hint; whether the tie holds is for people to judge.",
    ),
    "a-pairs-left": (
        "其中 {n} 对已略去：一方已经（直接或间接）是另一方的上位概念。",
        "{n} {n:pair is|pairs are} left out: one of the two is broader than the other already, by way of others.",
    ),
    "a-pairs-none": (
        "没有候选：没有两个未相连且互不为上下位的概念共享邻居。",
        "No candidates: no two concepts that are neither tied nor above one another share a neighbour.",
    ),
    "pair": ("概念对", "Pair"),
    "shared": ("共同邻居", "Shared neighbours"),
    "shared-terms": ("共同术语", "Shared terms"),
    "adamic-adar": ("Adamic–Adar", "Adamic–Adar"),
    "allocation": ("资源分配", "Resource allocation"),
    "jaccard": ("Jaccard", "Jaccard"),
    "nearness": ("个性化 PageRank", "Personalised PageRank"),
    "a-measure": ("概念关联度", "The measure: concept association"),
    "a-measure-absent": ("本次构建没有计算概念关联度：{unknown}。", "This build did not compute the measure: {unknown}."),
    "a-measure-unknown": (
        "结果：**{unknown}**。没有可度量的对象，按未达标计。",
        "Result: **{unknown}**. There is nothing to measure, which counts as not met.",
    ),
    "a-measure-is": (
        "结果：**{value}** = {n} / {d}，目标 ≥ {target}，**{verdict}**。",
        "Result: **{value}** = {n} of {d}, target ≥ {target}: **{verdict}**.",
    ),
    "a-measure-note": ("说明：{note}", "Note: {note}"),
    "a-diagnostics": ("诊断值", "Diagnostics"),
    "a-parts": ("分项", "Parts"),
    "a-offenders": ("未满足的概念", "Concepts that fall short"),
    "a-offenders-none": ("没有未满足的概念。", "No concept falls short."),
    "a-offenders-group": ("**{n} 个概念**缺少 {lacks}：", "**{n} {n:concept lacks|concepts lack}** {lacks}:"),
    "a-offenders-plain": ("**{n} 个概念**：", "**{n} {n:concept|concepts}**:"),
    "a-measure-claimed": (
        "团队声称 {value}；声称的值只作对照，从不代替测得的值。",
        "The team claims {value}; a claim is shown beside what was measured, never instead of it.",
    ),
    "a-todo": ("下一步", "What to do next"),
    "a-todo-none": (
        "没有待办：没有孤立概念，没有未声明类型的链接，没有候选关联，也没有错误。",
        "Nothing to do: no isolated concepts, no links without a type, no candidates and no errors.",
    ),
    "todo-errors": ("**修正 {n} 处错误。**", "**Mend {n} {n:error|errors}.**"),
    "todo-isolated": (
        "**接入 {n} 个孤立概念。** 在各自的笔记里声明上位概念和至少一条其他关系，每条一行："
        "`broader:: [[…]]`、`depends-on:: [[…]]`。",
        "**Tie in {n} isolated {n:concept|concepts}.** State a broader concept and at least one more relation in "
        "{n:its note|each note}, a line each: `broader:: [[…]]`, `depends-on:: [[…]]`.",
    ),
    "todo-untyped": (
        "**为 {n} 条链接声明类型。** 说明它是什么关系，例如另起一行写 `depends-on:: [[…]]`；最重要的概念之间的链接在前。",
        "**Give {n} {n:link|links} a type.** Say which relation it is, for example by a line `depends-on:: [[…]]`; links "
        "between the most important concepts come first.",
    ),
    "todo-lack": ("**{n} 个概念缺少{lack}。**", "**{n} {n:concept lacks|concepts lack} {lack}.**"),
    "todo-pairs": (
        "**判断最强的 {n} 处缺失关联。** 若成立，在两篇笔记之一中声明。",
        "**Judge the {n} strongest missing {n:tie|ties}.** Where one holds, state it in either note.",
    ),
    "todo-thin": (
        "**加强社区 {name} 与其余部分的联系**（现有 {n} 条），从它的中心概念开始：",
        "**Tie community {name} to the rest** (ties so far: {n}), beginning with its central concepts:",
    ),
    "todo-plain": (
        "**把“{relation}”换成更确切的关系**：它占类型化关系的 {share}（{n} 条）。",
        "**Say something more exact than “{relation}”**: it makes {share} of the typed relations ({n}).",
    ),
    "lack-typed-relations": ("与两个不同概念的类型化关系", "typed relations to two different concepts"),
    "lack-non-hierarchical-relation": ("非层次关系", "a relation that is not hierarchical"),
    "lack-largest-component": ("与最大连通分量的联系", "a tie to the largest component"),
    "lack-broader-concept": ("上位概念", "a broader concept"),
}
