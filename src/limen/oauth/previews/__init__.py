"""What administrators ask about one client and one person: which claims, and who a subject is."""
