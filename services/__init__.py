"""The services: each a domain's rules by three pure names, and what follows from its facts."""
