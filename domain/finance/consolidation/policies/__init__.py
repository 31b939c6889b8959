"""How books of entities become those of a group: values in, decision out."""
