"""The endpoints of federation (`protocol`, `registration`), and the API of subordinates."""
