"""The interruptible plan: tasks as notes, acceptance that is measured, and a journal from which the state is computed."""
