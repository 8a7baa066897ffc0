"""Pages and time: lists read to their end, and the proof that they were."""
