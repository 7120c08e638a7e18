"""Evidence: what notes claim, what tools and people judged of it, and what is remembered between builds."""
