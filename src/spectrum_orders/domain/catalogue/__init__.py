"""What is made: products with their print areas, and the recipes that fill them."""
