"""Statistics of small samples: pure functions over arrays of cells."""
