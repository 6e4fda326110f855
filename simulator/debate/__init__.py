"""The debate: policies of both sides, each under the beliefs of the other, and what becomes of every claim.

`cells` runs policies under worldviews with the same members; `contest` says which of two
policies does better, where, and which belief turns it round; `claims.yaml` states what
decides each claim, and `verdicts` decides it.
"""
