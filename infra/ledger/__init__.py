"""The record: numbered, hash-chained shards of facts, each with one writer."""
