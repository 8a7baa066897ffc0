"""What the state holds, and how a run moves it."""
