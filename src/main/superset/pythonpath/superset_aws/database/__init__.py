"""The metadata database: the one writer, wherever it is, the region's replica, and the fence."""
