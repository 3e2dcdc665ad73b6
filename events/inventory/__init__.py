"""Stock: what upstream systems and planners say of it, what is recorded, and how a fact reads as postings."""
