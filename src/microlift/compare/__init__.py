"""What two builds say differently, and why."""
