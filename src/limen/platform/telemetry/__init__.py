"""What the server says of itself: log lines, metrics, and the checks behind `limen doctor`.

Read `masking`, `logs`, `metrics`, `http`, then `checks`.  Importing this package costs nothing.
"""
