"""Statutes as dated data, the arithmetic of their days, and triage. Pure functions: nothing here asks for the time."""
