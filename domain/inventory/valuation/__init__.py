"""What stock cost: layers, issues, and what is corrected of them."""
