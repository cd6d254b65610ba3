"""Pods, and the pod templates inside other kinds: their defaults, rules and columns.

Defaults fill in place, twice the same as once, and expect checked objects; rules expect checked and defaulted ones.
"""
