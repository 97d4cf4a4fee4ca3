"""What Fumibako does, one folder a chapter: `section.py` declares options, `edit.py` the directory's rows, `check.py`
says what is wrong with a value, `render.py` contributes fragments of files. A feature imports no other feature; what
they share lies below, and `fumibako.document` brings them together.
"""
