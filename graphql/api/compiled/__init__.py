"""Documents parsed, validated and compiled once; see extension.py for where it begins."""
