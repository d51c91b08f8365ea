"""Token status lists (draft-ietf-oauth-status-list): one bit for each token, one for "refused".

For APIs that ask for it.  A token's place in a list is kept with all that it rests on, and the
bits are what the one gate says of each (security.md, design rule 1).
"""
