"""Stock of a part at a site: decided by the rules of material, recorded as facts."""
