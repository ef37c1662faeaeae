"""Commands around a run that is to be recorded: its machine, its code, what it leaves behind."""
