"""Notices: from a folder in notice_templates/ to a subject, a plain text, a page and a PDF.

catalogue   what templates there are, read and checked once
parts       a folder's files, and the names that they print
values      what a field can hold besides text: gaps, facts, tables
fields      a template's fields filled from a sheet; what is missing is shown, never guessed
japanese    calendars, honorifics, the hour in Japan
fonts       the three faces that documents are printed with, and what they cannot print
render      template and filled fields to subject, text and HTML; HTML to PDF
press       many letters in one PDF
"""
