"""What commands are made of: verbs with `--json`, operations, tables, exit codes.

Read `commands.py`, `operations.py`, `output.py`.  Nothing is imported here: `limen --help`
must be quick.
"""
