"""What can happen to the log: `seal`, `checkpoint`, `verify`, `export`, `begin_anew`."""
