"""The rules of registration: `metadata` (in and out), `terms` (what may be asked), `names`."""
