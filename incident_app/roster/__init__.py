"""Lists of affected individuals (本人) as city offices export them.

reading   from a file's bytes to rows, or a refusal that says what to do
columns   which column is which, by its Japanese heading
mending   what may be put right in a cell, and what may not
persons   from rows to persons: each once, with all items that leaked of this person
reasons   why a row was mended, held or rejected, in words
"""
