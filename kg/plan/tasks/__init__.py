"""Tasks as notes: what is planned, owner and days, and the acceptance conditions."""

from kg.plan.tasks.notes import Task, TaskFault, find_task, pick_text, tasks_of

__all__ = ["Task", "TaskFault", "find_task", "pick_text", "tasks_of"]
