"""Texts of the hierarchy document in Chinese and English; Markdown, with names filled in that are already escaped."""

from __future__ import annotations

from typing import Final

from kg.views.page.words import Catalogue

HIERARCHY: Final[Catalogue] = {
    "h-lead": (
        "本文档描述知识库的层次结构：层次与领域怎样划分、概念树从哪里开始、有多深多宽、哪里有缺陷，以及据此提出的改进建议。",
        "The hierarchy of this knowledge base: how layers and areas divide it, where the tree begins, how deep and wide it "
        "is, where it is flawed, and what follows from that.",
    ),
    "h-sum-size": (
        "**规模**：{concepts} 个概念，分 {layers} 个层次、{areas} 个领域；{links} 条上下位关系。",
        "**Size**: {concepts} {concepts:concept|concepts} in {layers} {layers:layer|layers} and {areas} {areas:area|areas}; "
        "{links} broader–narrower {links:relation|relations}.",
    ),
    "h-sum-plain": (
        "**规模**：{concepts} 个概念，未声明层次与领域；{links} 条上下位关系。",
        "**Size**: {concepts} {concepts:concept|concepts}, no layers or areas declared; {links} broader–narrower "
        "{links:relation|relations}.",
    ),
    "h-layers-none": (
        "笔记没有声明层次或领域，所以无从划分。在笔记开头写 `layer: theory` 与 `area: consensus` 这样的两行即可声明。",
        "No note declares a layer or an area, so there is nothing to divide by. Two lines at the head of a note declare "
        "them: `layer: theory` and `area: consensus`, for example.",
    ),
    "h-flaws": ("环、冗余与多重上位", "Cycles, redundancy, several parents"),
    "h-sum-shape": (
        "**形状**：{roots} 个根，最深 {deep} 层，平均深度 {mean}，最大扇出 {fan}。",
        "**Shape**: {roots} {roots:root|roots}, {deep} {deep:level|levels} at most, mean depth {mean}, largest fan-out {fan}.",
    ),
    "h-sum-faults": (
        "**缺陷**：{cycles} 个环，{redundant} 条冗余上位关系，{orphans} 个概念不在层次之中。",
        "**Flaws**: {cycles} {cycles:cycle|cycles}, {redundant} redundant broader {redundant:link|links}, {orphans} "
        "{orphans:concept|concepts} outside the hierarchy.",
    ),
    "h-sum-none": (
        "**形状**：{unknown}。还没有上下位关系，没有可度量的层次。",
        "**Shape**: {unknown}. No broader–narrower relation is stated yet, so there is no hierarchy to measure.",
    ),
    "h-layers": ("层次与领域", "Layers and areas"),
    "h-layers-how": (
        "层次与领域是笔记中声明的；平均深度是到根的最长距离的平均值。",
        "Layers and areas are what notes declare; the mean depth is the mean longest distance from a root.",
    ),
    "mean-depth": ("平均深度", "Mean depth"),
    "placed": ("在树中", "In the tree"),
    "h-kinds": ("属种、整体—部分与实例", "Generic, whole–part and instance relations"),
    "h-kinds-how": (
        "“是一种”、“是…的一部分”与“是…的实例”是三种不同的层次关系（ISO 25964-1 第 10.3 节），"
        "各自成树，不可混用：部分不继承整体的性质。"
        "下表把每一种单独当作一个层次来度量。",
        "“Is a kind of”, “is part of” and “is an instance of” are three different relations (ISO 25964-1, 10.3), each with a "
        "hierarchy of its own: a part does not inherit what holds of the whole. The table measures each by itself.",
    ),
    "h-kinds-pure": ("没有一对概念同时以两种方式相连。", "No pair of concepts is tied in two of these ways at once."),
    "h-kinds-mixed": (
        "{n} 对概念同时以两种方式相连，应当只留一种：",
        "{n} {n:pair is|pairs are} tied in two of these ways at once; one of them should go:",
    ),
    "h-kinds-plain": (
        "{all} 条上下位关系中有 {n} 条只说“上位”而未说是哪一种；写 `is-a`、`part-of` 或 `instance-of` 更确切。",
        "{n} of {all} say no more than broader; `is-a`, `part-of` or `instance-of` would say which kind is meant.",
    ),
    "kind": ("种类", "Kind"),
    "kind-generic": ("属种（是一种）", "generic (is a kind of)"),
    "kind-partitive": ("整体—部分（是…的一部分）", "whole–part (is part of)"),
    "kind-instantial": ("实例（是…的实例）", "instance (is an instance of)"),
    "kind-plain": ("未说明", "not said"),
    "relations-n": ("关系数", "Relations"),
    "roots-n": ("根数", "Roots"),
    "cycles-n": ("环数", "Cycles"),
    "evenness": ("均匀度", "Evenness"),
    "largest-branch": ("最大分支", "Largest branch"),
    "h-balance": (
        "兄弟之间的平衡：{n} 个概念有多个分支，均匀度（Pielou，1 为完全均匀）平均 {mean}。最不均匀的是：",
        "Balance between siblings: {n} {n:concept has|concepts have} several branches; their evenness (Pielou, 1 is perfectly "
        "even) is {mean} on average. The least even ones:",
    ),
    "h-balance-none": (
        "兄弟之间的平衡：未知，没有哪个概念的分支大到可以比较。",
        "Balance between siblings: unknown, since no concept has branches large enough to compare.",
    ),
    "h-tree": ("概念树", "The tree"),
    "h-tree-how": (
        "显示到第 {depth} 层。有多个上位概念的概念只在第一次出现处展开，并以 ↗ 标出。"
        "◇ 是上位概念的一部分，• 是它的实例，其余是它的一种。",
        "Shown down to level {depth}. A concept with several broader ones is unfolded where it occurs first and marked ↗ "
        "elsewhere. ◇ marks a part of the concept above, • an instance of it; the rest are kinds of it.",
    ),
    "h-tree-none": (
        "还没有树：没有一个概念声明了上位或下位概念。",
        "There is no tree yet: no concept has a broader or a narrower one.",
    ),
    "h-tree-cycle": (
        "没有根：所有上下位关系都在环中。",
        "There is no root: all broader–narrower relations run in cycles.",
    ),
    "fig-tree": (
        "概念树的上部：实线为属种，虚线为整体—部分，点线为实例",
        "The upper part of the tree: solid lines lead to kinds, dashed ones to parts, dotted ones to instances",
    ),
    "fig-levels": ("每一层的概念数", "Concepts on each level"),
    "level": ("第 {n} 层", "Level {n}"),
    "level-head": ("层级", "Level"),
    "level-root": ("根（第 0 层）", "Roots (level 0)"),
    "h-below": ("其下 {n} 个", "{n} below"),
    "h-not-shown": ("还有 {n} 个", "{n} more"),
    "h-roots": ("根与顶层概念", "Roots and top concepts"),
    "h-roots-how": (
        "根有下位概念而没有上位概念；声明的顶层概念是作者认可的入口。",
        "A root has narrower concepts and no broader one; a declared top concept is an entry that the authors chose.",
    ),
    "h-roots-none": ("没有根。", "There are no roots."),
    "h-tops": ("声明的顶层概念：{list}。", "Declared top concepts: {list}."),
    "h-tops-none": ("没有声明顶层概念。", "No top concept is declared."),
    "children": ("直接下位", "Children"),
    "below": ("其下共有", "All below"),
    "deepest": ("层数", "Levels"),
    "declared": ("已声明", "Declared"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "h-depth": ("深度与扇出", "Depth and fan-out"),
    "h-depth-is": (
        "{n} 个概念有深度；最深 {deep}，平均 {mean}。",
        "{n} {n:concept has|concepts have} a depth; the deepest {deep}, the mean {mean}.",
    ),
    "h-depth-none": ("深度：{unknown}，没有概念在树中。", "Depth: {unknown}, since no concept is in a tree."),
    "h-fan-is": (
        "{n} 个概念有下位概念；扇出最大 {most}（{which}），平均 {mean}。",
        "{n} {n:concept has|concepts have} narrower ones; the largest fan-out is {most} ({which}), the mean {mean}.",
    ),
    "h-fan-none": ("没有概念有下位概念，扇出未知。", "No concept has a narrower one, so fan-out is unknown."),
    "fig-fan": ("扇出分布：有几个直接下位概念的概念各有多少", "Fan-out: how many concepts have so many children"),
    "fan-row": ("{n} 个下位", "{n}"),
    "concepts-n": ("概念数", "Concepts"),
    "h-orphans": ("层次之外", "Outside the hierarchy"),
    "h-orphans-none": (
        "没有：每个概念都有上位或下位概念，或是声明的顶层概念。",
        "None: each concept has a broader or a narrower one or is a declared top.",
    ),
    "h-orphans-some": (
        "{n} 个概念既无上位也无下位概念：",
        "{n} {n:concept has|concepts have} neither a broader nor a narrower one:",
    ),
    "h-cycles": ("环", "Cycles"),
    "h-cycles-none": (
        "没有环：没有概念直接或间接地是自己的上位概念。",
        "No cycles: no concept is, directly or not, broader than itself.",
    ),
    "h-cycles-some": (
        "{n} 个环；环上的概念没有深度。每一步注明声明它的位置：",
        "{n} {n:cycle|cycles}; concepts in a cycle have no depth. Each step names the place that states it:",
    ),
    "h-redundant": ("冗余的上位关系", "Redundant broader links"),
    "h-redundant-none": (
        "没有：每条上位关系都说出了别处推不出的内容。",
        "None: each broader link says something that does not follow from others.",
    ),
    "h-redundant-some": (
        "{n} 条可由更长的路径推出（qSKOS hr）：",
        "{n} {n:follows|follow} from a longer path as well (qSKOS hr):",
    ),
    "broader": ("上位概念", "Broader"),
    "stated": ("声明于", "Stated at"),
    "h-poly": ("多重上位", "Several broader concepts"),
    "h-poly-none": ("没有：每个概念至多有一个上位概念。", "None: no concept has more than one broader concept."),
    "h-poly-some": (
        "{n} 个概念有多个上位概念。这可以是有意的（属种与整体—部分并存），但值得核对：",
        "{n} {n:concept has|concepts have} several broader ones. That may be meant (a kind of one, a part of another), but is "
        "worth a look:",
    ),
    "h-proposals": ("改进建议", "Proposals"),
    "h-proposals-how": (
        "每条建议都附上得出它的理由；是否采纳由人判断。",
        "Each proposal gives the reason that led to it; whether to follow is for people to judge.",
    ),
    "h-proposals-none": (
        "没有建议：层次没有环、没有冗余、没有游离概念，扇出与深度适中。",
        "No proposals: no cycles, nothing redundant, no concept outside, fan-out and depth within bounds.",
    ),
    "proposal": ("建议", "Proposal"),
    "p-cycle": ("断开环：删去 {a} → {b}", "Break the cycle: drop {a} → {b}"),
    "p-cycle-why": (
        "{n} 个概念互为上位；这一步的上位一端 PageRank 最低",
        "{n} concepts are each broader than the other; of the steps this one's broader end has the lowest PageRank",
    ),
    "p-redundant": ("删去 {a} → {b}", "Drop {a} → {b}"),
    "p-redundant-why": ("已由更长的路径推出", "it follows from a longer path"),
    "p-orphan": ("把 {a} 置于 {b} 之下", "Put {a} under {b}"),
    "p-orphan-why": (
        "与它相邻的 {all} 个概念中有 {n} 个是 {b} 或在其下",
        "{n} of its {all} neighbours {n:is|are} {b} or directly below it",
    ),
    "p-orphan-area": (
        "与它同属领域“{area}”的概念中，{b} 的下位概念最多",
        "of the concepts in its area “{area}”, {b} has most narrower ones",
    ),
    "p-orphan-none": (
        "为 {n} 个概念声明上位概念（`broader:: [[…]]`）：{list}",
        "Give {n} {n:concept|concepts} a broader one (`broader:: [[…]]`): {list}",
    ),
    "p-orphan-none-why": (
        "它们的相邻概念与同领域的概念都不在层次之中，无可参照",
        "neither their neighbours nor the concepts of their areas are in the hierarchy, so nothing speaks for a place",
    ),
    "p-orphan-first-why": (
        "还没有任何上下位关系；先为最重要的概念定出上位概念，层次由此开始",
        "no broader–narrower relation is stated yet; the hierarchy begins where the most important concepts get one",
    ),
    "p-fan": ("在 {a} 之下设中间层", "Put a level between {a} and its children"),
    "p-fan-why": (
        "它有 {n} 个直接下位概念，多于 {most}；{how}可分为 {groups}",
        "it has {n} children, more than {most}; {how} they fall into {groups}",
    ),
    "p-fan-group": ("{name}（{n}：{list}）", "{name} ({n}: {list})"),
    "p-fan-by-area": ("按领域", "by area"),
    "p-fan-by-type": ("按类型", "by type"),
    "p-fan-by-kind": ("按关系种类", "by kind of relation"),
    "p-fan-by-community": ("按社区", "by community"),
    "p-fan-why-plain": ("它有 {n} 个直接下位概念，多于 {most}", "it has {n} children, more than {most}"),
    "p-single": (
        "核对 {n} 个只有一个下位概念的概念（括号中为该下位概念）：{list}",
        "Look again at {n} {n:concept|concepts} with a single narrower one (in brackets): {list}",
    ),
    "p-single-why": ("只有一个下位概念的划分没有区分任何东西", "a division with one member divides nothing"),
    "p-root": ("声明 {a} 为顶层概念，或给它上位概念", "Declare {a} a top concept, or give it a broader one"),
    "p-root-why": (
        "它是根，其下有 {n} 个概念，但不在声明的顶层概念之中",
        "it is a root with {n} {n:concept|concepts} below and no declared top",
    ),
    "p-top-empty": ("为顶层概念 {a} 声明下位概念", "Give the top concept {a} narrower ones"),
    "p-top-empty-why": ("它被声明为顶层，但其下没有任何概念", "it is declared a top, but nothing is below it"),
    "p-unset": ("为 {n} 个概念声明层次或领域：{list}", "Declare layer or area of {n} {n:concept|concepts}: {list}"),
    "p-unset-why": ("没有层次或领域的概念无法按层次浏览", "concepts without them can't be found by layer and area"),
}
