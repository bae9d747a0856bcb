"""How a service or a machine is reached and exercised: a module a protocol."""
