"""The language server, `kg lsp`: what kg knows about a note, in editors, while it is written. It never writes a file."""
