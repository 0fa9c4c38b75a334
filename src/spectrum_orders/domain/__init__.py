"""What an order is: pure values and rules. No SQL, no HTTP, no clock."""
