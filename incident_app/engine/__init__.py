"""Reads workflow definitions and lets steps be taken. Knows tracks, steps and needs; no clause of the annex."""
