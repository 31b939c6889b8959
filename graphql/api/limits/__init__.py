"""What a document may ask for: measured before it is validated, priced before it is executed."""
