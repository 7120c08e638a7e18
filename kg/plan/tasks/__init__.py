"""Tasks among the notes: what is planned, by whom and when, and the acceptance that has to hold before one is done."""

from kg.plan.tasks.notes import FOLDER, Task, TaskFault, find_task, pick_text, plan_folder, tasks_of

__all__ = ["FOLDER", "Task", "TaskFault", "find_task", "pick_text", "plan_folder", "tasks_of"]
