"""The lab: the whole platform as real machines on this computer."""
