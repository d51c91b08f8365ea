"""Assertions of others: whom a tenant trusts to say who somebody is (RFC 7523, workloads, ID-JAG).

Read `model`, `believing`, `subjects`, `grant`; then the faces.
"""
