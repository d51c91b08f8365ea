"""What the device grant and CIBA share: a person decides on another device than the one that asks.

Read `model`, `approvals`, then `counts`.
"""
