"""Look inside a network: summary, trace and drawing."""
