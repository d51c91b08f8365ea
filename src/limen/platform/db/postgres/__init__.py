"""PostgreSQL: read `errors`, `unit`, `transactions`, `pool`, `store`, `roles`."""
