"""Access: who reaches what, and where the gap is and why."""
