"""The drill: people go on writing while their region is lost, and somebody counts afterwards."""
