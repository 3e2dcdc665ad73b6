"""How messages reach a shard's owner: intake from anyone who may publish, commands from ourselves."""
