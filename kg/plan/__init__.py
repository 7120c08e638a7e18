"""The interruptible plan: tasks as notes, measured acceptance, and a journal from which the state is computed."""
