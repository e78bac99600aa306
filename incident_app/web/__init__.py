"""HTML in, one service call, redirect out; one module per resource.

Who may do what is asked in the engine, and refusals become pages in `errors`: so no view asks for a
role, catches an exception or commits.
"""
