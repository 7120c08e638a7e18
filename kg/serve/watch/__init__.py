"""Builds again after each change of a knowledge base, and lets browsers reload: `kg build --watch`, `kg serve --watch`."""
