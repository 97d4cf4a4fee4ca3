"""All sections as one value: the settings document, what is wrong with it, its words, and the files it becomes."""
