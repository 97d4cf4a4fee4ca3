"""Template tags of the console: words in two languages, and the small drawn things (icons, fields, plots)."""
