"""Pure decisions about promises: values in, decision out."""
