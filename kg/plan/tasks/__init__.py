"""Tasks as notes: what is planned, owner and days, and the acceptance conditions."""

from kg.plan.tasks.notes import FOLDER, Task, TaskFault, find_task, pick_text, plan_folder, tasks_of

__all__ = ["FOLDER", "Task", "TaskFault", "find_task", "pick_text", "plan_folder", "tasks_of"]
