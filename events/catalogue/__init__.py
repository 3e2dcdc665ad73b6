"""Master data: parts, sites, bills of material, suppliers, agreements, substitutes, rates and foreign ids."""
