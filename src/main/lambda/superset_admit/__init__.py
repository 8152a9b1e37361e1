"""Lowers the fence against a region that has come back: nothing else lowers one for good."""
