"""How options are declared, and what is said about values that are wrong.

A *section* of the settings is a frozen pydantic model whose every field is an `Option`: label, help, unit, default,
bounds and the Postfix or Dovecot parameter that it drives, said once. Forms, the API's schema, the command line's
messages and the reference pages are derived from it. What is wrong with a value is a `Finding`, never an exception:
all of them at once, each with a stable code, the path of the option and a sentence in the reader's language.

Left to others: what the options are (`fumibako.features`), and how they become files (`fumibako.assembly`).
"""
