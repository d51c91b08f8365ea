"""PostgreSQL: read `errors`, `unit`, `store`, `roles`."""
