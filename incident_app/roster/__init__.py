"""Lists of affected individuals (本人) as city offices export them.

reading    opens a file: `open_roster`, its headings and rows; text, workbook: its two kinds; refusals: in words
columns    which column is which, by its Japanese heading
mending    what may be put right in a cell, and what may not; cells: what one cell says; rows: what a row says
gathering  from rows to persons, each once: `gather`; known: who stood there already; findings: what comes out
reasons    why a row was mended, held or rejected, in words
exporting  CSV files that we write, in which nothing is executed
"""
