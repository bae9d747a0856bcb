"""The user portal and the system console of a mediation controller (stand-in for the lab)."""
