"""The parts of the pages: each module reads its tables and returns sections."""
