"""What the product does. Areas stand in one written order; imports flow downwards only."""
