"""The small knowledge base that ``kg init`` writes."""

from __future__ import annotations

from typing import Final

SCHEMA: Final = "kg.schema.json"
"""The JSON Schema beside a `kg.toml`: no registry has it, and an address that leads nowhere is an error in editors."""
SCHEMA_LINE: Final = f"#:schema ./{SCHEMA}"
"""The first line of a `kg.toml`, by which editors find the schema."""
IGNORED: Final = ("/output/", "/.kg/")
"""Lines of `.gitignore`: what is generated."""

FILES: Final = {
    "kg.toml": f"""{SCHEMA_LINE}
# Settings of this knowledge base; each line may go.
base = "https://example.org/my-knowledge/"
title = {{zh = "我的知识库", en = "My knowledge base"}}
top-concepts = ["container"]

# What to reach, in percent: shown, never enforced.
[targets]
concept_association = 90
logical_consistency = 95
""",
    ".gitignore": "".join(f"{line}\n" for line in IGNORED),
    "concepts/container.md": """---
id: container
title: {zh: 容器, en: Container}
definition:
  zh: 容器是共享宿主机内核、但拥有各自文件系统、进程与网络视图的一组隔离进程。
  en: A container is a group of processes that share the host's kernel but have their own view of files and processes.
uses: ["[[namespace]]", "[[cgroup]]"]
sources: ["https://man7.org/linux/man-pages/man7/namespaces.7.html"]
---

# 容器 / Container

A container is made of kernel features: a [[namespace]] limits what its processes see, a [[cgroup]] what they may use.
""",
    "concepts/namespace.md": """---
id: namespace
title: {zh: 命名空间, en: Namespace}
definition:
  zh: 命名空间把一种全局的内核资源包装起来，使其中的进程只看到属于自己的那一份。
  en: A namespace wraps a global kernel resource so that the processes inside see an instance of their own.
part-of: "[[container]]"
contrasts-with: "[[cgroup]]"
sources: ["https://man7.org/linux/man-pages/man7/namespaces.7.html"]
---

# 命名空间 / Namespace

Eight kinds exist in Linux, among them mount, PID, network and user namespaces.
""",
    "concepts/cgroup.md": """---
id: cgroup
title: {zh: 控制组, en: Control group}
aliases: [cgroup]
definition:
  zh: 控制组把进程组织成层级，并限制和统计每一组使用的资源。
  en: A control group organises processes into a hierarchy and limits and accounts for the resources that each group uses.
part-of: "[[container]]"
sources: ["https://man7.org/linux/man-pages/man7/cgroups.7.html"]
---

# 控制组 / Control group

limits:: [[container]]
""",
}
