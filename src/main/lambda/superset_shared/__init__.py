"""What more than one function needs; it is packed into every function's archive."""
