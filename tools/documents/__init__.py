"""One module for each generated document; its `text` is the document."""
