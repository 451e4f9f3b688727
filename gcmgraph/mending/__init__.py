"""Ways out of findings: advice, edits, and files mended."""
