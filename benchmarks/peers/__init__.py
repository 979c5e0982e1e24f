"""The same work in other engines; each script runs in a process, and usually an environment, of its own."""
