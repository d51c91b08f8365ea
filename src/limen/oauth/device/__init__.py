"""The device authorization grant (RFC 8628): a code on a screen, a decision in a browser.

Read `model`, `usecases`, `grant`, then `pages`.
"""
