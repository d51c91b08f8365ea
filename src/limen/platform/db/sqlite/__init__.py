"""SQLite: read `connection`, `unit`, `writer`, `store`."""
