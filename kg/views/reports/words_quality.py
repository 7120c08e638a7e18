"""Texts of the coverage and quality reports in Chinese and English; Markdown, with names filled in that are escaped."""

from __future__ import annotations

from typing import Final

from kg.views.page.words import Catalogue

QUALITY: Final[Catalogue] = {
    "c-lead": (
        "本报告对照外部大纲、标准与术语表，说明知识库覆盖了什么、缺什么、写到了多深，并逐领域列出待办。"
        "主题与概念的对应由作者声明；名称相近的概念只作建议，不计入。",
        "What this knowledge base has of the topics that outside syllabi, standards and glossaries teach, "
        "what it lacks, and how "
        "deep it goes, with a list of what to do, area by area. Which concept treats which topic is stated "
        "by authors; concepts "
        "with a similar name are suggested and don't count.",
    ),
    "c-none": (
        "`ontology/scope/` 下没有范围清单，覆盖率未知。写一份 Turtle 清单（`kg:Scope` 与 `kg:Topic`，"
        "注明来源与版次），再构建一次。",
        "There is no scope list under `ontology/scope/`, so coverage is unknown. Write one in Turtle (`kg:Scope` and "
        "`kg:Topic`, with source and edition) and build again.",
    ),
    "c-measure": ("**{name}**：{value}（{counted}）{rest}。", "**{name}**: {value} ({counted}){rest}."),
    "c-target": ("，目标 ≥ {target}，{verdict}", ", target ≥ {target}: {verdict}"),
    "c-claimed": ("；团队声称 {value}", "; the team claims {value}"),
    "c-committed": ("；{what}", "; {what}"),
    "c-since": ("；{date} 时为 {value}", "; {value} on {date}"),
    "c-lower": ("，Wilson 95% 下限 {value}", ", at least {value} by the Wilson 95% bound"),
    "c-floor": (
        "**下限**：每份清单至少 {floor}。{n} 份低于下限：{names}。",
        "**Floor**: at least {floor} of each list. Below it {n:is|are} {n}: {names}.",
    ),
    "c-floor-met": ("**下限**：每份清单至少 {floor}，全部达到。", "**Floor**: at least {floor} of each list; all reach it."),
    "c-size": (
        "**规模**：{lists} 份清单，{topics} 个主题，分属 {areas} 个领域；已满足 {met} 个，缺 {short} 个。",
        "**Size**: {lists} {lists:list|lists}, {topics} {topics:topic|topics} in {areas} {areas:area|areas}; "
        "{met} met, {short} "
        "not.",
    ),
    "c-areas": ("按领域", "By area"),
    "c-areas-how": ("每个主题权重相同。", "Each topic weighs the same."),
    "c-lists": ("按清单", "By list"),
    "c-lists-how": (
        "清单整份取自外部，先于笔记提交，之后不改；来源未核对的清单单独列出，不计入。",
        "Lists are taken whole from outside, committed before the notes and frozen; one whose source was not "
        "checked stands apart "
        "and doesn't count.",
    ),
    "list": ("清单", "List"),
    "edition": ("版次", "Edition"),
    "topics": ("主题", "Topics"),
    "topics-met": ("已满足", "Met"),
    "unchecked": ("来源未核对", "source unchecked"),
    "fig-areas-met": ("各领域已满足的主题所占比例", "Share of topics met in each area"),
    "c-todo": ("待办：缺什么", "To do: what is missing"),
    "c-todo-how": (
        "每个领域内，先列只差一步的主题，再列有名称相近概念的主题，最后是其余的。若某个概念确实论述该主题，在 "
        "`ontology/scope/mapping.ttl` 里写 `<主题> kg:metBy <概念> .`；否则为它写一篇有定义与来源的笔记。",
        "In each area, topics that lack least come first, then those with a concept of a similar name, then "
        "the others. Where a "
        "concept does treat the topic, say so in `ontology/scope/mapping.ttl`: `<topic> kg:metBy <concept> "
        ".`; otherwise write "
        "a note with a definition and a source.",
    ),
    "c-todo-none": ("没有：每个主题都已满足。", "Nothing: every topic is met."),
    "c-todo-list": ("{title}：缺 {n} / {all}", "{title}: {n} of {all} missing"),
    "c-perhaps": ("是否即 {names}？", "is it {names}?"),
    "c-depth": ("理论深度", "Theory depth"),
    "c-depth-how": (
        "级别由笔记的结构判定，取成立的最高一级：0 没有；1 有定义与来源；2 形式化表述；3 写明条件的定理或算法；"
        "4 证明，或写明局限的详细分析；5 机器检查通过（Coq 或模型检测）。专家评审并列展示，不计入级别。",
        "Levels are read from what the notes hold; the highest that holds counts: 0 absent; 1 definition "
        "with source; 2 formal "
        "statement; 3 theorem or algorithm stated with its conditions; 4 proof, or worked analysis with its limits; 5 "
        "machine-checked (Coq or model checker). Expert review stands beside it and is not mixed in.",
    ),
    "c-depth-none": (
        '未指定参考大纲。在 `kg.toml` 的 `[depth]` 中为领域指定一份清单，例如 `edge = "my-syllabus"`。',
        "No reference syllabus is named. Name a list for an area under `[depth]` in `kg.toml`, for example "
        '`edge = "my-syllabus"`.',
    ),
    "level-short": ("级别", "Level"),
    "next": ("下一级要求", "The next level asks for"),
    "expert": ("专家认可", "Expert"),
    "approved": ("是", "approved"),
    "topic": ("主题", "Topic"),
    "concepts-for": ("概念", "Concepts"),
    "c-competency": ("能力问题", "Competency questions"),
    "c-competency-how": (
        "问题是 `ontology/questions/` 下的 SPARQL 查询，旁边的 CSV 文件给出应有的行；只有完全一致才算回答。",
        "Questions are SPARQL queries under `ontology/questions/` with the rows expected in a CSV file "
        "beside them; only exactly "
        "those rows count as an answer.",
    ),
    "c-competency-none": (
        "没有附预期结果的问题，所以未知。在 `NAME.rq` 旁边放 `NAME.csv`。",
        "There is no question with expected rows, so this is unknown. Put `NAME.csv` beside `NAME.rq`.",
    ),
    "question": ("问题", "Question"),
    "answered": ("回答", "Answer"),
    "as-expected": ("符合预期（{n} 行）", "as expected ({n} {n:row|rows})"),
    "q-lead": (
        "本报告汇集知识库的质量度量：机器能判断的来自笔记与图谱，只有人能判断的来自签名并注明日期的记录。"
        "没有可度量对象时写“未知”，"
        "从不算作 100%。",
        "The quality of this knowledge base in numbers: what machines can judge comes from notes and graph, "
        "what only people can "
        "judge from signed and dated records. Where there is nothing to measure it says unknown, never 100%.",
    ),
    "q-measures": ("全部度量", "All measures"),
    "q-measures-none": ("没有任何度量。", "Nothing was measured."),
    "q-measures-how": (
        "目标只作展示；门禁由 `kg build` 与 `kg metrics` 强制，且只容纳机器能判断的度量。",
        "Targets are shown; gates are enforced by `kg build` and `kg metrics` and hold only what a machine can judge.",
    ),
    "measure": ("度量", "Measure"),
    "counted": ("计数", "Counted"),
    "gate": ("门禁", "Gate"),
    "claims": ("声称", "Claimed"),
    "trend": ("变化", "Trend"),
    "verdict": ("结论", "Verdict"),
    "lower": ("95% 下限", "95% from"),
    "q-todo": ("先做什么", "What to do first"),
    "q-gates-met": ("所有门禁都已达到。", "Every gate is met."),
    "q-gates-none": ("没有设置门禁。", "No gate is set."),
    "q-gate": (
        "**门禁 {name} 未达到**：{value}，要求 {gate}（{why}）。代价最小的补救：",
        "**Gate {name} is not met**: {value}, {gate} is asked for ({why}). The cheapest mends:",
    ),
    "q-unknown": ("**{name}未知**：{why}。", "**{name} is unknown**: {why}."),
    "q-representation": ("多表征一致性", "Consistency of representations"),
    "q-logic": ("逻辑一致性", "Logical consistency"),
    "q-clean": ("没有：所有概念都通过。", "Nothing: every concept passes."),
    "q-hard": (
        "SKOS 完整性条件（S9、S13、S14、S27、S37、S46）有 {n} 处违例；硬性门禁不容许任何一处。",
        "{n} {n:breach|breaches} of the SKOS integrity conditions (S9, S13, S14, S27, S37, S46), of which a "
        "hard gate allows none.",
    ),
    "q-hard-none": (
        "SKOS 完整性条件（S9、S13、S14、S27、S37、S46）没有违例。",
        "No breach of the SKOS integrity conditions (S9, S13, S14, S27, S37, S46).",
    ),
    "q-accuracy": ("准确率：专家评审", "Accuracy: expert review"),
    "q-accuracy-how": (
        "`kg review sample` 用种子按类别与层次分层抽取论断，评审者不能自己挑选；两人以上评审的论断才计入，笔记一改评审即失效。",
        "`kg review sample` draws claims by a seed, stratified by kind and layer, so that no reviewer "
        "chooses them; claims count "
        "from two reviewers on, and a review is stale as soon as its note changes.",
    ),
    "q-sampled": (
        "抽取 {n} 条论断（{stale} 条因笔记已改而失效），{reviewed} 条有两位以上评审，{open} 条等待评审。",
        "{n} {n:claim|claims} drawn ({stale} stale since their note has changed), {reviewed} with two or "
        "more reviewers, {open} "
        "waiting.",
    ),
    "q-agreement": (
        "评审者之间的一致性：Krippendorff α = {alpha}。",
        "Agreement between reviewers: Krippendorff's α = {alpha}.",
    ),
    "q-agreement-none": (
        "评审者之间的一致性（Krippendorff α）尚无定义。",
        "Agreement between reviewers (Krippendorff's α) is not defined yet.",
    ),
    "q-wrong": ("评审认为不正确的论断：", "Claims that reviewers don't hold correct:"),
    "claim": ("论断", "Claim"),
    "said-by": ("评审", "Reviewers"),
    "q-clarity": ("清晰度：理解测试", "Clarity: comprehension tests"),
    "q-tests": ("按概念：", "By concept:"),
    "q-prose": (
        "可读性指标（只作参考，不计入清晰度；Flesch 仅适用于英文）：",
        "Readability of definitions, which stands apart from clarity; Flesch is for English only:",
    ),
    "prose-words_a_sentence": ("英文定义平均每句词数", "Words a sentence in English definitions"),
    "prose-characters_a_sentence": ("中文定义平均每句字数", "Characters a sentence in Chinese definitions"),
    "prose-flesch": ("Flesch 易读度（英文，越高越易读）", "Flesch reading ease (English; higher is easier)"),
    "prose-circular_definitions": (
        "定义互相引用成环的概念组（无论按何顺序读，总有术语先用后定义）",
        "Groups of concepts whose definitions use each other in a circle, so that a term is used before it is defined",
    ),
    "q-innovation": ("创新", "Innovation"),
    "q-innovation-how": (
        "创新主张须附已有成果检索，并有两位主张者以外的人独立认可。",
        "A claim to be new counts with a search of prior art and two acceptances by others than the claimant.",
    ),
    "q-innovation-none": ("没有记录任何主张。", "No claim is recorded."),
    "q-accepted": ("已认可", "accepted"),
    "prior-art": ("已有成果检索", "Prior art"),
    "q-trends": ("变化趋势", "Over time"),
    "q-trends-none": (
        "没有历史。`kg snapshot` 记录一行；提交 `ontology/snapshot/` 后，今后的构建会与之比较。",
        "No history yet. `kg snapshot` records a row; commit `ontology/snapshot/`, and later builds compare "
        "themselves with it.",
    ),
    "fig-trends": ("各度量随时间的变化，最右一点为本次构建", "Measures over time; the last point is this build"),
    "date": ("日期", "Date"),
    "revision": ("版本", "Revision"),
    "today": ("本次构建", "this build"),
}
