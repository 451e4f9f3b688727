"""What is wrong with files that are not well-formed, in words."""
