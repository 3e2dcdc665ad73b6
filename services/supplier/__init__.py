"""Purchase orders from placing to closing, line by line, and what suppliers say of themselves."""
