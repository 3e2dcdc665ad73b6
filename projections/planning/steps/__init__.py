"""The steps of a cut, one a file. Each reads the state through the draft, and decides by adding facts to it."""
