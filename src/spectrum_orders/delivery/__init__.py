"""What leaves the house: orders planned, files made, packages delivered."""
