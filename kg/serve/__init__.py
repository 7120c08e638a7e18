"""The service: the site, a read-only SPARQL 1.1 endpoint with a query page, metrics and health checks, on one machine."""
