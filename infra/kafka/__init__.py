"""Apache Kafka for those who have none of their own: pinned, checked, and run on the machine's Java."""
