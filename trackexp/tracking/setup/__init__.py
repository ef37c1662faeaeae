"""The machine that is to record: its key and server, folders, versions, backend; looked at without recording."""
