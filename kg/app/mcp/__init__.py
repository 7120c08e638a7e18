"""The server for assistants, `kg mcp` (Model Context Protocol): what commands answer, with the line that says so.

Questions are answered in a process of their own (`worker`), which is ended at a time limit. Its answers are the types of
`answers`, from which the schemas that assistants see are made. Text of notes is always quoted as data (`Quote`).
"""
